import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { createSessions } from '../../../src/sessions/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

const swapMs = 900

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** A store that answers in time, and no sooner. */
function slow(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'swap') return member.bind(target) as unknown
      return async (...args: unknown[]): Promise<unknown> => {
        await new Promise((resolve) => setTimeout(resolve, swapMs))
        return Reflect.apply(member, target, args) as unknown
      }
    },
  })
}

it('of many who save to one session on a slow store none waits much longer than 5 seconds, and none of the others fails', async () => {
  const sessions = createSessions({ cache: cacheOf(resolveCacheOptions({}), slow(memoryStore())) })
  const first = await sessions.load(undefined)
  first.data['n'] = 0
  const { setCookie } = await sessions.commit(first, { status: 200, secure: true })
  const writers = await Promise.all(Array.from({ length: 30 }, () => sessions.load(setCookie)))
  const begun = performance.now()

  const all = writers.map(async (session, index) => {
    session.data[`f${index}`] = index
    const code = await session.save().then(
      () => 'saved',
      (error: unknown) => (error as { code: string }).code,
    )
    return { code, ms: performance.now() - begun }
  })
  await vi.advanceTimersByTimeAsync(60_000)
  const ends = await Promise.all(all)

  expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThanOrEqual(5000 + swapMs)
  expect(ends.slice(0, 5).map(({ code }) => code)).toEqual(Array(5).fill('saved'))
  expect(new Set(ends.map(({ code }) => code))).toEqual(new Set(['saved', 'ERR_SESSION_UNAVAILABLE']))
})
