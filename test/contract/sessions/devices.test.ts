import { expect, it } from 'vitest'

import { cookieOf, describeSessions, respond, type Subject } from './subjects.ts'

async function loggedIn({ sessions }: Subject, user: string, device?: string): Promise<string> {
  const session = await sessions.load(undefined)
  await session.login(user, { device })
  return cookieOf(await respond(sessions, session)) as string
}

describeSessions('logging in', (open) => {
  it('gives a new key, keeps the data and lists the device', async () => {
    await using subject = open()
    const cookie = await subject.begin({ cart: [1] })
    const session = await subject.sessions.load(cookie)

    await session.login(42, { device: 'Firefox' })
    const next = cookieOf(await respond(subject.sessions, session))
    const devices = await subject.sessions.list(42)

    expect(next).not.toBe(cookie)
    expect(await subject.seen(next)).toEqual({ cart: [1] })
    expect((await subject.sessions.load(next)).userId).toBe('42')
    expect(devices).toMatchObject([{ id: session.id, device: 'Firefox' }])
    expect(devices[0]?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 13 * 86_400_000)
  })

  it('leaves the old key what it held, and nothing to change', async () => {
    await using subject = open()
    const cookie = await subject.begin({ cart: [1] })
    const session = await subject.sessions.load(cookie)
    await session.login('1')
    session.data['secret'] = true
    const next = cookieOf(await respond(subject.sessions, session))

    const sibling = await subject.sessions.load(cookie)
    const seen = { ...sibling.data }
    sibling.data['cart'] = 'evil'
    const { outcome, setCookie } = await subject.sessions.commit(sibling, { status: 200, secure: true })

    expect(seen).toEqual({ cart: [1] })
    expect(sibling.userId).toBeUndefined()
    expect([outcome, setCookie]).toEqual(['refused', undefined])
    expect(await subject.seen(next)).toEqual({ cart: [1], secret: true })
  })

  it.each(['loaded before it', 'loaded after it'])(
    'outlives a logout by the old key, %s, which takes what the old key held and leaves the cookie alone',
    async (when) => {
      await using subject = open()
      const cookie = await subject.begin({ cart: [1] })
      const early = await subject.sessions.load(cookie)
      const session = await subject.sessions.load(cookie)
      await session.login('1')
      const next = cookieOf(await respond(subject.sessions, session))

      const slow = when === 'loaded before it' ? early : await subject.sessions.load(cookie)
      await slow.logout()
      await slow.logout()
      slow.data['message'] = 'bye'
      const { outcome, setCookie } = await subject.sessions.commit(slow, { status: 200, secure: true })
      const later = await subject.sessions.load(cookie)
      const held = { ...later.data }

      expect([outcome, setCookie, held]).toEqual(['refused', undefined, {}])
      expect(await respond(subject.sessions, later)).toBeUndefined()
      expect((await subject.sessions.load(next)).userId).toBe('1')
    },
  )

  it('of who is logged in already ends with a logout by the old key, cookie and all', async () => {
    await using subject = open()
    const cookie = await loggedIn(subject, '1')
    const session = await subject.sessions.load(cookie)
    await session.login('1')
    const next = cookieOf(await respond(subject.sessions, session))

    const slow = await subject.sessions.load(cookie)
    await slow.logout()

    expect(await respond(subject.sessions, slow)).toMatch(/^sessionid=; Max-Age=0/)
    expect((await subject.sessions.load(next)).isNew).toBe(true)
  })

  it('leaves nothing to change by a key that was changed before', async () => {
    await using subject = open()
    const cookie = await subject.begin({ cart: [1] })
    const session = await subject.sessions.load(cookie)
    await session.cycleKey()
    await session.login('1')
    await respond(subject.sessions, session)

    const sibling = await subject.sessions.load(cookie)
    const seen = { ...sibling.data }
    sibling.data['cart'] = 'evil'

    expect(seen).toEqual({ cart: [1] })
    expect(await respond(subject.sessions, sibling)).toBeUndefined()
  })

  it('as somebody else begins with nothing of the one before', async () => {
    await using subject = open()
    const cookie = await loggedIn(subject, 'alice')
    const session = await subject.sessions.load(cookie)
    session.data['diary'] = 'private'
    await session.save()

    await session.login('bob')
    const next = cookieOf(await respond(subject.sessions, session))

    expect(await subject.seen(next)).toEqual({})
    expect((await subject.sessions.load(cookie)).userId).toBeUndefined()
    expect(await subject.seen(cookie)).toEqual({})
    expect(await subject.sessions.list('alice')).toEqual([])
    expect(await subject.sessions.list('bob')).toHaveLength(1)
  })

  it('again as the same user is one device still', async () => {
    await using subject = open()
    const cookie = await loggedIn(subject, 'alice', 'Firefox')
    const session = await subject.sessions.load(cookie)

    await session.login('alice')
    await respond(subject.sessions, session)

    expect(await subject.sessions.list('alice')).toMatchObject([{ id: session.id, device: 'Firefox' }])
  })
})

