import { expect, it } from 'vitest'

import { json } from '../../../src/codecs/index.ts'
import { sendRaw } from '../../support/raw.ts'
import { allOf, describeCollections } from './subjects.ts'

interface User {
  readonly name: string
  readonly age: number
  readonly seen: Date | null
}

describeCollections('hashes', (open) => {
  it('set says whether the field is new, setMany how many are', async () => {
    await using cache = open()
    const user = cache.hashAt<User>('user')

    expect(await user.set('name', 'Ada')).toBe(true)
    expect(await user.set('name', 'Eve')).toBe(false)
    expect(await user.setMany({ name: 'Ada', age: 36 })).toBe(1)
    expect(await user.setMany([['seen', null]])).toBe(1)
    expect(await user.setMany({})).toBe(0)

    expect(await user.get('name')).toBe('Ada')
    expect(await user.get('age')).toBe(36)
    expect(await user.get('seen')).toBeNull()
    expect(await user.size()).toBe(3)
  })

  it('values come back as they were written', async () => {
    await using cache = open()
    const user = cache.hashAt<User>('user')

    await user.setMany(new Map([['seen', new Date(7)]] as const))

    expect(await user.get('seen')).toEqual(new Date(7))
  })

  it('getMany answers the fields that are there, in the order asked, each once', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    await hash.setMany({ a: 1, b: 2 })

    expect([...(await hash.getMany(['b', 'missing', 'a', 'b']))]).toEqual([
      ['b', 2],
      ['a', 1],
    ])
    expect((await hash.getMany([])).size).toBe(0)
  })

  it('add sets a field only where there is none', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')

    expect(await hash.add('a', 1)).toBe(true)
    expect(await hash.add('a', 2)).toBe(false)
    expect(await hash.get('a')).toBe(1)
  })

  it('delete says whether a field was there, deleteMany how many were', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    await hash.setMany({ foo1: 1, foo2: 2, foo3: 3 })

    expect(await hash.delete('foo1')).toBe(true)
    expect(await hash.delete('foo1')).toBe(false)
    expect(await hash.deleteMany(['foo1', 'foo2'])).toBe(1)
    expect(await hash.keys()).toEqual(['foo3'])
  })

  it('has answers whether a field is there', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    await hash.set('foo', 1)

    expect(await hash.has('foo')).toBe(true)
    expect(await hash.has('bar')).toBe(false)
  })

  it('keys, values and entries come in the order of their insertion', async () => {
    await using cache = open()
    const hash = cache.hashAt('hash')
    await hash.setMany({ foo1: 1, foo2: [2] })

    expect(await hash.keys()).toEqual(['foo1', 'foo2'])
    expect(await hash.values()).toEqual([1, [2]])
    expect([...(await hash.entries())]).toEqual([
      ['foo1', 1],
      ['foo2', [2]],
    ])
  })

  it('what is missing is empty', async () => {
    await using cache = open()
    const hash = cache.hashAt('hash')

    expect(await hash.get('a')).toBeUndefined()
    expect(await hash.size()).toBe(0)
    expect(await hash.keys()).toEqual([])
    expect(await hash.entries()).toEqual(new Map())
    expect(await hash.randomKey()).toBeUndefined()
    expect(await hash.randomKey(2)).toEqual([])
    expect(await allOf(hash)).toEqual([])
  })

  it('a field may have any name, also those that objects have themselves', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    const names = ['__proto__', 'constructor', 'toString', 'é ☃', '', '*']

    await hash.setMany(names.map((name, index) => [name, index] as const))

    expect([...(await hash.entries())]).toEqual(names.map((name, index) => [name, index]))
    expect([...(await hash.getMany(names)).keys()]).toEqual(names)
    expect(new Map(await allOf(hash)).get('__proto__')).toBe(0)
  })

  it('a walk brings every field, or those that match', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    const entries = Array.from({ length: 1500 }, (_, index): [string, number] => [`f${index}`, index])
    await hash.setMany(entries)

    expect(new Map(await allOf(hash.iterate({ batch: 20 })))).toEqual(new Map(entries))
    expect((await allOf(hash.iterate({ match: 'f149?' }))).map(([field]) => field).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, index) => `f149${index}`),
    )
  })

  it('randomKey answers fields', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash')
    await hash.setMany({ a: 1, b: 2 })

    expect(['a', 'b']).toContain(await hash.randomKey())
    expect((await hash.randomKey(5)).toSorted()).toEqual(['a', 'b'])
  })

  it('incr counts whole numbers that get and set see too, exactly', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number | bigint>>('hash')

    expect(await hash.incr('n')).toBe(1)
    expect(await hash.incr('n', -11)).toBe(-10)
    expect(await hash.get('n')).toBe(-10)
    await hash.set('n', 2 ** 53 - 1)
    expect(await hash.incr('n', 2)).toBe(2n ** 53n + 1n)
    expect(await hash.get('n')).toBe(2n ** 53n + 1n)
  })

  it('incr refuses what is no whole number', async () => {
    await using cache = open()
    const hash = cache.hashAt('hash')
    await hash.setMany({ text: 'x', big: 2n ** 63n - 1n })

    await expect(hash.incr('text')).rejects.toMatchObject({ code: 'ERR_COMMAND', operation: 'hashAt.incr' })
    await expect(hash.incr('big')).rejects.toMatchObject({ code: 'ERR_COMMAND' })
    await expect(hash.incr('n', 0.5)).rejects.toMatchObject({ option: 'delta' })
  })

  it('incrFloat adds any numbers, and what it leaves can be read', async () => {
    await using cache = open()
    const hash = cache.hashAt('hash')
    await hash.set('text', 'x')

    expect(await hash.incrFloat('n', 0.1)).toBe(0.1)
    expect(await hash.incrFloat('n', 0.2)).toBe(0.1 + 0.2)
    expect(await hash.get('n')).toBe(0.1 + 0.2)
    await expect(hash.incrFloat('text', 1)).rejects.toThrow(TypeError)
    await expect(hash.incrFloat('n', Number.NaN)).rejects.toMatchObject({ option: 'delta' })
  })

  it('all who count at once are counted', async () => {
    await using cache = open()
    const hash = cache.hashAt<Record<string, number>>('hash', { timeout: '1h' })

    await Promise.all(
      Array.from({ length: 20 }, () => Promise.all([hash.incr('whole', 2), hash.incrFloat('fraction', 0.5)])),
    )

    expect(await hash.get('whole')).toBe(40)
    expect(await hash.get('fraction')).toBe(10)
    expect(await hash.ttl()).toBe(3600)
  })

  it('a field that is no text and a value that is none are refused', async () => {
    await using cache = open()
    const hash = cache.hashAt('hash')

    await expect(hash.set(5 as never, 1)).rejects.toThrow('a field is a text')
    await expect(hash.set('a', undefined)).rejects.toThrow(TypeError)
    await expect(hash.setMany('ab' as never)).rejects.toThrow('expected an object, a Map or pairs')
    expect(() => cache.hashAt('hash', { layout: 'djngo' } as never)).toThrow('layout: expected "own", "django"')
  })
})

