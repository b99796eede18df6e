import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sessionAuthHash } from '../../../src/django/auth-hash.ts'
import { cookieSessions, type CookieSessionsParts } from '../../../src/django/cookie-sessions.ts'
import { type Auth, checkUserOf, loginUser } from '../../../src/django/session-auth.ts'
import { djangoExpiry } from '../../../src/django/session-expiry.ts'
import { type DjangoSigning, djangoSigning } from '../../../src/django/signing/signing.ts'
import type { Commit } from '../../../src/sessions/commit.ts'
import { type Session, stateOf } from '../../../src/sessions/session.ts'
import type { Sessions } from '../../../src/sessions/sessions.ts'
import { signingVectors, vectorsOf } from '../../support/django-signing.ts'

const salt = 'django.contrib.sessions.backends.signed_cookies'
const SECRET_KEY = vectorsOf('5.2').secret_key
const twoWeeks = 1_209_600

/** A site whose clock is moved by hand. */
interface Site {
  readonly sessions: Sessions
  readonly signing: DjangoSigning
  readonly clock: { at: number; now(): number }
}

function site(more: Partial<CookieSessionsParts> = {}): Site {
  const clock = { at: 1_700_000_000_000, now: () => clock.at }
  const parts: CookieSessionsParts = {
    settings: { SECRET_KEY },
    cookie: { secure: false },
    ageSeconds: twoWeeks,
    untilBrowserCloses: false,
    savesEveryRequest: false,
    expiryForm: djangoExpiry({ asText: true, naiveZone: undefined }),
    clock,
    ...more,
  }
  return { sessions: cookieSessions(parts), signing: djangoSigning(parts.settings, { clock }), clock }
}

function headerOf(fields: object, { signing }: Site): string {
  return `sessionid=${signing.dumps(fields, { salt, compress: true })}`
}

function respond({ sessions }: Site, session: Session, status: number = 200): Promise<Commit> {
  return sessions.commit(session, { status, secure: true })
}

/** What a browser sends after this response. */
function sent({ setCookie = '' }: Commit): string {
  return setCookie.slice(0, setCookie.indexOf(';'))
}

/** What Django reads in the cookie of this response. */
function heldIn(commit: Commit, { signing }: Site): unknown {
  return signing.loads(sent(commit).replace('sessionid=', ''), { salt, maxAge: twoWeeks })
}

describe.each(signingVectors)('a cookie of Django $django', ({ signed_cookies_session: { data, cookie } }) => {
  it('is the session', async () => {
    const session = await site().sessions.load(`sessionid=${cookie}`)

    expect({ ...session.data, _auth_user_id: session.userId }).toEqual(data)
    expect(session.isNew).toBe(false)
  })

  it('is made here too, without a letter that cookies escape', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ _auth_user_id: '1' }, at))
    session.data['cart'] = data['cart']

    const commit = await respond(at, session)

    expect(heldIn(commit, at)).toEqual(data)
    expect(decodeURIComponent(sent(commit))).toBe(sent(commit))
  })
})

