import { describe, expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import type { Session } from '../../../src/sessions/index.ts'
import type { SessionsOptions } from '../../../src/sessions/options.ts'
import { sessionsWith } from '../../../src/sessions/sessions.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const hour = 3_600_000

/** Sessions in memory on a clock that is moved by hand; the calls of the store are counted. */
function open(options: Omit<SessionsOptions, 'cache'> = {}) {
  const clock = { time: start, now: () => clock.time }
  const calls: string[] = []
  const store = counted(memoryStore({ clock }), calls)
  const cache = cacheOf(resolveCacheOptions({}), store)
  const sessions = sessionsWith({ cache, ...options }, { clock })
  /** What another process has over the same store. */
  const elsewhere = sessionsWith({ cache, ...options }, { clock })
  const respond = async (session: Session) => sessions.commit(session, { status: 200, secure: true })
  const begin = async () => {
    const session = await sessions.load(undefined)
    session.data['a'] = 1
    const { setCookie } = await respond(session)
    calls.length = 0
    return { setCookie: String(setCookie), cookie: String(setCookie).split(';')[0] }
  }
  return { clock, calls, sessions, elsewhere, respond, begin }
}

function counted(store: Store, calls: string[]): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        if (name !== 'stats') calls.push(String(name))
        return Reflect.apply(member, target, args)
      }
    },
  })
}

