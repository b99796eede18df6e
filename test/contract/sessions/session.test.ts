import { expect, it } from 'vitest'

import { cookieOf, describeSessions, respond } from './subjects.ts'

describeSessions('a session', (open) => {
  it('that nobody writes to leaves no trace', async () => {
    await using subject = open()

    const session = await subject.sessions.load(undefined)
    const commit = await subject.sessions.commit(session, { status: 200, secure: true })

    expect(commit).toEqual({ setCookie: undefined, vary: false, outcome: 'untouched' })
    expect(await subject.cache.keys()).toEqual([])
  })

  it('comes back as it was set, whatever kind of data it is', async () => {
    await using subject = open()
    const data = { when: new Date(5), tags: new Set(['a']), big: 2n ** 70n, nested: { list: [1, { deep: true }] } }

    const cookie = await subject.begin(data)

    expect(await subject.seen(cookie)).toStrictEqual(data)
  })

  it('keeps a change deep inside that nobody marked', async () => {
    await using subject = open()
    const cookie = await subject.begin({ cart: { items: [{ id: 1, count: 1 }] } })

    const session = await subject.sessions.load(cookie)
    const cart = session.data['cart'] as { items: { id: number; count: number }[] }
    ;(cart.items[0] as { count: number }).count = 5
    const { outcome } = await subject.sessions.commit(session, { status: 200, secure: true })

    expect(outcome).toBe('saved')
    expect(await subject.seen(cookie)).toEqual({ cart: { items: [{ id: 1, count: 5 }] } })
  })

  it('keeps what is changed in place, in a map, a set, a date or bytes', async () => {
    await using subject = open()
    const data = {
      map: new Map([['a', { n: 1 }]]),
      set: new Set([1]),
      date: new Date(0),
      bytes: new Uint8Array([1, 2]),
    }
    const cookie = await subject.begin(data)
    const changes: readonly ((seen: typeof data) => unknown)[] = [
      ({ map }) => Object.assign(map.get('a') ?? {}, { n: 2 }),
      ({ set }) => set.add(2),
      ({ date }) => date.setTime(5),
      ({ bytes }) => bytes.fill(9),
    ]

    for (const change of changes) {
      const session = await subject.sessions.load(cookie)
      change(session.data as unknown as typeof data)
      expect(await subject.sessions.commit(session, { status: 200, secure: true })).toMatchObject({ outcome: 'saved' })
    }

    expect(await subject.seen(cookie)).toEqual({
      map: new Map([['a', { n: 2 }]]),
      set: new Set([1, 2]),
      date: new Date(5),
      bytes: new Uint8Array([9, 9]),
    })
  })

  it('has a signed cookie where that is asked for, and is nobody by an unsigned one', async () => {
    await using subject = open({ cookie: { secrets: ['a secret of the test', 'an older one of the test'] } })
    const cookie = await subject.begin({ a: 1 })

    expect(cookie).toMatch(/^sessionid=[\w-]{32}\.[\w-]{43}$/)
    expect(await subject.seen(cookie)).toEqual({ a: 1 })
    expect(await subject.seen(cookie.split('.')[0])).toEqual({})
  })

  it('has a cookie that goes with the browser where that is asked for', async () => {
    await using subject = open({ untilBrowserCloses: true })
    const session = await subject.sessions.load(undefined)
    session.data['a'] = 1

    expect(await respond(subject.sessions, session)).not.toMatch(/Max-Age|Expires/)
  })

  it('that was only read is not written', async () => {
    await using subject = open()
    const cookie = await subject.begin({ cart: [1] })

    const session = await subject.sessions.load(cookie)
    expect(session.data['cart']).toEqual([1])
    const commit = await subject.sessions.commit(session, { status: 200, secure: true })

    expect(commit).toEqual({ setCookie: undefined, vary: true, outcome: 'untouched' })
  })

  it('loses fields that are deleted or set to undefined', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1, b: 2, c: 3 })

    const session = await subject.sessions.load(cookie)
    delete session.data['a']
    session.data['b'] = undefined
    await respond(subject.sessions, session)

    expect(await subject.seen(cookie)).toEqual({ c: 3 })
  })

  it('has __proto__ as a field like any other', async () => {
    await using subject = open()
    const session = await subject.sessions.load(undefined)
    Object.defineProperty(session.data, '__proto__', { value: { admin: true }, enumerable: true, configurable: true })
    const cookie = cookieOf(await respond(subject.sessions, session))

    const { data } = await subject.sessions.load(cookie)

    expect(Object.keys(data)).toEqual(['__proto__'])
    expect(data['admin']).toBeUndefined()
  })

  it('refuses fields that are its own', async () => {
    await using subject = open()
    const session = await subject.sessions.load(undefined)
    session.data['_auth_user_id'] = '1'

    await expect(respond(subject.sessions, session)).rejects.toThrow('use login()')
  })

  it('is never begun by a key that was not handed out', async () => {
    await using subject = open()
    const planted = `sessionid=${'A'.repeat(32)}`

    const session = await subject.sessions.load(planted)
    session.data['x'] = 1
    const cookie = cookieOf(await respond(subject.sessions, session))

    expect(session.isNew).toBe(false)
    expect(cookie).toMatch(/^sessionid=[\w-]{32}$/)
    expect(cookie).not.toBe(planted)
    expect((await subject.sessions.load(planted)).isNew).toBe(true)
  })

  it('takes away a cookie that leads nowhere, once somebody looked', async () => {
    await using subject = open()
    const planted = `sessionid=${'A'.repeat(32)}`
    const [unseen, seen] = [await subject.sessions.load(planted), await subject.sessions.load(planted)]

    expect(seen.data['x']).toBeUndefined()

    expect(await respond(subject.sessions, unseen)).toBeUndefined()
    expect(await respond(subject.sessions, seen)).toMatch(/^sessionid=; Max-Age=0; /)
  })

  it('is not in the cache under its key', async () => {
    await using subject = open()
    const cookie = await subject.begin()
    const { key } = await subject.sessions.load(cookie)

    const [name] = await subject.cache.keys()

    expect(name).toMatch(/^session:[\w-]{43}$/)
    expect(name).not.toContain(key)
    expect(JSON.stringify(await subject.cache.get(name as string))).not.toContain(key)
  })

  it('is in the cache under its key when that is asked for', async () => {
    await using subject = open({ hashKeys: false, prefix: 'plain:' })
    const cookie = await subject.begin()
    const { key } = await subject.sessions.load(cookie)

    expect(await subject.cache.keys()).toEqual([`plain:${key}`])
  })

  it('is not saved with a response of 500 or more', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1 })
    const [old, fresh] = [await subject.sessions.load(cookie), await subject.sessions.load(undefined)]
    old.data['a'] = 2
    fresh.data['a'] = 2

    expect(await respond(subject.sessions, old, 503)).toBeUndefined()
    expect(await respond(subject.sessions, fresh, 500)).toBeUndefined()

    expect(await subject.seen(cookie)).toEqual({ a: 1 })
    expect(await subject.cache.keys()).toHaveLength(1)
  })

  it('that the request itself ended takes its cookie along with a response of 500', async () => {
    await using subject = open()
    const session = await subject.sessions.load(await subject.begin({ a: 1 }))

    await session.logout()
    session.data['late'] = true

    expect(await respond(subject.sessions, session, 500)).toMatch(/^sessionid=; Max-Age=0/)
    expect(await subject.cache.keys()).toEqual([])
  })

  it('whose cookie leads nowhere keeps it with a response of 500', async () => {
    await using subject = open()
    const session = await subject.sessions.load(`sessionid=${'x'.repeat(32)}`)

    expect(session.data).toEqual({})
    expect(await respond(subject.sessions, session, 500)).toBeUndefined()
  })

  it('that is lazy is not read before it is asked for, and says so', async () => {
    await using subject = open({ lazy: true })
    const cookie = await subject.begin({ a: 1 })
    const session = await subject.sessions.load(cookie)

    expect(() => session.data).toThrow('await session.load() first')
    await session.load()

    expect(session.data).toEqual({ a: 1 })
  })

  it('keeps changes made while it was being saved for the next save', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1 })
    const session = await subject.sessions.load(cookie)
    session.data['b'] = 2
    const saving = session.save()
    session.data['c'] = 3
    await saving

    await respond(subject.sessions, session)

    expect(await subject.seen(cookie)).toEqual({ a: 1, b: 2, c: 3 })
  })

  it('that is reloaded forgets what was not saved', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1 })
    const session = await subject.sessions.load(cookie)
    session.data['a'] = 2

    await session.reload()

    expect(session.data).toEqual({ a: 1 })
  })

  it('that ended begins anew with what is set afterwards, under another key', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1 })
    const session = await subject.sessions.load(cookie)

    await session.logout()
    session.data['message'] = 'bye'
    const next = cookieOf(await respond(subject.sessions, session))

    expect(next).not.toBe(cookie)
    expect(await subject.seen(cookie)).toEqual({})
    expect(await subject.seen(next)).toEqual({ message: 'bye' })
  })

  it('that another user takes over leaves nothing to requests under way, and they the cookie alone', async () => {
    await using subject = open()
    const begun = await subject.sessions.load(await subject.begin({ secret: 'of ada' }))
    await begun.login('ada')
    const cookie = cookieOf(await respond(subject.sessions, begun))
    const [reader, writer] = await Promise.all([subject.sessions.load(cookie), subject.sessions.load(cookie)])

    const taken = await subject.sessions.load(cookie)
    await taken.login('bob')
    const next = cookieOf(await respond(subject.sessions, taken))
    const late = await subject.sessions.load(cookie)
    writer.data['written'] = 'by ada'

    expect({ data: { ...late.data }, userId: late.userId }).toEqual({ data: {}, userId: undefined })
    expect(await respond(subject.sessions, late)).toBeUndefined()
    expect(await respond(subject.sessions, reader)).toBeUndefined()
    expect(await subject.sessions.commit(writer, { status: 200, secure: true })).toMatchObject({
      outcome: 'refused',
      setCookie: undefined,
    })
    expect(await subject.seen(next)).toEqual({})
    expect(await subject.sessions.list('ada')).toEqual([])
  })

  it('ends at once when it is given no more time', async () => {
    await using subject = open()
    const cookie = await subject.begin({ a: 1 })
    const session = await subject.sessions.load(cookie)

    session.setExpiry(0)

    expect(await respond(subject.sessions, session)).toMatch(/^sessionid=; Max-Age=0/)
    expect(await subject.cache.keys()).toEqual([])
  })
})