describe('a session in a cookie', () => {
  it('is written when it begins, and read back', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['cart'] = ['book']

    const commit = await respond(at, session)

    expect(commit).toMatchObject({ vary: true, outcome: 'saved' })
    expect((await at.sessions.load(sent(commit))).data).toEqual({ cart: ['book'] })
  })

  it('is read back, whatever JSON its fields are', async () => {
    const at = site()
    const names = fc.string().filter((name) => !name.startsWith('_'))
    const fieldsOf = fc.dictionary(names, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 5 })

    await fc.assert(
      fc.asyncProperty(fieldsOf, async (fields) => {
        const session = await at.sessions.load(undefined)
        Object.assign(session.data, fields)

        expect((await at.sessions.load(sent(await respond(at, session)))).data).toEqual({ ...fields })
      }),
      { numRuns: 50 },
    )
  })

  it('has the attributes of Django', async () => {
    const at = site({ cookie: { secure: true, domain: 'example.com', path: '/shop', sameSite: 'strict' } })
    const session = await at.sessions.load(undefined)
    session.data['a'] = 1

    const { setCookie } = await respond(at, session)

    const attributes = setCookie?.split('; ').slice(1).toSorted()
    expect(attributes).toEqual([
      'Domain=example.com',
      'Expires=Tue, 28 Nov 2023 22:13:20 GMT',
      'HttpOnly',
      'Max-Age=1209600',
      'Path=/shop',
      'SameSite=Strict',
      'Secure',
    ])
  })

  it('that nobody looks at needs nothing', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))

    expect(await respond(at, session)).toEqual({ setCookie: undefined, vary: false, outcome: 'untouched' })
  })

  it('that is only read is not written', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: { b: 1 } }, at))
    at.clock.at += 1_000_000_000
    void session.data['a']

    expect(await respond(at, session)).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
  })

  it('is written when something deep inside of it has changed', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: { b: [1] }, _messages: '[]', _csrftoken: 'x' }, at))
    ;(session.data['a'] as { b: number[] }).b.push(2)

    const commit = await respond(at, session)

    expect(heldIn(commit, at)).toEqual({ a: { b: [1, 2] }, _messages: '[]', _csrftoken: 'x' })
  })

  it('whose last field was removed stays, as an empty one', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))
    delete session.data['a']

    expect(heldIn(await respond(at, session), at)).toEqual({})
  })

  it('is not saved with a failure of the server', async () => {
    const at = site()
    const [old, fresh] = [await at.sessions.load(headerOf({ a: 1 }, at)), await at.sessions.load(undefined)]
    old.data['a'] = 2
    fresh.data['a'] = 2

    expect((await respond(at, old, 500)).setCookie).toBeUndefined()
    expect((await respond(at, fresh, 503)).setCookie).toBeUndefined()
  })

  it('is handed out when it was saved before the response failed', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))
    session.data['a'] = 2
    await session.save()

    expect(heldIn(await respond(at, session, 500), at)).toEqual({ a: 2 })
  })

  it('is handed out once', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['a'] = 2
    await respond(at, session)

    expect((await respond(at, session)).setCookie).toBeUndefined()
  })

  it('cannot be written any more when the headers are gone', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))
    await respond(at, session)
    session.data['a'] = 2

    const commit = await at.sessions.commit(session, { status: 200, secure: true, headersSent: true })

    expect(commit).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
  })

  it('counts atomically within its request', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ n: 1 }, at))

    const n = await session.atomically((data) => (data['n'] = Number(data['n']) + 1))

    expect(n).toBe(2)
    expect(heldIn(await respond(at, session), at)).toEqual({ n: 2 })
  })

  it('has another cookie after its key was changed, with the same data', async () => {
    const at = site()
    const header = headerOf({ a: 1 }, at)
    const session = await at.sessions.load(header)
    at.clock.at += 5000
    await session.cycleKey()

    const commit = await respond(at, session)

    expect(sent(commit)).not.toBe(header)
    expect(heldIn(commit, at)).toEqual({ a: 1 })
  })

  it('ends with its cookie', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))
    await session.logout()

    const { setCookie } = await respond(at, session)

    expect(setCookie).toMatch(/^sessionid=; .*Max-Age=0/)
  })

  it('that begins anew after a logout has nothing of the old one', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1, _auth_user_id: '1' }, at))
    await session.flush()
    session.data['b'] = 2

    expect(heldIn(await respond(at, session), at)).toEqual({ b: 2 })
  })

  it('refuses what JSON cannot hold, as Django does', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['when'] = new Date(0)

    await expect(respond(at, session)).rejects.toThrow(TypeError)
  })

  it('that browsers would not keep is an error that says so', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['noise'] = Array.from({ length: 700 }, (_, index) => Math.sin(index)).join()

    await expect(respond(at, session)).rejects.toThrow(/browsers keep 4096/)
  })

  it('that is long and compresses well fits', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['text'] = 'again and '.repeat(2000)

    expect(sent(await respond(at, session)).length).toBeLessThan(300)
  })
})

