import { afterEach, describe, expect, inject, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { openStore } from '../../../src/cache/open-store.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import type { Cache } from '../../../src/index.ts'
import type { Commit } from '../../../src/sessions/commit.ts'
import type { Session } from '../../../src/sessions/index.ts'
import { freshPrefix } from '../../support/redis.ts'
import {
  cacheEngine,
  inMemory,
  keyIn,
  openSite as openSiteOn,
  someKey,
  start,
} from '../../unit/django/session-subjects.ts'
import type { Subject } from '../../unit/django/session-subjects.ts'

type OpenCache = NonNullable<Parameters<typeof openSiteOn>[2]>

/** In a key space of its own. */
const onRedis: OpenCache = (config) => {
  const { keys } = resolveCacheOptions({ keyPrefix: freshPrefix() })
  return cacheOf({ ...config, keys }, openStore({ location: `${inject('redisUrl')}/2` }, { deadlineMs: 10_000 }))
}

/** As long as a session has at most, less what has passed since in the store's own time. */
async function expectLife({ cache }: Subject, commit: Commit, seconds: number): Promise<void> {
  const left = await cache.pttl(`django.contrib.sessions.cache${keyIn(commit)}`)

  expect(left).toBeLessThanOrEqual(seconds * 1000)
  expect(left).toBeGreaterThan((seconds - 60) * 1000)
}

/** What a request comes to that does this with a session of these fields. */
async function outcomeOf(site: Subject, dict: object, work: (data: Record<string, unknown>) => void) {
  await site.put(someKey, dict)
  const session = await site.load(someKey)
  work(session.data)
  const { outcome, vary } = await site.respond(session)
  return { outcome, vary }
}

const read = { outcome: 'untouched', vary: true }
const written = { outcome: 'saved', vary: true }

describe.each([
  { place: 'memory', openCache: inMemory },
  { place: 'redis', openCache: onRedis },
])("Django's tests of a session, in our words: $place", ({ openCache }) => {
  const open: Cache[] = []

  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

  const openSite = (...[settings, options]: Parameters<typeof openSiteOn>): Subject => {
    const site = openSiteOn(settings, options, openCache)
    open.push(site.cache)
    return site
  }

  it('a new session is neither looked at nor saved (test_new_session)', async () => {
    const { load, respond } = openSite()

    expect(await respond(await load())).toEqual({ outcome: 'untouched', vary: false, setCookie: undefined })
  })

  it('a field that is not there is undefined (test_get_empty)', async () => {
    const { load } = openSite()

    expect((await load()).data['cat']).toBeUndefined()
  })

  it('a field that is set is saved, and there until it is taken out (test_store)', async () => {
    const site = openSite()

    expect(await outcomeOf(site, {}, (data) => (data['cat'] = 'dog'))).toEqual(written)
    expect(await site.stored(someKey)).toEqual({ cat: 'dog' })
    expect(await outcomeOf(site, { cat: 'dog' }, (data) => delete data['cat'])).toEqual(written)
  })

  it('taking a field out is a change (test_pop)', async () => {
    const site = openSite()

    expect(await outcomeOf(site, { 'some key': 'exists' }, (data) => delete data['some key'])).toEqual(written)
    expect(await site.stored(someKey)).toEqual({})
  })

  it('taking out what is not there, with an answer for that, is none (test_pop_default)', async () => {
    let answer: unknown
    const outcome = await outcomeOf(openSite(), { a: 1 }, (data) => {
      answer = data['some key'] ?? 'does not exist'
      delete data['some key']
    })

    expect(answer).toBe('does not exist')
    expect(outcome).toEqual(read)
  })

  it('nor does it matter how that answer is given (test_pop_default_named_argument)', async () => {
    let answer: unknown
    const outcome = await outcomeOf(openSite(), { a: 1 }, (data) => {
      const { 'some key': taken = 'does not exist' } = data
      answer = taken
      delete data['some key']
    })

    expect(answer).toBe('does not exist')
    expect(outcome).toEqual(read)
  })

  it('without one it is undefined, and nobody is stopped by an error (test_pop_no_default_keyerror_raised)', async () => {
    const { load } = openSite()
    const { data } = await load()

    expect(() => delete data['some key']).not.toThrow()
    expect(data['some key']).toBeUndefined()
  })

  it('a default is stored only where nothing is (test_setdefault)', async () => {
    const site = openSite()

    expect(await outcomeOf(site, {}, (data) => (data['foo'] ??= 'bar'))).toEqual(written)
    expect(await outcomeOf(site, { foo: 'bar' }, (data) => (data['foo'] ??= 'baz'))).toEqual(read)
    expect(await site.stored(someKey)).toEqual({ foo: 'bar' })
  })

  it('several fields are set at once (test_update)', async () => {
    const site = openSite()

    expect(await outcomeOf(site, {}, (data) => Object.assign(data, { 'update key': 1 }))).toEqual(written)
    expect(await site.stored(someKey)).toEqual({ 'update key': 1 })
  })

  it('asking whether a field is there is a look and no change (test_has_key)', async () => {
    let isThere: unknown

    expect(await outcomeOf(openSite(), { 'some key': 1 }, (data) => (isThere = 'some key' in data))).toEqual(read)
    expect(isThere).toBe(true)
  })

  it.each([
    ['values', 'test_values', (data: object): unknown => Object.values(data), [1]],
    ['names', 'test_keys', (data: object): unknown => Object.keys(data), ['x']],
    ['pairs', 'test_items', (data: object): unknown => Object.entries(data), [['x', 1]]],
  ])('its %s are listed by a look and no change (%s)', async (_what, _name, list, expected) => {
    let listed: unknown

    expect(await outcomeOf(openSite(), { x: 1 }, (data) => (listed = list(data)))).toEqual(read)
    expect(listed).toEqual(expected)
  })

  it('cleared, it is empty, and that is a change (test_clear)', async () => {
    const site = openSite()
    const clear = (data: Record<string, unknown>) => {
      for (const name of Object.keys(data)) delete data[name]
    }

    expect(await outcomeOf(site, { x: 1, y: 2 }, clear)).toEqual(written)
    expect(await site.stored(someKey)).toEqual({})
  })

  it('saved, it exists (test_save)', async () => {
    const { load, exists } = openSite()
    const session = await load()
    session.data['a'] = 1
    await session.save()

    expect(await exists(session.key)).toBe(true)
  })

  it('ended, it exists no more (test_delete)', async () => {
    const { load, exists } = openSite()
    const session = await load()
    session.data['a'] = 1
    await session.save()
    const { key } = session

    await session.logout()

    expect(await exists(key)).toBe(false)
  })

  it('flushed, it has no record, no key and no fields (test_flush)', async () => {
    const { load, put, exists, respond } = openSite()
    await put(someKey, { foo: 'bar' })
    const session = await load(someKey)

    await session.flush()

    expect(await exists(someKey)).toBe(false)
    expect(session.key).toBeUndefined()
    expect(session.data).toEqual({})
    expect(await respond(session)).toMatchObject({ vary: true })
  })

  it('under a new key it has its fields, and the old key has none (test_cycle)', async () => {
    const { load, put, exists, stored } = openSite()
    await put(someKey, { a: 1, b: 2 })
    const session = await load(someKey)

    await session.cycleKey()

    expect(await exists(someKey)).toBe(false)
    expect(session.key).not.toBe(someKey)
    expect(await stored(session.key)).toEqual({ a: 1, b: 2 })
  })

  it('also when nobody had looked at it yet (test_cycle_with_no_session_cache)', async () => {
    const { load, put, stored } = openSite({}, { lazy: true })
    await put(someKey, { a: 1, b: 2 })
    const session = await load(someKey)

    await session.cycleKey()

    expect(session.key).not.toBe(someKey)
    expect(await stored(session.key)).toEqual({ a: 1, b: 2 })
  })

  it("saving doesn't clear its fields (test_save_doesnt_clear_data)", async () => {
    const { load } = openSite()
    const session = await load()
    session.data['a'] = 'b'
    await session.save()

    expect(session.data).toEqual({ a: 'b' })
  })

  it('a key that the client made up is replaced when it is saved (test_invalid_key)', async () => {
    const { load, exists } = openSite()
    const session = await load('1'.repeat(32))
    session.data['a'] = 1
    await session.save()

    expect(session.key).not.toBe('1'.repeat(32))
    expect(await exists('1'.repeat(32))).toBe(false)
  })

  it.each([
    ['empty is none', 'test_session_key_empty_string_invalid', ''],
    ['of seven characters is none', 'test_session_key_too_short_invalid', '1234567'],
  ])('a key that is %s (%s)', async (_what, _name, key) => {
    const { load, put } = openSite()
    await put(key, { a: 1 })
    const session = await load(key)

    expect(session.key).toBeUndefined()
    expect(session.isNew).toBe(true)
  })

  it('one of eight is a key (test_session_key_valid_string_saved)', async () => {
    const { load, put } = openSite()
    await put('12345678', { a: 1 })

    expect((await load('12345678')).key).toBe('12345678')
  })

  it('the key cannot be set (test_session_key_is_read_only)', async () => {
    const { load } = openSite()
    const session = await load()

    expect(() => Object.assign(session, { key: 'x' })).toThrow(TypeError)
  })

  /** A new session with a field and this lifetime, saved five seconds after it was given. */
  async function saved(site: Subject, setLife: (session: Session) => void) {
    const session = await site.load()
    session.data['a'] = 1
    setLife(session)
    site.clock.time += 5000
    const expiresAt = session.expiresAt()
    return { expiresAt, commit: await site.respond(session) }
  }

  it('it lives as long as SESSION_COOKIE_AGE, until the browser closes or not (test_default_expiry)', async () => {
    const site = openSite({ SESSION_COOKIE_AGE: 1000 })

    for (const until of [undefined, 'browser'] as const) {
      const begun = site.clock.time
      const { expiresAt, commit } = await saved(site, (session) => session.setExpiry(until))

      expect(expiresAt).toEqual(new Date(begun + 1_005_000))
      expect(/Max-Age=(\d+)/.exec(commit.setCookie ?? '')?.[1]).toBe(until === undefined ? '1000' : undefined)
      await expectLife(site, commit, 1000)
    }
  })

  it.each([
    [
      'as many seconds as it was given, from each save on',
      'test_custom_expiry_seconds',
      { expiry: 300, end: 305, left: 300 },
    ],
    ['a time with a unit', 'test_custom_expiry_timedelta', { expiry: '2m', end: 125, left: 120 }],
    ['a date, however often', 'test_custom_expiry_datetime', { expiry: new Date(start + 1e5), end: 100, left: 95 }],
  ] as const)('or for %s (%s)', async (_what, _name, { expiry, end, left }) => {
    const site = openSite()

    const { expiresAt, commit } = await saved(site, (session) => session.setExpiry(expiry))

    expect(expiresAt).toEqual(new Date(start + end * 1000))
    expect(commit.setCookie).toContain(`Max-Age=${left};`)
    await expectLife(site, commit, left)
  })

  it('which can be taken back (test_custom_expiry_reset)', async () => {
    const site = openSite()

    const { expiresAt, commit } = await saved(site, (session) => {
      session.setExpiry(10)
      session.setExpiry(undefined)
    })

    expect(expiresAt).toEqual(new Date(start + 1_209_605_000))
    expect(commit.setCookie).toContain('Max-Age=1209600;')
    await expectLife(site, commit, 1_209_600)
  })

  it.each([
    [false, 10, false],
    [false, 'browser', true],
    [false, undefined, false],
    [true, 10, false],
    [true, 'browser', true],
    [true, undefined, true],
  ] as const)(
    'with SESSION_EXPIRE_AT_BROWSER_CLOSE = %s and an expiry of %s, ending with the browser is %s (test_get_expire_at_browser_close)',
    async (setting, expiry, endsWithBrowser) => {
      const { load, respond } = openSite({ SESSION_EXPIRE_AT_BROWSER_CLOSE: setting })
      const session = await load()
      session.data['a'] = 1
      session.setExpiry(expiry)

      const { setCookie } = await respond(session)

      expect(setCookie?.includes('Max-Age')).toBe(!endsWithBrowser)
    },
  )

  it('what was written is read back (test_decode)', async () => {
    const { load, respond } = openSite()
    const data = { 'a test key': 'a test value', nested: [1, { two: null }] }
    const session = await load()
    Object.assign(session.data, data)
    const key = keyIn(await respond(session))

    expect((await load(key)).data).toEqual(data)
  })

  it('what cannot be read is no session, and is told of (test_decode_failure_logged_to_security)', async () => {
    const { load, put, cache } = openSite()
    const errors: string[] = []
    cache.on('error', ({ operation }) => errors.push(operation))
    await put(someKey, 'flaskdj:alkdjf')

    const session = await load(someKey)

    expect(session.data).toEqual({})
    expect(errors).toEqual(['session'])
  })

  it('with a lifetime in the past it is gone for the next request (test_actual_expiry)', async () => {
    const { load, put, respond, exists } = openSite()
    await put(someKey, { foo: 'bar' })
    const session = await load(someKey)
    session.setExpiry(-3600)
    await respond(session)

    expect(await exists(someKey)).toBe(false)
    expect((await load(someKey)).data).toEqual({})
  })

  it('loading an unknown key creates no record, and the key is not taken (test_session_load_does_not_create_record)', async () => {
    const { load, exists, respond } = openSite()
    const session = await load('someunknownkey')
    const { data } = session

    expect(data).toEqual({})
    expect(await exists('someunknownkey')).toBe(false)
    expect(session.key).toBeUndefined()
    expect(keyIn(await respond(session))).toBe('')
  })

  it('saving does not bring back what was logged out in another request (test_session_save_does_not_resurrect_session_logged_out_in_other_context)', async () => {
    const { load, put, exists, respond } = openSite({ SESSION_ENGINE: cacheEngine })
    await put(someKey, { test_data: 'value1' })
    const [first, second] = [await load(someKey), await load(someKey)]
    await second.logout()

    first.data['test_data'] = 'value2'

    expect((await respond(first)).outcome).toBe('refused')
    expect(await exists(someKey)).toBe(false)
    expect((await load(someKey)).data).toEqual({})
  })
})
