import { describe, expect, it } from 'vitest'

import { createCache, OptionError } from '../../../src/index.ts'
import { createSessions } from '../../../src/sessions/index.ts'
import type { SessionsOptions } from '../../../src/sessions/options.ts'

const cache = createCache()

describe('options of sessions', () => {
  it.each([
    [{ cache: undefined }, 'what createCache() of this package made'],
    [{ cache: { get: () => {} } }, 'what createCache() of this package made'],
    [{ idel: '1h' }, 'did you mean "idle"?'],
    [{ idle: 0 }, 'more than no time'],
    [{ age: '-1s' }, 'more than no time'],
    [{ idle: '30 minutes' }, 'a duration'],
    [{ rolling: 'yes' }, 'rolling: expected true or false'],
    [{ lazy: 1 }, 'lazy: expected true or false'],
    [{ onOutage: 'guest' }, '"error", "anonymous"'],
    [{ merge: 'mine' }, 'merge: expected a function'],
    [{ prefix: 5 }, 'prefix: expected a text'],
    [{ grace: null }, 'grace'],
    [{ cookie: { sameSit: 'lax' } }, 'did you mean "sameSite"?'],
  ])('%j are refused', (options, message) => {
    const create = () => createSessions({ cache, ...options } as SessionsOptions)

    expect(create).toThrow(OptionError)
    expect(create).toThrow(message)
  })

  it('may be no more than a cache', () => {
    expect(() => createSessions({ cache })).not.toThrow()
  })
})

describe('a call with a wrong argument', () => {
  it.each([undefined, null, '', {}, Number.NaN, true])('login(%j) is refused before anything is sent', async (user) => {
    const session = await createSessions({ cache }).load(undefined)

    await expect(session.login(user as string)).rejects.toThrow("expected a user's id as a text or a number")
  })

  it('revoke and list refuse what is no user, and unknown options', async () => {
    const sessions = createSessions({ cache })

    await expect(sessions.list(undefined as never)).rejects.toThrow("list: expected a user's id")
    await expect(sessions.list('')).rejects.toThrow("list: expected a user's id")
    await expect(sessions.revoke(Number.NaN)).rejects.toThrow("revoke: expected a user's id")
    await expect(sessions.revoke('u', { except: null } as never)).rejects.toThrow('except as a text, got null')
    await expect(sessions.revoke('u', { only: 5 } as never)).rejects.toThrow('only as a text, got 5')
    await expect(sessions.revoke(null as never)).rejects.toThrow("revoke: expected a user's id")
    await expect(sessions.revoke('u', { exept: 'x' } as never)).rejects.toThrow('did you mean "except"?')
  })
})