describe('its time', () => {
  it('is that of the cookie, whenever it was signed', async () => {
    const at = site()
    const header = headerOf({ a: 1 }, at)
    const isNewAfter = async (seconds: number): Promise<boolean> => {
      at.clock.at = 1_700_000_000_000 + seconds * 1000
      return (await at.sessions.load(header)).isNew
    }

    expect(await isNewAfter(twoWeeks - 1)).toBe(false)
    expect(await isNewAfter(twoWeeks + 1)).toBe(true)
  })

  it('may be shorter by its own lifetime, which holds for copies of the cookie too', async () => {
    const at = site()
    const session = await at.sessions.load(undefined)
    session.data['a'] = 1
    session.setExpiry('1m')
    const commit = await respond(at, session)

    expect(commit.setCookie).toContain('Max-Age=60;')
    expect((await at.sessions.load(sent(commit))).isNew).toBe(false)
    at.clock.at += 61_000
    expect((await at.sessions.load(sent(commit))).isNew).toBe(true)
  })

  it('may be a date, as Django writes it', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ a: 1 }, at))
    session.setExpiry(new Date(at.clock.at + 120_000))

    const commit = await respond(at, session)

    expect(heldIn(commit, at)).toEqual({ a: 1, _session_expiry: '2023-11-14T22:15:20+00:00' })
    expect(commit.setCookie).toContain('Max-Age=120;')
  })

  it('with a date is kept when something else changes', async () => {
    const at = site()
    const fields = { a: 1, _session_expiry: '2023-11-14T22:15:20+00:00' }
    const session = await at.sessions.load(headerOf(fields, at))
    session.data['a'] = 2

    expect(heldIn(await respond(at, session), at)).toEqual({ ...fields, a: 2 })
  })

  it('may be that of the browser', async () => {
    const at = site({ untilBrowserCloses: true })
    const session = await at.sessions.load(undefined)
    session.data['a'] = 1

    expect((await respond(at, session)).setCookie).not.toMatch(/Max-Age|Expires/)
  })

  it('begins anew with every request where the site says so', async () => {
    const at = site({ savesEveryRequest: true })
    const header = headerOf({ a: 1 }, at)
    const session = await at.sessions.load(header)
    at.clock.at += 1000

    const commit = await respond(at, session)

    expect(sent(commit)).not.toBe(header)
    expect(commit.vary).toBe(true)
    expect(heldIn(commit, at)).toEqual({ a: 1 })
  })

  it('begins anew with every request for a session with a date too', async () => {
    const at = site({ savesEveryRequest: true })
    const session = await at.sessions.load(headerOf({ _session_expiry: '2024-01-14T22:15:20+00:00', a: 1 }, at))

    expect((await respond(at, session)).setCookie).toBeDefined()
  })

  it('does not begin without a session, nor anew with a failure of the server', async () => {
    const at = site({ savesEveryRequest: true })
    const [none, failed] = [await at.sessions.load(undefined), await at.sessions.load(headerOf({ a: 1 }, at))]

    expect((await respond(at, none)).setCookie).toBeUndefined()
    expect((await respond(at, failed, 502)).setCookie).toBeUndefined()
  })
})

