import { describe, expect, it } from 'vitest'

import { sessionAuthHash } from '../../../src/django/auth-hash.ts'
import { ada, bob, keyIn, openSite, someKey } from './session-subjects.ts'

const secretKey = 'django_tests_secret_key'

describe('a login', () => {
  it('is what Django takes for one, under a new key, with the data kept', async () => {
    const { load, respond, put, stored, exists, sessions } = openSite()
    await put(someKey, { cart: ['book'] })
    const session = await load(someKey)

    await sessions.login(session, ada, { device: 'Firefox' })
    const key = keyIn(await respond(session))

    expect(await exists(someKey)).toBe(false)
    expect(await stored(key)).toEqual({
      cart: ['book'],
      _auth_user_id: '7',
      _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
      _auth_user_hash: sessionAuthHash(ada.password, secretKey),
    })
    expect(await sessions.list(7)).toMatchObject([{ id: session.id, device: 'Firefox' }])
  })

  it('takes the first of AUTHENTICATION_BACKENDS, or the one it is told, and no other', async () => {
    const { load, stored, sessions } = openSite({ AUTHENTICATION_BACKENDS: ['a.First', 'b.Second'] })
    const [first, second, third] = [await load(), await load(), await load()]

    await sessions.login(first, ada)
    await sessions.login(second, { ...ada, backend: 'b.Second' })

    expect(await stored(first.key)).toMatchObject({ _auth_user_backend: 'a.First' })
    expect(await stored(second.key)).toMatchObject({ _auth_user_backend: 'b.Second' })
    await expect(sessions.login(third, { ...ada, backend: 'c.Third' })).rejects.toThrow('AUTHENTICATION_BACKENDS')
  })

  it('begins anew when another user was there, or another password', async () => {
    for (const next of [bob, { ...ada, password: 'another' }]) {
      const { load, stored, sessions, exists } = openSite()
      const session = await load()
      await sessions.login(session, ada)
      session.data['diary'] = 'private'
      await session.save()
      const { key } = session

      await sessions.login(session, next)

      expect(await stored(session.key)).not.toHaveProperty('diary')
      expect(await exists(key)).toBe(false)
    }
  })

  it('of the same user keeps the data', async () => {
    const { load, stored, sessions } = openSite()
    const session = await load()
    await sessions.login(session, ada)
    session.data['diary'] = 'private'

    await sessions.login(session, ada)

    expect(await stored(session.key)).toHaveProperty('diary', 'private')
  })

  it.each([
    ['3.2', 64],
    ['4.0', 32],
  ])('gives a new secret against forged requests where that is in the session (Django %s)', async (django, length) => {
    const { load, stored, put, sessions } = openSite({ CSRF_USE_SESSIONS: true }, { django })
    await put(someKey, { _csrftoken: 'x'.repeat(32) })
    const session = await load(someKey)

    await sessions.login(session, ada)

    const { _csrftoken: token } = (await stored(session.key)) as Record<string, string>
    expect(token).toMatch(/^[A-Za-z0-9]+$/)
    expect(token).toHaveLength(length)
    expect(token).not.toBe('x'.repeat(32))
  })

  it('lets requests under way read what they had, and write nothing of it anywhere', async () => {
    const { load, respond, put, stored, sessions } = openSite()
    await put(someKey, { cart: 1 })
    const session = await load(someKey)
    await sessions.login(session, ada)

    const sibling = await load(someKey)
    const seen = { ...sibling.data }
    sibling.data['evil'] = true
    const commit = await respond(sibling)

    expect(seen).toEqual({ cart: 1 })
    expect(sibling.userId).toBeUndefined()
    expect(commit).toMatchObject({ outcome: 'refused', setCookie: undefined })
    expect(await stored(session.key)).not.toHaveProperty('evil')
  })

  it('outlives a logout by the old key, which takes what the old key held and leaves the cookie alone', async () => {
    const { load, put, respond, sessions } = openSite()
    await put(someKey, { cart: ['book'] })
    const session = await load(someKey)
    await sessions.login(session, ada)
    const key = keyIn(await respond(session))

    const slow = await load(someKey)
    const before = { ...slow.data }
    await slow.logout()
    const { outcome, setCookie } = await respond(slow)
    const later = await load(someKey)
    later.data['cart'] = 'evil'

    expect(before).toEqual({ cart: ['book'] })
    expect([outcome, setCookie]).toEqual(['untouched', undefined])
    expect(await respond(later)).toMatchObject({ outcome: 'refused', setCookie: undefined })
    expect((await load(key)).data).toEqual({ cart: ['book'] })
  })

  it('sent twice logs in twice, with the data in both', async () => {
    const { load, put, stored, sessions } = openSite()
    await put(someKey, { cart: 1 })
    const [first, second] = [await load(someKey), await load(someKey)]

    await sessions.login(first, ada)
    await sessions.login(second, ada)

    expect(await stored(first.key)).toHaveProperty('cart', 1)
    expect(await stored(second.key)).toHaveProperty('cart', 1)
  })

  it('needs a user as the database has it', async () => {
    const { load, sessions } = openSite()
    const session = await load()

    await expect(session.login(7)).rejects.toThrow('sessions.login(session, user)')
    await expect(sessions.login(session, { id: 7 } as never)).rejects.toThrow('{ id, password }')
    await expect(sessions.login(session, { id: '', password: '' })).rejects.toThrow("a user's id")
  })

  it('that was revoked is over', async () => {
    const { load, respond, sessions } = openSite()
    const [phone, laptop] = [await load(), await load()]
    await sessions.login(phone, ada)
    await sessions.login(laptop, ada)

    expect(await sessions.revoke(7, { except: laptop.key })).toBe(1)
    phone.data['late'] = true

    expect((await respond(phone)).outcome).toBe('refused')
    expect((await load(phone.key)).isNew).toBe(true)
    expect((await load(laptop.key)).userId).toBe('7')
  })

  it('made in Django is listed from the first save here on', async () => {
    const { load, respond, put, sessions } = openSite()
    await put(someKey, { _auth_user_id: '7' })
    const session = await load(someKey)
    session.data['a'] = 1
    await respond(session)

    expect(await sessions.list(7)).toMatchObject([{ id: session.id }])
    await sessions.revoke(7)
    expect((await load(someKey)).isNew).toBe(true)
  })

  it('stays in the list as long as it lives, though not every save tells the list', async () => {
    const { load, respond, sessions, clock } = openSite({ SESSION_COOKIE_AGE: 1000 })
    const session = await load()
    await sessions.login(session, ada)
    for (let step = 0; step < 9; step++) {
      clock.time += 300_000
      const again = await load(session.key)
      again.data['step'] = step
      await respond(again)
      clock.time += 600_000

      expect(await sessions.list(7), `step ${step}`).toHaveLength(1)
    }
  })
})

