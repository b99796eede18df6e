import { describe, expect, it } from 'vitest'

import { coreOf } from '../../../src/cache/cache.ts'
import { PyDateTime, PyDecimal, PyTuple } from '../../../src/codecs/index.ts'
import { djangoSessions } from '../../../src/django/sessions.ts'
import { createCache, OptionError } from '../../../src/index.ts'
import { ada, cachedDbEngine, cacheEngine, keyIn, openSite, someKey } from './session-subjects.ts'

describe('the settings of a site', () => {
  const caches = { default: createCache() }
  const wrong: readonly [string, Record<string, unknown>, string][] = [
    ['a misspelt name', { SESSION_COOKIE_SECRUE: true }, 'did you mean "SESSION_COOKIE_SECURE"'],
    ['no engine, which is db', { SESSION_ENGINE: undefined }, 'cannot be shared'],
    [
      'an engine that is not in a cache',
      { SESSION_ENGINE: 'django.contrib.sessions.backends.file' },
      'cannot be shared',
    ],
    ['an unknown engine', { SESSION_ENGINE: 'site.sessions' }, 'unknown engine "site.sessions"'],
    ['an unknown alias', { SESSION_CACHE_ALIAS: 'sessions' }, 'unknown cache "sessions"'],
    ['no time to live', { SESSION_COOKIE_AGE: 0 }, 'settings["SESSION_COOKIE_AGE"]'],
    ['a wrong SameSite', { SESSION_COOKIE_SAMESITE: 'Some' }, 'settings["SESSION_COOKIE_SAMESITE"]'],
    ['a cookie that browsers refuse', { SESSION_COOKIE_SAMESITE: 'None' }, 'settings["SESSION_COOKIE_SAMESITE"]'],
    ['a name that is no cookie', { SESSION_COOKIE_NAME: 'a b' }, 'settings["SESSION_COOKIE_NAME"]'],
    ['a zone that nobody knows', { USE_TZ: false, TIME_ZONE: 'Mars/Base' }, 'settings["TIME_ZONE"]'],
    ['backends that are no list', { AUTHENTICATION_BACKENDS: 'a.B' }, 'settings["AUTHENTICATION_BACKENDS"]'],
    ['a key that is no text', { SECRET_KEY: 5 }, 'settings["SECRET_KEY"]'],
  ]

  it.each(wrong)('with %s are refused', (_name, settings, message) => {
    const attempt = () => djangoSessions({ SESSION_ENGINE: cacheEngine, ...settings }, { caches })

    expect(attempt).toThrow(OptionError)
    expect(attempt).toThrow(message)
  })

  it('may be all of a site, with those of other apps', () => {
    const settings = {
      SESSION_ENGINE: cacheEngine,
      SESSION_SERIALIZER: 'x.Y',
      DEBUG: true,
      SESSION_X: 1,
      MEDIA_URL: '/',
    }

    expect(() => djangoSessions(settings, { caches })).not.toThrow()
  })

  it('may name an engine of the site that stands for a known one', () => {
    const paths = { 'site.sessions': cacheEngine }

    expect(() => djangoSessions({ SESSION_ENGINE: 'site.sessions' }, { caches, paths })).not.toThrow()
  })

  it('without SECRET_KEY read sessions and make no logins', async () => {
    const { load, put, sessions } = openSite({ SECRET_KEY: undefined })
    await put(someKey, { _auth_user_id: '7' })
    const session = await load(someKey)

    expect(session.userId).toBe('7')
    await expect(sessions.login(session, ada)).rejects.toThrow('SECRET_KEY')
  })
})