describe('a cookie that the site did not sign', () => {
  it('is no session, whatever it is', async () => {
    const at = site()

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect((await at.sessions.load(`sessionid=${text}`)).isNew).toBe(true)
      }),
    )
  })

  it('is none with any one letter changed', async () => {
    const at = site()
    const header = headerOf({ _auth_user_id: '1' }, at)
    const start = 'sessionid='.length

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: header.length - 1 }),
        fc.constantFrom(...'Az0_.:'),
        async (index, letter) => {
          fc.pre(header[index] !== letter)
          const session = await at.sessions.load(header.slice(0, index) + letter + header.slice(index + 1))

          expect(session.userId).toBeUndefined()
        },
      ),
    )
  })

  it('is taken away when somebody looks', async () => {
    const at = site()
    const session = await at.sessions.load('sessionid=made-up')
    void session.data

    expect((await respond(at, session)).setCookie).toMatch(/^sessionid=; /)
  })

  it('is none though it was signed for something else', async () => {
    const at = site()
    const texts = [at.signing.dumps({ a: 1 }), at.signing.sign('{}', { salt }), at.signing.dumps([], { salt })]

    for (const text of texts) expect((await at.sessions.load(`sessionid=${text}`)).isNew).toBe(true)
  })

  it('does not hide one that the site did sign', async () => {
    const at = site()

    const session = await at.sessions.load(`sessionid=bogus; ${headerOf({ a: 1 }, at)}; sessionid=bogus`)

    expect(session.data).toEqual({ a: 1 })
  })

  it('is read with a fallback key, and signed with the current one from then on', async () => {
    const before = site()
    const after = site({ settings: { SECRET_KEY: 'new', SECRET_KEY_FALLBACKS: [SECRET_KEY] } })
    const session = await after.sessions.load(headerOf({ a: 1 }, before))
    session.data['b'] = 2

    const commit = await respond(after, session)

    expect(heldIn(commit, { ...after, signing: djangoSigning({ SECRET_KEY: 'new' }, { clock: after.clock }) })).toEqual(
      { a: 1, b: 2 },
    )
  })

  it('has its strange names as fields like any other', async () => {
    const at = site()
    const text = Buffer.from('{"__proto__":{"admin":true},"_session_moved":{"to":"x"},"_session_created":1}')
    const value = at.signing.signTimestamped(text.toString('base64url'), { salt })
    const session = await at.sessions.load(`sessionid=${value}`)

    expect(Object.keys(session.data)).toEqual(['__proto__'])
    expect(session.data['admin']).toBeUndefined()
    session.data['a'] = 1
    const held = heldIn(await respond(at, session), at) as object
    expect(Object.keys(held).toSorted()).toEqual(['__proto__', '_session_created', '_session_moved', 'a'])
  })
})

describe('a login', () => {
  const user = { id: 7, password: 'pbkdf2_sha256$1$a$b' }
  const backend = 'django.contrib.auth.backends.ModelBackend'
  const auth: Auth = {
    keys: { secretKey: SECRET_KEY, fallbackKeys: [], acceptsSha1: false },
    backends: [backend],
  }

  it('puts into the cookie what Django asks for', async () => {
    const at = site()
    const session = await at.sessions.load(headerOf({ cart: ['book'] }, at))
    await loginUser(stateOf(session), auth, { user, device: 'Phone' })

    expect(heldIn(await respond(at, session), at)).toEqual({
      cart: ['book'],
      _auth_user_id: '7',
      _auth_user_backend: backend,
      _auth_user_hash: sessionAuthHash(user.password, SECRET_KEY),
    })
  })

  it('of Django is known here, until the password changes', async () => {
    const at = site()
    const header = headerOf(
      { _auth_user_id: '7', _auth_user_backend: backend, _auth_user_hash: sessionAuthHash(user.password, SECRET_KEY) },
      at,
    )
    const [same, changed] = [await at.sessions.load(header), await at.sessions.load(header)]

    expect(await checkUserOf(stateOf(same), auth, user)).toBe(true)
    expect(await checkUserOf(stateOf(changed), auth, { ...user, password: 'new' })).toBe(false)
    expect(changed.userId).toBeUndefined()
    expect((await respond(at, changed)).setCookie).toMatch(/^sessionid=; /)
  })

  it('cannot be listed or ended from elsewhere, and says so', async () => {
    const { sessions } = site()

    await expect(sessions.list('7')).rejects.toThrow(/cannot be found/)
    await expect(sessions.revoke('7')).rejects.toThrow(/cannot be found/)
  })
})
