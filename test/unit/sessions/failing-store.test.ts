import { describe, expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { DeadlineError } from '../../../src/errors.ts'
import { createSessions, type Session } from '../../../src/sessions/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

/** More than any of the operations needs. */
const mostCalls = 12

/** Which call fails, counted from 1, and whether it took effect all the same. */
interface Fault {
  at: number
  readonly tookEffect: boolean
}

const faults = Array.from({ length: mostCalls }, (_, index) => [
  { at: index + 1, tookEffect: false },
  { at: index + 1, tookEffect: true },
]).flat()

function faulty(store: Store, fault: Fault): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name === 'stats') return member.bind(target) as unknown
      return async (...args: unknown[]): Promise<unknown> => {
        const fails = --fault.at === 0
        const answer: unknown = fails && !fault.tookEffect ? undefined : await Reflect.apply(member, target, args)
        if (fails) throw new DeadlineError(String(name), 1, 'The store fell silent')
        return answer
      }
    },
  })
}

/** Sessions on a store of which one call fails, of those that `succeeds` makes. */
async function open(fault: Fault) {
  const armed = { ...fault, at: 0 }
  const sessions = createSessions({ cache: cacheOf(resolveCacheOptions({}), faulty(memoryStore(), armed)) })
  const cookieAfter = async (session: Session, status: number) => {
    const { setCookie } = await sessions.commit(session, { status, secure: true })
    return setCookie?.split(';')[0]
  }
  const begin = async (user?: string) => {
    const session = await sessions.load(undefined)
    if (user !== undefined) await session.login(user)
    session.data['kept'] = true
    return cookieAfter(session, 200)
  }
  /** Whether the call ended well; what it may fail with is this alone. */
  const succeeds = async (call: () => Promise<unknown>): Promise<boolean> => {
    armed.at = fault.at
    try {
      await call()
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE', status: 503 })
      return false
    } finally {
      armed.at = 0
    }
  }
  return { sessions, cookieAfter, begin, succeeds }
}

describe.each(faults)('a store that fails at call $at (which took effect: $tookEffect)', (fault) => {
  it('logs nobody out by a change of the key', async () => {
    const { sessions, cookieAfter, begin, succeeds } = await open(fault)
    const cookie = await begin('u')
    const session = await sessions.load(cookie)

    const isDone = await succeeds(() => session.cycleKey())
    const next = (await cookieAfter(session, isDone ? 200 : 503)) ?? cookie
    const seen = await sessions.load(next)

    expect([seen.userId, seen.data]).toEqual(['u', { kept: true }])
    expect((await sessions.list('u')).map(({ id }) => id)).toContain(seen.id)
  })

  it('logs nobody in whose login failed, and the session is still what it was', async () => {
    const { sessions, cookieAfter, begin, succeeds } = await open(fault)
    const cookie = await begin()
    const session = await sessions.load(cookie)

    const isDone = await succeeds(() => session.login('u'))
    const next = (await cookieAfter(session, isDone ? 200 : 503)) ?? cookie
    const seen = await sessions.load(next)

    expect(seen.data).toEqual({ kept: true })
    expect(seen.userId).toBe(isDone ? 'u' : undefined)
    expect(await sessions.list('u')).toHaveLength(isDone ? 1 : 0)
  })

  it('has a logout that failed end when it is tried again', async () => {
    const { sessions, begin, succeeds } = await open(fault)
    const cookie = await begin('u')
    const session = await sessions.load(cookie)

    if (!(await succeeds(() => session.logout()))) await session.logout()

    expect((await sessions.load(cookie)).isNew).toBe(true)
    expect(await sessions.list('u')).toEqual([])
  })

  it('has a revocation that failed end everything when it is tried again', async () => {
    const { sessions, begin, succeeds } = await open(fault)
    const cookies = [await begin('u'), await begin('u')]

    if (!(await succeeds(() => sessions.revoke('u')))) await sessions.revoke('u')

    for (const cookie of cookies) expect((await sessions.load(cookie)).isNew).toBe(true)
    expect(await sessions.list('u')).toEqual([])
  })

  it('writes all or nothing of a change', async () => {
    const { sessions, begin, succeeds } = await open(fault)
    const cookie = await begin('u')
    const session = await sessions.load(cookie)
    Object.assign(session.data, { a: 1, b: 1 })

    const isDone = await succeeds(() => session.save())
    const seen = await sessions.load(cookie)

    expect([{ kept: true, a: 1, b: 1 }, ...(isDone ? [] : [{ kept: true }])]).toContainEqual(seen.data)
  })
})