describe('a record', () => {
  it('is where Django looks for it, under a key such as Django makes, with nothing of ours in it', async () => {
    const { load, respond, cache } = openSite()
    const session = await load()
    session.data['cart'] = ['book']
    await respond(session)

    const keys = await cache.keys()

    expect(keys).toEqual([`django.contrib.sessions.cache${session.key}`])
    expect(session.key).toMatch(/^[a-z0-9]{32}$/)
    expect(await cache.get(String(keys[0]))).toEqual({ cart: ['book'] })
    expect(await cache.ttl(String(keys[0]))).toBe(1_209_600)
  })

  it('of the engine cached_db has that prefix', async () => {
    const { load, respond, cache } = openSite({ SESSION_ENGINE: cachedDbEngine })
    const session = await load()
    session.data['a'] = 1
    await respond(session)

    expect(await cache.keys()).toEqual([`django.contrib.sessions.cached_db${session.key}`])
  })

  it('keeps what was not changed here as it was, types and all', async () => {
    const { load, respond, put, stored } = openSite()
    const theirs = {
      _messages: '[["__json_message",0,20,"hello"]]',
      _csrftoken: 'x'.repeat(32),
      price: new PyDecimal('12.50'),
      pair: PyTuple.of<unknown>(1, 'a'),
      when: new PyDateTime({ year: 2024, month: 2, day: 29, hour: 1, minute: 2, second: 3, microsecond: 4 }),
    }
    await put(someKey, theirs)

    const session = await load(someKey)
    session.data['ours'] = true
    await respond(session)

    expect(await stored(someKey)).toStrictEqual({ ...theirs, ours: true })
  })

  it('keeps keys that are no text, and fields that have our own names', async () => {
    const { load, respond, put, stored } = openSite()
    const theirs = new Map<unknown, unknown>([
      [5, 'five'],
      ['_session_moved', { to: 'x', until: 9e15 }],
      ['a', 1],
    ])
    await put(someKey, theirs)

    const session = await load(someKey)
    const seen = { ...session.data }
    session.data['a'] = 2
    await respond(session)

    expect(seen).toEqual({ a: 1 })
    expect(await stored(someKey)).toEqual(new Map<unknown, unknown>([...theirs, ['a', 2]]))
  })

  it.each([
    ['no dict', [1, 2]],
    ['a class that is not known', undefined],
  ])('that is %s is no session, is told of, and keeps its cookie', async (_name, value) => {
    const { load, respond, put, cache } = openSite()
    if (value === undefined) await storeUnreadable(cache)
    else await put(someKey, value)
    const errors: unknown[] = []
    cache.on('error', ({ error }) => errors.push(error))

    const session = await load(someKey)
    const { data } = session
    const commit = await respond(session)

    expect(data).toEqual({})
    expect(session.isNew).toBe(true)
    expect(commit).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
    expect(errors).toMatchObject([{ code: 'ERR_DECODE' }])
  })

  it('is not lost when its cache loads it for two who write to it', async () => {
    const { load, respond, put, stored } = openSite()
    await put(someKey, { n: 0 })
    const [first, second] = [await load(someKey), await load(someKey)]
    first.data['a'] = 1
    second.data['b'] = 2

    await respond(first)
    await respond(second)

    expect(await stored(someKey)).toEqual({ n: 0, a: 1, b: 2 })
  })
})

async function storeUnreadable(cache: ReturnType<typeof openSite>['cache']): Promise<void> {
  const pickled = Buffer.from('80048c04736974658c05436c6173739329812e', 'hex')
  const core = coreOf(cache)
  await core?.store.set(cache.makeKey(`django.contrib.sessions.cache${someKey}`), pickled, { ttlMs: null })
}

describe('a change of the key', () => {
  it('leaves nothing under the old key that Django could take for a session', async () => {
    const { load, respond, put, stored, exists } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)

    await session.cycleKey()
    const commit = await respond(session)

    expect(await exists(someKey)).toBe(false)
    expect(keyIn(commit)).toBe(session.key)
    expect(await stored(session.key)).toEqual({ a: 1 })
  })

  it('takes along what a sibling saves meanwhile, and lets siblings read and write by the old key', async () => {
    const { load, respond, put, stored } = openSite()
    await put(someKey, { a: 1 })
    const [session, early, late] = [await load(someKey), await load(someKey), await load(someKey)]
    early.data['early'] = true
    await respond(early)

    await session.cycleKey()
    late.data['late'] = true
    const commit = await respond(late)
    const reader = await load(someKey)

    expect(await stored(session.key)).toEqual({ a: 1, early: true, late: true })
    expect(commit).toMatchObject({ outcome: 'saved', setCookie: undefined })
    expect(reader.data).toEqual({ a: 1, early: true, late: true })
    expect((await respond(reader)).setCookie).toBeUndefined()
  })

  it('by two requests at once is one change', async () => {
    const { load, respond, put } = openSite()
    await put(someKey, { a: 1 })
    const [first, second] = [await load(someKey), await load(someKey)]

    await Promise.all([first.cycleKey(), second.cycleKey()])
    const handedOut = [await respond(first), await respond(second)].map(keyIn).filter((key) => key !== undefined)

    expect(handedOut).toHaveLength(1)
    expect((await load(handedOut[0])).data).toEqual({ a: 1 })
  })

  it('ends for those with the old key when its grace is over', async () => {
    const { load, put, clock } = openSite({}, { grace: '10s' })
    await put(someKey, { a: 1 })
    const session = await load(someKey)
    await session.cycleKey()

    clock.time += 10_000

    expect((await load(someKey)).isNew).toBe(true)
  })

  it('does not bring back what Django logged out meanwhile', async () => {
    const { load, respond, put, cache } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)
    await cache.delete(`django.contrib.sessions.cache${someKey}`)

    await expect(session.cycleKey()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    session.data['b'] = 1

    expect((await respond(session)).outcome).toBe('refused')
    expect((await cache.keys('django.*')).length).toBe(0)
  })
})