describeSessions('the list of devices', (open) => {
  it('follows a change of the key and forgets a logout', async () => {
    await using subject = open()
    const [first, second] = [await loggedIn(subject, 'u', 'first'), await loggedIn(subject, 'u', 'second')]
    const [cycled, ended] = [await subject.sessions.load(first), await subject.sessions.load(second)]

    await cycled.cycleKey()
    await ended.logout()

    expect(await subject.sessions.list('u')).toMatchObject([{ id: cycled.id, device: 'first' }])
  })

  it('shows nobody whose record is gone', async () => {
    await using subject = open()
    await loggedIn(subject, 'u')

    await subject.cache.deleteMany((await subject.cache.keys('session:*')).filter((key) => !key.includes('user:')))

    expect(await subject.sessions.list('u')).toEqual([])
  })

  it('tells no keys and no names of users, and ends with what it lists', async () => {
    await using subject = open({ idle: '1h' })
    const cookie = await loggedIn(subject, 'alice@example.org')
    const { key } = await subject.sessions.load(cookie)

    const [name] = await subject.cache.keys('session:user:*')

    expect(name).not.toContain('alice')
    expect(JSON.stringify(await subject.cache.get(name as string))).not.toContain(key)
    expect(await subject.cache.ttl(name as string)).toBeLessThanOrEqual(3660)
  })

  it('leaves nothing behind when the last one logs out', async () => {
    await using subject = open()
    const session = await subject.sessions.load(await loggedIn(subject, 'u'))

    await session.logout()

    expect(await subject.cache.keys()).toEqual([])
  })

  it('stays within bounds: those seen longest ago end', async () => {
    await using subject = open()
    const first = await loggedIn(subject, 'u')
    for (let count = 0; count < 200; count++) await loggedIn(subject, 'u')

    expect(await subject.sessions.list('u')).toHaveLength(200)
    expect((await subject.sessions.load(first)).isNew).toBe(true)
  })
})

describeSessions('a revocation', (open) => {
  it('ends every session of the user and of nobody else', async () => {
    await using subject = open()
    const [a, b, other] = [await loggedIn(subject, 'u'), await loggedIn(subject, 'u'), await loggedIn(subject, 'v')]

    expect(await subject.sessions.revoke('u')).toBe(2)

    for (const cookie of [a, b]) expect((await subject.sessions.load(cookie)).isNew).toBe(true)
    expect((await subject.sessions.load(other)).userId).toBe('v')
    expect(await subject.sessions.list('u')).toEqual([])
  })

  it('spares the one it is told to, also when that is just getting a new key', async () => {
    await using subject = open()
    const [mine] = [await loggedIn(subject, 'u'), await loggedIn(subject, 'u')]
    const session = await subject.sessions.load(mine)

    expect(await subject.sessions.revoke('u', { except: session.key })).toBe(1)
    const { key } = session
    await session.cycleKey()
    expect(await subject.sessions.revoke('u', { except: key })).toBe(0)

    expect(await subject.sessions.list('u')).toMatchObject([{ id: session.id }])
  })

  it('spares a session that has changed its key again and again, by each key it had', async () => {
    await using subject = open()
    const keys: (string | undefined)[] = []
    const first = await loggedIn(subject, 'u')
    let cookie = first
    for (let count = 0; count < 3; count++) {
      const session = await subject.sessions.load(cookie)
      keys.push(session.key)
      await session.cycleKey()
      cookie = cookieOf(await respond(subject.sessions, session)) as string
    }

    for (const except of keys) expect(await subject.sessions.revoke('u', { except })).toBe(0)

    for (const each of [first, cookie]) expect((await subject.sessions.load(each)).userId).toBe('u')
  })

  it('ends the one device that it is told to', async () => {
    await using subject = open()
    const [gone, stays] = [await loggedIn(subject, 'u'), await loggedIn(subject, 'u')]
    const { id } = await subject.sessions.load(gone)

    expect(await subject.sessions.revoke('u', { only: id })).toBe(1)

    expect((await subject.sessions.load(gone)).isNew).toBe(true)
    expect((await subject.sessions.load(stays)).userId).toBe('u')
  })

  it('lets a request under way save nothing, and leaves its cookie alone', async () => {
    await using subject = open()
    const slow = await subject.sessions.load(await loggedIn(subject, 'u'))
    slow.data['late'] = true

    await subject.sessions.revoke('u')
    const { outcome, setCookie } = await subject.sessions.commit(slow, { status: 200, secure: true })

    expect([outcome, setCookie]).toEqual(['refused', undefined])
    expect(await subject.cache.keys()).toEqual([])
    await expect(slow.save()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    await expect(slow.reload()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    await expect(slow.atomically(() => {})).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    await expect(slow.cycleKey()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
  })
})