describeCollections("hashes in django-redis' layout", (open) => {
  it('the hash has its bare name, and prefix and version stand before each field', async () => {
    await using cache = open({ serializer: json() })
    const name = cache.makeKey('bare')
    const hash = cache.hashAt<Record<string, number>>(name, { layout: 'django' })

    expect(await hash.set('foo1', 1)).toBe(true)
    expect(await hash.setMany({ foo1: 5, foo2: 2 })).toBe(1)

    expect(await sendRaw(cache, 'HGET', name, cache.makeKey('foo1'))).toBe('5')
    expect(await sendRaw(cache, 'HGET', name, cache.makeKey('foo2'))).toBe('2')
    expect(await sendRaw(cache, 'HLEN', name)).toBe(2)
  })

  it('what Python wrote is read, counted, walked over and deleted by its own names', async () => {
    await using cache = open({ serializer: json() })
    const name = cache.makeKey('bare')
    await sendRaw(cache, 'HSET', name, cache.makeKey('foo1'), '1', cache.makeKey('foo2'), '{"a": 2}')
    const hash = cache.hashAt(name, { layout: 'django' })

    expect(await hash.get('foo2')).toEqual({ a: 2 })
    expect(await hash.keys()).toEqual(['foo1', 'foo2'])
    expect(await hash.size()).toBe(2)
    expect(await hash.has('foo1')).toBe(true)
    expect(await hash.incr('foo1')).toBe(2)
    expect(await allOf(hash.iterate({ match: 'foo1' }))).toEqual([['foo1', 2]])
    expect([...(await hash.entries()).keys()]).toEqual(['foo1', 'foo2'])
    expect(await hash.delete('foo1')).toBe(true)
    expect(await sendRaw(cache, 'HKEYS', name)).toEqual([cache.makeKey('foo2')])
    expect(await hash.clear()).toBe(true)
  })

  it('the version is that of the fields', async () => {
    await using cache = open()
    const name = cache.makeKey('bare')
    const [one, two] = [undefined, 2].map((version) =>
      cache.hashAt<Record<string, number>>(name, { layout: 'django', ...(version === undefined ? {} : { version }) }),
    )

    await one?.set('a', 1)
    await two?.set('a', 2)

    expect(await one?.get('a')).toBe(1)
    expect(await two?.get('a')).toBe(2)
    expect(await one?.size()).toBe(2)
  })
})
