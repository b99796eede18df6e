import { expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { djangoSessions } from '../../../src/django/sessions.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

/** A cache on a store that notes each time it is told. */
function noting() {
  const times: unknown[] = []
  const store = new Proxy(memoryStore(), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        if (name === 'set') times.push((args[2] as { ttlMs: unknown }).ttlMs)
        if (name === 'swap') times.push(args[3])
        if (name === 'expire') times.push(args[1])
        return Reflect.apply(member, target, args) as unknown
      }
    },
  }) satisfies Store
  return { cache: cacheOf(resolveCacheOptions({}), store), times }
}

const isFraction = (time: unknown): boolean => typeof time === 'number' && !Number.isInteger(time)

it('the times that Redis is told of a Django session, saved while the clock goes on, are whole milliseconds', async () => {
  const { cache, times } = noting()
  let now = 1_700_000_000_000
  const clock = { now: () => (now += 3) }
  const settings = { SESSION_ENGINE: 'django.contrib.sessions.backends.cache', SECRET_KEY: 'k'.repeat(50) }
  const sessions = djangoSessions(settings, { caches: { default: cache }, clock })
  const session = await sessions.load(undefined)
  await sessions.login(session, { id: 42, password: 'hash' })
  const before = times.length

  session.data['n'] = 1
  await session.save()

  expect(times.length).toBeGreaterThan(before)
  expect(times.filter(isFraction)).toEqual([])
})