describe("the matrix of Django's middleware", () => {
  const bogus = 'z'.repeat(32)

  it('untouched, nothing', async () => {
    const { load, respond, put } = openSite()
    await put(someKey, { a: 1 })

    expect(await respond(await load(someKey))).toEqual({ setCookie: undefined, vary: false, outcome: 'untouched' })
  })

  it('read, only Vary', async () => {
    const { load, respond, put } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)
    expect(session.data['a']).toBe(1)

    expect(await respond(session)).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
  })

  it('untouched without a cookie under SESSION_SAVE_EVERY_REQUEST, nothing', async () => {
    const { load, respond, cache } = openSite({ SESSION_SAVE_EVERY_REQUEST: true })

    expect(await respond(await load())).toEqual({ setCookie: undefined, vary: false, outcome: 'untouched' })
    expect(await cache.keys()).toEqual([])
  })

  it('a made-up cookie untouched, nothing', async () => {
    const { load, respond } = openSite()

    expect((await respond(await load(bogus))).setCookie).toBeUndefined()
  })

  it('a made-up cookie read, taken away', async () => {
    const { load, respond } = openSite()
    const session = await load(bogus)
    expect(session.data).toEqual({})

    expect((await respond(session)).setCookie).toMatch(/^sessionid=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/)
  })

  it('a made-up cookie written, a new key', async () => {
    const { load, respond, exists } = openSite()
    const session = await load(bogus)
    session.data['a'] = 1

    const key = keyIn(await respond(session))

    expect(key).toMatch(/^[a-z0-9]{32}$/)
    expect(key).not.toBe(bogus)
    expect(await exists(bogus)).toBe(false)
  })

  it('a cookie that is too short, taken away once somebody looked', async () => {
    const { load, respond } = openSite()
    const [unseen, seen] = [await load('short'), await load('short')]
    expect(seen.data).toEqual({})

    expect((await respond(unseen)).setCookie).toBeUndefined()
    expect(keyIn(await respond(seen))).toBe('')
  })

  it('the last field gone or all cleared, an empty record and the cookie kept', async () => {
    const { load, respond, put, stored } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)
    delete session.data['a']

    const key = keyIn(await respond(session))

    expect(key).toBe(someKey)
    expect(await stored(someKey)).toEqual({})
  })

  it('flushed, the record gone and the cookie with it', async () => {
    const { load, respond, put, exists } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)
    await session.flush()

    expect(keyIn(await respond(session))).toBe('')
    expect(await exists(someKey)).toBe(false)
  })

  it('a status of 500 and more, nothing saved, but Vary', async () => {
    const { load, respond, put, stored } = openSite()
    await put(someKey, { a: 1 })
    for (const status of [500, 503]) {
      const session = await load(someKey)
      session.data['a'] = status

      expect(await respond(session, status)).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
    }
    expect(await stored(someKey)).toEqual({ a: 1 })
  })
})

describe('the engine cached_db', () => {
  const open = () => openSite({ SESSION_ENGINE: cachedDbEngine })

  it('leaves an ended session empty, so that Django does not read its database again', async () => {
    const { load, respond, put, stored, cache } = open()
    await put(someKey, { _auth_user_id: '7', a: 1 })
    const session = await load(someKey)

    await session.logout()

    expect(await stored(someKey)).toEqual({})
    expect(await cache.ttl(`django.contrib.sessions.cached_db${someKey}`)).toBe(1_209_600)
    expect(keyIn(await respond(session))).toBe('')
    expect((await load(someKey)).isNew).toBe(true)
  })

  it('leaves old keys empty, and the grace beside them', async () => {
    const { load, put, stored } = open()
    await put(someKey, { a: 1 })
    const session = await load(someKey)

    await session.cycleKey()

    expect(await stored(someKey)).toEqual({})
    expect(await stored(session.key)).toEqual({ a: 1 })
    expect((await load(someKey)).data).toEqual({ a: 1 })
  })

  it('refuses what is saved into an ended session', async () => {
    const { load, respond, put, stored } = open()
    await put(someKey, { a: 1 })
    const [session, slow] = [await load(someKey), await load(someKey)]
    slow.data['late'] = true
    await session.logout()

    expect((await respond(slow)).outcome).toBe('refused')
    expect(await stored(someKey)).toEqual({})
  })

  it('revokes by emptying', async () => {
    const { load, stored, sessions } = open()
    const session = await load()
    await sessions.login(session, ada)

    await sessions.revoke(7)

    expect(await stored(session.key)).toEqual({})
    expect(await sessions.list(7)).toEqual([])
  })

  it('leaves the cookie of a session alone that is not in the cache', async () => {
    const { load, respond } = open()
    const session = await load(someKey)
    expect(session.data).toEqual({})

    expect((await respond(session)).setCookie).toBeUndefined()
  })
})

describe('the engine signed_cookies', () => {
  const settings = { SESSION_ENGINE: 'django.contrib.sessions.backends.signed_cookies', SECRET_KEY: 'k'.repeat(50) }

  it('has the session in the cookie, with a login that is known again', async () => {
    const sessions = djangoSessions(settings)
    const session = await sessions.load(undefined)
    await sessions.login(session, ada)
    session.data['cart'] = 1
    const { setCookie } = await sessions.commit(session, { status: 200, secure: false })

    const again = await sessions.load(setCookie?.split(';')[0])

    expect(again.data).toEqual({ cart: 1 })
    expect(again.userId).toBe('7')
    expect(await sessions.check(again, ada)).toBe(true)
    expect(await sessions.check(again, { ...ada, password: 'another' })).toBe(false)
  })

  it('needs the key of the site', () => {
    expect(() => djangoSessions({ ...settings, SECRET_KEY: undefined })).toThrow('settings["SECRET_KEY"]')
  })
})
