import { describe, expect, it } from 'vitest'

import { PyDateTime } from '../../../src/codecs/index.ts'
import type { DjangoSessionSettings } from '../../../src/django/session-settings.ts'
import { openSite, someKey, start } from './session-subjects.ts'

/** A site with a session of a thousand seconds, half of which are gone. */
async function halfGone(settings: Parameters<typeof openSite>[0] = {}, options: Parameters<typeof openSite>[1] = {}) {
  const site = openSite({ SESSION_COOKIE_AGE: 1000, ...settings }, options)
  const name = `django.contrib.sessions.cache${someKey}`
  await site.put(someKey, { a: 1 })
  await site.cache.expire(name, 1000)
  site.clock.time += 500_000
  return { ...site, ttl: () => site.cache.ttl(name) }
}

describe('the life of a session', () => {
  it('begins anew by every save, and by no read', async () => {
    const { load, respond, ttl } = await halfGone()

    const reading = await load(someKey)
    expect(reading.data['a']).toBe(1)
    const read = await respond(reading)
    const leftByRead = await ttl()
    const writing = await load(someKey)
    writing.data['a'] = 2
    const written = await respond(writing)

    expect([leftByRead, read.setCookie]).toEqual([500, undefined])
    expect(await ttl()).toBe(1000)
    expect(written.setCookie).toContain('Max-Age=1000')
  })

  it('begins anew by a change made atomically', async () => {
    const { load, respond, ttl } = await halfGone()

    const session = await load(someKey)
    await session.atomically((data) => void (data['a'] = 2))
    const { setCookie } = await respond(session)

    expect(await ttl()).toBe(1000)
    expect(setCookie).toContain('Max-Age=1000')
  })

  it.each([false, true])('begins anew by every request with SESSION_SAVE_EVERY_REQUEST (lazy: %s)', async (lazy) => {
    const { load, respond, ttl } = await halfGone({ SESSION_SAVE_EVERY_REQUEST: true }, { lazy })

    const commit = await respond(await load(someKey))

    expect(await ttl()).toBe(1000)
    expect(commit).toMatchObject({ outcome: 'refreshed', vary: true })
    expect(commit.setCookie).toContain('Max-Age=1000')
  })

  it.each([
    ['seconds', 300, 300],
    ['a text', '2026-01-01T00:05:00.000001+00:00', 300],
    ['a text in another zone', '2026-01-01T02:05:00+02:00', 300],
    ['a text without a zone', '2026-01-01T00:05:00', 300],
    ['a date', new Date(start + 300_000), 300],
    ['a date to the microsecond', dateTime(5), 300],
    ['what nobody can read', 'soon', 1_209_600],
    ['None', null, 1_209_600],
    ['0', 0, 1_209_600],
  ])('is told by %s in _session_expiry', async (_name, expiry, seconds) => {
    const { load, put, respond, stored } = openSite()
    await put(someKey, { _session_expiry: expiry })
    const session = await load(someKey)

    const endsAt = session.expiresAt()
    session.data['a'] = 1
    await respond(session)

    expect(Math.round(((endsAt?.getTime() ?? 0) - start) / 1000)).toBe(seconds)
    expect(await stored(someKey)).toStrictEqual({ _session_expiry: expiry, a: 1 })
  })

  it.each([
    ['6.0', {}, '2026-01-01T00:05:00.007000+00:00'],
    ['4.1', { USE_TZ: true, TIME_ZONE: 'Europe/Vienna' }, '2026-01-01T00:05:00.007000+00:00'],
    ['4.1', { USE_TZ: false, TIME_ZONE: 'Europe/Vienna' }, '2026-01-01T01:05:00.007000'],
    ['3.2', {}, new Date(start + 300_007)],
    ['3.2', { USE_TZ: false, TIME_ZONE: 'Europe/Vienna' }, dateTime(65, 7000)],
  ])('until a date is written as Django %s does with %j', async (django, settings, expected) => {
    const { load, respond, stored } = openSite(settings, { django })
    const session = await load()
    session.data['a'] = 1
    session.setExpiry(new Date(start + 300_007))
    const commit = await respond(session)

    expect(await stored(session.key)).toStrictEqual({ a: 1, _session_expiry: expected })
    expect(commit.setCookie).toContain('Max-Age=301')
    expect((await load(session.key)).expiresAt()).toEqual(new Date(start + 300_007))
  })

  it('without a zone is in that of the site', async () => {
    const { load, put } = openSite({ USE_TZ: false, TIME_ZONE: 'Europe/Vienna' })
    await put(someKey, { _session_expiry: '2026-01-01T01:05:00' })

    expect((await load(someKey)).expiresAt()).toEqual(new Date(start + 300_000))
  })

  it('until the browser closes has a cookie without an end and the time of others in the cache', async () => {
    const { load, respond, stored, cache } = openSite()
    const session = await load()
    session.data['a'] = 1
    session.setExpiry('browser')
    const commit = await respond(session)

    expect(commit.setCookie).not.toMatch(/max-age|expires/i)
    expect(await stored(session.key)).toEqual({ a: 1, _session_expiry: 0 })
    expect(await cache.ttl(`django.contrib.sessions.cache${session.key}`)).toBe(1_209_600)
  })

  it('that is over with this response is not stored, as set_expiry(-5)', async () => {
    const { load, respond, put, exists } = openSite()
    await put(someKey, { a: 1 })
    const session = await load(someKey)

    session.setExpiry(-5)

    expect((await respond(session)).setCookie).toContain('Max-Age=0')
    expect(await exists(someKey)).toBe(false)
  })

  it('is taken back by undefined and by null, as set_expiry(None)', async () => {
    for (const none of [undefined, null]) {
      const { load, respond, put, stored } = openSite()
      await put(someKey, { a: 1, _session_expiry: 5 })
      const session = await load(someKey)
      session.setExpiry(none)
      await respond(session)

      expect(await stored(someKey)).toEqual({ a: 1 })
    }
  })
})