describe('the check of a login', () => {
  const withUser = async (settings: Record<string, unknown> = {}, hash?: string, django?: string) => {
    const site = openSite(settings, { django })
    await site.put(someKey, {
      _auth_user_id: '7',
      _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
      _auth_user_hash: hash ?? sessionAuthHash(ada.password, secretKey),
      cart: 1,
    })
    return { ...site, session: await site.load(someKey) }
  }

  it('holds for the user with that password, without a write', async () => {
    const { sessions, session, respond } = await withUser()

    expect(await sessions.check(session, ada)).toBe(true)
    expect(await respond(session)).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
  })

  it('ends the session when the password is another one', async () => {
    const { sessions, session, respond, exists } = await withUser()

    expect(await sessions.check(session, { ...ada, password: 'another' })).toBe(false)

    expect(session.userId).toBeUndefined()
    expect(await exists(someKey)).toBe(false)
    expect(keyIn(await respond(session))).toBe('')
  })

  it.each([undefined, null, bob])('is no for another user than the session has, and for none', async (user) => {
    const { sessions, session, exists } = await withUser()

    expect(await sessions.check(session, user)).toBe(false)
    expect(await exists(someKey)).toBe(true)
  })

  it('is no when the backend is none of the site any more', async () => {
    const { sessions, session } = await withUser({ AUTHENTICATION_BACKENDS: ['a.First'] })

    expect(await sessions.check(session, ada)).toBe(false)
  })

  it('renews a login by an older key, under a new key of the session', async () => {
    const old = sessionAuthHash(ada.password, 'older')
    const { sessions, session, respond, stored, exists } = await withUser({ SECRET_KEY_FALLBACKS: ['older'] }, old)

    expect(await sessions.check(session, ada)).toBe(true)
    const key = keyIn(await respond(session))

    expect(await exists(someKey)).toBe(false)
    expect(await stored(key)).toMatchObject({ cart: 1, _auth_user_hash: sessionAuthHash(ada.password, secretKey) })
  })

  it('of many requests at once with an older key loses none of them', async () => {
    const old = sessionAuthHash(ada.password, 'older')
    const { sessions, load, respond } = await withUser({ SECRET_KEY_FALLBACKS: ['older'] }, old)
    const siblings = await Promise.all(Array.from({ length: 8 }, () => load(someKey)))

    const answers = await Promise.all(siblings.map((sibling) => sessions.check(sibling, ada)))
    const handedOut = (await Promise.all(siblings.map((sibling) => respond(sibling)))).map(keyIn).filter(Boolean)

    expect(answers).toEqual(Array.from({ length: 8 }, () => true))
    expect(handedOut).toHaveLength(1)
  })

  it('minds older keys only where the site does', async () => {
    const old = sessionAuthHash(ada.password, 'older')
    const { sessions, session } = await withUser({ SECRET_KEY_FALLBACKS: ['older'] }, old, '4.0')

    expect(await sessions.check(session, ada)).toBe(false)
  })

  it('reads hashes by SHA-1 for Django 3.2 alone', async () => {
    const old = sessionAuthHash(ada.password, secretKey, 'sha1')
    const [site32, site40] = [await withUser({}, old, '3.2'), await withUser({}, old, '4.0')]

    expect(await site32.sessions.check(site32.session, ada)).toBe(true)
    expect(await site40.sessions.check(site40.session, ada)).toBe(false)
  })

  it('is no for a session that has ended meanwhile', async () => {
    const old = sessionAuthHash(ada.password, 'older')
    const { sessions, session, cache, respond } = await withUser({ SECRET_KEY_FALLBACKS: ['older'] }, old)
    await cache.deletePattern('*')

    expect(await sessions.check(session, ada)).toBe(false)

    expect(session.userId).toBeUndefined()
    expect((await respond(session)).outcome).toBe('untouched')
  })

  it('goes on for who changed the password, with a new key and a new hash', async () => {
    const { sessions, session, respond, stored } = await withUser()
    const changed = { ...ada, password: 'another' }

    await sessions.updateSessionAuthHash(session, changed)
    const key = keyIn(await respond(session))

    expect(await stored(key)).toMatchObject({ cart: 1, _auth_user_hash: sessionAuthHash('another', secretKey) })
    expect(await sessions.check(session, changed)).toBe(true)
  })
})
