import { expect, it } from 'vitest'

import { describeCaches } from './subjects.ts'

describeCaches('values', (open, { isOrdered }) => {
  it('a value comes back as it was set', async () => {
    await using cache = open()
    const value = {
      id: 1n,
      when: new Date(5),
      tags: new Set(['a']),
      map: new Map([[1, undefined]]),
      nan: Number.NaN,
      zero: -0,
    }

    await cache.set('user', value)

    expect(await cache.get('user')).toStrictEqual(value)
  })

  it.each([0, 1, -1, 5n, 2n ** 70n, -(2n ** 64n), 2 ** 53, 1.5, -0, '', '5', 'text', true, false, null, Number.NaN])(
    '%s comes back as what it was',
    async (value) => {
      await using cache = open()

      await cache.set('value', value)

      expect(await cache.get('value')).toBe(value)
    },
  )

  it('nobody changes a cached object by changing the one set or got', async () => {
    await using cache = open()
    const value = { list: [1] }
    await cache.set('value', value)

    value.list.push(2)
    const got = await cache.get<typeof value>('value')
    got?.list.push(3)

    expect(await cache.get('value')).toEqual({ list: [1] })
  })

  it('a missing key is undefined, or the fallback', async () => {
    await using cache = open()

    expect(await cache.get('missing')).toBeUndefined()
    expect(await cache.get('missing', 'fallback')).toBe('fallback')
    expect(await cache.get('missing', null)).toBeNull()
  })

  it('a stored null is a hit', async () => {
    await using cache = open()
    await cache.set('nothing', null)

    expect(await cache.get('nothing', 'fallback')).toBeNull()
    expect(await cache.has('nothing')).toBe(true)
  })

  it('undefined cannot be stored', async () => {
    await using cache = open()

    await expect(cache.set('value', undefined)).rejects.toThrow(TypeError)
    await expect(cache.setMany({ fine: 1, wrong: undefined })).rejects.toThrow('store null or delete the key')
    expect(await cache.has('fine')).toBe(false)
  })

  it.runIf(isOrdered)('calls take effect in the order in which they were made, awaited or not', async () => {
    await using cache = open()
    await cache.set('key', 'first')

    const before = cache.get('key')
    const setting = cache.set('key', 'second')
    const between = cache.get('key')
    const settingMany = cache.setMany({ key: 'third' })
    const after = cache.get('key')

    expect(await Promise.all([before, between, after])).toEqual(['first', 'second', 'third'])
    expect(await Promise.all([setting, settingMany])).toEqual([true, undefined])
  })

  it('closing waits for what was called before', async () => {
    const cache = open()
    await cache.connect()

    const calls = Promise.all([cache.set('key', 1), cache.setMany({ other: 2 }), cache.get('key')])
    await cache.close()

    expect(await calls).toEqual([true, undefined, 1])
  })

  it('closing waits for what was called before there was a connection', async () => {
    const cache = open()

    const calls = Promise.all([cache.set('key', 1), cache.get('key')])
    await Promise.all([cache.close(), cache.close()])

    expect(await calls).toEqual([true, 1])
  })

  it('getMany answers the hits in the order asked, each once', async () => {
    await using cache = open()
    await cache.setMany({ a: 1, b: null, c: 'three' })

    const found = await cache.getMany(['c', 'missing', 'b', 'a', 'c'])

    expect([...found]).toEqual([
      ['c', 'three'],
      ['b', null],
      ['a', 1],
    ])
  })

  it('getMany of no keys is an empty map', async () => {
    await using cache = open()

    expect((await cache.getMany([])).size).toBe(0)
  })

  it('getMany keeps numbers as keys', async () => {
    await using cache = open()
    await cache.set(7, 'seven')

    const found = await cache.getMany([7, 'missing'])

    expect(found.get(7)).toBe('seven')
  })

  it('setMany takes an object, a Map and pairs', async () => {
    await using cache = open()

    await cache.setMany({ object: 1 })
    await cache.setMany(new Map([['map', 2]]))
    await cache.setMany([['pairs', 3]])

    expect([...(await cache.getMany(['object', 'map', 'pairs'])).values()]).toEqual([1, 2, 3])
  })

  it('setMany gives all the same time to live', async () => {
    await using cache = open()

    await cache.setMany({ a: 1, b: 2 }, { timeout: '1h' })

    expect(await cache.ttl('a')).toBe(3600)
    expect(await cache.ttl('b')).toBe(3600)
  })

  it('set with "absent" stores only where there is nothing', async () => {
    await using cache = open()

    expect(await cache.set('key', 1, { when: 'absent' })).toBe(true)
    expect(await cache.set('key', 2, { when: 'absent' })).toBe(false)
    expect(await cache.get('key')).toBe(1)
  })

  it('set with "present" stores only where there is something', async () => {
    await using cache = open()

    expect(await cache.set('key', 1, { when: 'present' })).toBe(false)
    expect(await cache.has('key')).toBe(false)
    await cache.set('key', 1)
    expect(await cache.set('key', 2, { when: 'present' })).toBe(true)
    expect(await cache.get('key')).toBe(2)
  })

  it('add stores only where there is nothing, and leaves value and time to live', async () => {
    await using cache = open()

    expect(await cache.add('key', 'first', { timeout: 100 })).toBe(true)
    expect(await cache.add('key', 'second', { timeout: 5000 })).toBe(false)
    expect(await cache.get('key')).toBe('first')
    expect(await cache.ttl('key')).toBeLessThanOrEqual(100)
  })

  it.each([0, -1, '0s', -0.5] as const)(
    'a timeout of %s stores nothing and removes what was there',
    async (timeout) => {
      await using cache = open()
      await cache.set('key', 'old', { timeout: null })

      expect(await cache.set('key', 'new', { timeout })).toBe(true)

      expect(await cache.has('key')).toBe(false)
    },
  )

  it('adding for no time leaves what is there and says whether it could have been added', async () => {
    await using cache = open()
    await cache.set('key', 'old')

    expect(await cache.add('key', 'new', { timeout: 0 })).toBe(false)
    expect(await cache.add('other', 'new', { timeout: 0 })).toBe(true)

    expect(await cache.get('key')).toBe('old')
    expect(await cache.has('other')).toBe(false)
  })

  it('delete says whether it was there', async () => {
    await using cache = open()
    await cache.set('key', 1)

    expect(await cache.delete('key')).toBe(true)
    expect(await cache.delete('key')).toBe(false)
  })

  it('deleteMany counts what was there and takes any list', async () => {
    await using cache = open()
    await cache.setMany({ a: 1, b: 2, c: 3 })

    expect(await cache.deleteMany(new Set(['a', 'b', 'missing']))).toBe(2)
    expect(await cache.deleteMany([])).toBe(0)
    expect(await cache.keys()).toEqual(['c'])
  })

  it('deleting or storing for no time what is not there tells of nothing', async () => {
    await using cache = open()
    const told: string[] = []
    for (const event of ['set', 'delete'] as const) cache.on(event, ({ key }) => told.push(`${event} ${key}`))

    await cache.deleteMany(['a', 'b'])
    await cache.setMany({ a: 1 }, { timeout: 0 })

    expect(told).toEqual([])
    expect(cache.stats()).toMatchObject({ sets: 0, deletes: 0 })
  })

  it('versions do not see each other', async () => {
    await using cache = open()
    await cache.set('key', 'one')
    await cache.set('key', 'two', { version: 2 })
    await cache.set('key', 'beta', { version: 'beta' })

    expect(await cache.get('key')).toBe('one')
    expect(await cache.get('key', undefined, { version: 2 })).toBe('two')
    expect(await cache.get('key', undefined, { version: 'beta' })).toBe('beta')
    expect(await cache.has('key', { version: 3 })).toBe(false)
  })

  it.each(['ключ', 'a b', '', 'x'.repeat(300), 'a:b:c', '*', '__proto__'])('any text is a key: %s', async (key) => {
    await using cache = open()

    await cache.set(key, 'value')

    expect(await cache.get(key)).toBe('value')
    expect(await cache.keys()).toEqual([key])
  })

  it('a number as key is its text', async () => {
    await using cache = open()

    await cache.set(42, 'value')

    expect(await cache.get('42')).toBe('value')
  })
})