function dateTime(minute: number, microsecond = 1): PyDateTime {
  const hour = Math.floor(minute / 60)
  return new PyDateTime({ year: 2026, month: 1, day: 1, hour, minute: minute % 60, second: 0, microsecond })
}

describe('the cookie', () => {
  const cookies: readonly [DjangoSessionSettings, string][] = [
    [{}, 'sessionid=KEY; Max-Age=1209600; Path=/; Expires=Thu, 15 Jan 2026 00:00:00 GMT; HttpOnly; SameSite=Lax'],
    [
      {
        SESSION_COOKIE_NAME: 'sid',
        SESSION_COOKIE_DOMAIN: 'example.com',
        SESSION_COOKIE_PATH: '/shop',
        SESSION_COOKIE_AGE: 60,
      },
      'sid=KEY; Max-Age=60; Domain=example.com; Path=/shop; Expires=Thu, 01 Jan 2026 00:01:00 GMT; HttpOnly; SameSite=Lax',
    ],
    [
      {
        SESSION_COOKIE_SECURE: true,
        SESSION_COOKIE_HTTPONLY: false,
        SESSION_COOKIE_SAMESITE: 'None',
        SESSION_EXPIRE_AT_BROWSER_CLOSE: true,
      },
      'sessionid=KEY; Path=/; Secure; SameSite=None',
    ],
    [{ SESSION_COOKIE_SAMESITE: false, SESSION_EXPIRE_AT_BROWSER_CLOSE: true }, 'sessionid=KEY; Path=/; HttpOnly'],
    [
      { SESSION_COOKIE_SAMESITE: 'Strict', SESSION_EXPIRE_AT_BROWSER_CLOSE: true },
      'sessionid=KEY; Path=/; HttpOnly; SameSite=Strict',
    ],
  ]

  it.each(cookies)('is as the settings %j have it', async (settings, expected) => {
    const { load, respond } = openSite(settings)
    const session = await load()
    session.data['a'] = 1

    const { setCookie } = await respond(session)

    expect(setCookie).toBe(expected.replace('KEY', String(session.key)))
  })

  it('that comes several times is the last that can be a key, as Django reads it', async () => {
    const { sessions, put } = openSite()
    await put(someKey, { a: 1 })

    const session = await sessions.load(`sessionid=${'b'.repeat(32)}; sessionid=${someKey}; sessionid=short`)

    expect(session.data).toEqual({ a: 1 })
  })

  it.each(['', 'short', 'a'.repeat(129), 'd_dbabcdefghijk', '../etc/passwd', "' or 1=1", '%00%00%00%00%00%00%00%00'])(
    'that cannot be a key (%j) is asked of nobody',
    async (value) => {
      const { sessions, cache } = openSite()
      const before = cache.stats()

      const session = await sessions.load(`sessionid=${value}`)

      expect(session.isNew).toBe(true)
      expect(cache.stats()).toEqual(before)
    },
  )
})