describe('the idle time', () => {
  it('ends a session that is not used', async () => {
    const { clock, sessions, begin } = open({ idle: '1h' })
    const { cookie } = await begin()

    clock.time += hour

    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('begins anew by use, once a tenth of it has passed, without a rewrite, and the cookie with it', async () => {
    const { clock, calls, sessions, respond, begin } = open({ idle: '1h' })
    const { cookie } = await begin()

    clock.time += 0.09 * hour
    expect((await respond(await sessions.load(cookie))).outcome).toBe('untouched')
    clock.time += 0.02 * hour
    calls.length = 0
    const { outcome, setCookie } = await respond(await sessions.load(cookie))

    expect(outcome).toBe('refreshed')
    expect(setCookie).toContain('Max-Age=3600')
    expect(calls).toEqual(['get', 'ttl', 'expire'])
    clock.time += 0.95 * hour
    expect((await sessions.load(cookie)).isNew).toBe(false)
  })

  it('costs a read nothing but the read until then', async () => {
    const { calls, sessions, respond, begin } = open({ idle: '1h' })
    const { cookie } = await begin()

    const session = await sessions.load(cookie)
    expect(session.data['a']).toBe(1)
    await respond(session)

    expect(calls).toEqual(['get'])
  })

  it('costs a write one call more', async () => {
    const { calls, sessions, respond, begin } = open({ idle: '1h' })
    const { cookie } = await begin()

    const session = await sessions.load(cookie)
    session.data['a'] = 2
    await respond(session)

    expect(calls).toEqual(['get', 'swap'])
  })

  it('costs nothing for who never looks, when lazy', async () => {
    const { calls, sessions, respond, begin } = open({ lazy: true })
    const { cookie } = await begin()

    expect(await respond(await sessions.load(cookie))).toMatchObject({ vary: false, outcome: 'untouched' })
    expect(calls).toEqual([])
  })

  it('is not begun anew by reading when that is not wanted, but by saving', async () => {
    const { clock, sessions, respond, begin } = open({ idle: '1h', rolling: false })
    const { cookie } = await begin()

    clock.time += 0.5 * hour
    expect((await respond(await sessions.load(cookie))).outcome).toBe('untouched')
    const session = await sessions.load(cookie)
    session.data['a'] = 2
    await respond(session)
    clock.time += 0.9 * hour

    expect((await sessions.load(cookie)).isNew).toBe(false)
  })

  it('is begun anew by a change made atomically, which is a save, together with it and the cookie', async () => {
    const { clock, calls, sessions, respond, begin } = open({ idle: '1h', rolling: false })
    const { cookie } = await begin()

    clock.time += 0.5 * hour
    const session = await sessions.load(cookie)
    calls.length = 0
    await session.atomically((data) => void (data['a'] = 2))
    const { setCookie } = await respond(session)
    clock.time += 0.9 * hour

    expect(calls).toEqual(['swap'])
    expect(setCookie).toContain('Max-Age=3600')
    expect((await sessions.load(cookie)).data).toEqual({ a: 2 })
  })
})

describe('the age', () => {
  it('ends a session however much it is used', async () => {
    const { clock, sessions, respond, begin } = open({ idle: '1h', age: '2h' })
    const { cookie, setCookie } = await begin()
    expect(setCookie).toContain('Max-Age=3600')

    for (let quarter = 0; quarter < 7; quarter++) {
      clock.time += hour / 4
      const session = await sessions.load(cookie)
      expect(session.isNew).toBe(false)
      await respond(session)
    }
    clock.time += hour / 4

    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('is the idle time too when that is not given', async () => {
    const { clock, sessions, begin } = open({ age: '2h' })
    const { cookie, setCookie } = await begin()

    clock.time += 1.9 * hour

    expect(setCookie).toContain('Max-Age=7200')
    expect((await sessions.load(cookie)).isNew).toBe(false)
  })

  it('begins with a login', async () => {
    const { clock, sessions, respond, begin } = open({ age: '2h' })
    const { cookie } = await begin()
    clock.time += 1.5 * hour

    const session = await sessions.load(cookie)
    await session.login('u')
    const next = (await respond(session)).setCookie?.split(';')[0]
    clock.time += 1.5 * hour

    expect((await sessions.load(next)).userId).toBe('u')
  })
})

describe('a lifetime of its own', () => {
  it.each([
    ['30m', 1800],
    [90, 90],
    [new Date(start + hour), 3600],
    [null, 400 * 86_400],
  ] as const)('%s is what the cookie says', async (expiry, seconds) => {
    const { sessions, respond } = open()
    const session = await sessions.load(undefined)
    session.data['a'] = 1

    session.setExpiry(expiry)

    expect((await respond(session)).setCookie).toContain(`Max-Age=${seconds};`)
  })

  it("'browser' leaves the cookie to the browser and keeps the idle time", async () => {
    const { clock, sessions, respond, begin } = open({ idle: '1h' })
    const { cookie } = await begin()
    const session = await sessions.load(cookie)

    session.setExpiry('browser')
    const { setCookie } = await respond(session)
    clock.time += 0.9 * hour

    expect(setCookie).not.toMatch(/Max-Age|Expires/i)
    expect((await sessions.load(cookie)).isNew).toBe(false)
  })

  it('is taken back by undefined', async () => {
    const { sessions, respond, begin } = open({ idle: '1h' })
    const { cookie } = await begin()
    const session = await sessions.load(cookie)
    session.setExpiry('5m')
    await session.save()

    session.setExpiry(undefined)

    expect((await respond(session)).setCookie).toContain('Max-Age=3600')
    expect(session.expiresAt()).toEqual(new Date(start + hour))
  })

  it('a date is not put off by use', async () => {
    const { clock, sessions, respond, begin } = open({ idle: '4h' })
    const { cookie } = await begin()
    const session = await sessions.load(cookie)
    session.setExpiry(new Date(start + hour))
    await respond(session)

    clock.time += 0.9 * hour
    expect((await respond(await sessions.load(cookie))).outcome).toBe('untouched')
    clock.time += 0.1 * hour

    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('that another process gave is minded by one that remembers the old one', async () => {
    const { clock, sessions, elsewhere, respond, begin } = open({ idle: '100h' })
    const { cookie } = await begin()
    const other = await elsewhere.load(cookie)
    other.setExpiry('1h')
    await other.save()

    clock.time += 0.5 * hour
    expect((await respond(await sessions.load(cookie))).outcome).toBe('refreshed')
    clock.time += 0.9 * hour

    expect((await sessions.load(cookie)).isNew).toBe(false)
  })

  it('that is no time is refused', async () => {
    const session = await open().sessions.load(undefined)

    expect(() => session.setExpiry(new Date('never'))).toThrow('expected a valid date')
    expect(() => session.setExpiry('soon' as '1s')).toThrow('write seconds as a number (30) or text with its unit')
  })
})

describe('the grace of an old key', () => {
  it('ends on time, also when a request under way prolongs what is left of it', async () => {
    const { clock, sessions, respond, begin } = open({ idle: '1h', grace: '10s' })
    const { cookie } = await begin()
    clock.time += hour / 2
    const [slow, cycling] = [await sessions.load(cookie), await sessions.load(cookie)]
    await cycling.cycleKey()
    const next = (await respond(cycling)).setCookie?.split(';')[0]

    await respond(slow)
    clock.time += 9_000
    expect((await sessions.load(cookie)).data).toEqual({ a: 1 })
    clock.time += 2_000

    expect((await sessions.load(cookie)).isNew).toBe(true)
    expect((await sessions.load(next)).data).toEqual({ a: 1 })
  })
})
