import { describe, expect, it } from 'vitest'

import { type Cache, createCache } from '../../../src/index.ts'
import { freePort } from '../../../src/testing/index.ts'
import { gone } from '../../support/gone.ts'
import { sendRaw } from '../../support/raw.ts'
import { freshPrefix } from '../../support/redis.ts'
import { allOf, describeCollections } from './subjects.ts'

/** One of each kind, with something in it. */
const kinds = {
  setAt: async (cache: Cache, options?: object) => {
    const set = cache.setAt('key', options)
    await set.add('x')
    return set
  },
  hashAt: async (cache: Cache, options?: object) => {
    const hash = cache.hashAt('key', options)
    await hash.set('field', 'x')
    return hash
  },
  sortedSetAt: async (cache: Cache, options?: object) => {
    const sortedSet = cache.sortedSetAt('key', options)
    await sortedSet.set('x', 1)
    return sortedSet
  },
  listAt: async (cache: Cache, options?: object) => {
    const list = cache.listAt('key', options)
    await list.pushRight('x')
    return list
  },
} as const

describeCollections('every collection', (open) => {
  describe.each(Object.entries(kinds))('%s', (_name, make) => {
    it('lives for ever unless said otherwise, whatever the timeout of the cache', async () => {
      await using cache = open({ timeout: 5 })

      const collection = await make(cache)

      expect(await collection.ttl()).toBeNull()
      expect(await collection.pttl()).toBeNull()
      expect(collection.key).toBe('key')
    })

    it('its time to live is given, read and taken away', async () => {
      await using cache = open()
      const collection = await make(cache)

      expect(await collection.persist()).toBe(false)
      expect(await collection.expire('90500ms')).toBe(true)
      expect(await collection.ttl()).toBe(91)
      expect(await collection.pttl()).toBeGreaterThan(90_000)
      expect(await collection.persist()).toBe(true)
      expect(await collection.ttl()).toBeNull()
      expect(await collection.expireAt(new Date(Date.now() + 60_000))).toBe(true)
      expect(await collection.ttl()).toBe(60)
      expect(await collection.expire(null)).toBe(true)
      expect(await collection.ttl()).toBeNull()
      expect(await collection.expire(0)).toBe(true)
      expect(await collection.exists()).toBe(false)
    })

    it('a missing one has no time to live to change', async () => {
      await using cache = open()
      const collection = await make(cache)

      expect(await collection.clear()).toBe(true)

      expect(await collection.clear()).toBe(false)
      expect(await collection.exists()).toBe(false)
      expect(await collection.ttl()).toBe(0)
      expect(await collection.expire(5)).toBe(false)
      expect(await collection.expire(null)).toBe(false)
      expect(await collection.expireAt(new Date())).toBe(false)
      expect(await collection.persist()).toBe(false)
    })

    it('with a timeout, each write begins its time to live anew', async () => {
      await using cache = open()
      const collection = await make(cache, { timeout: '1h' })
      expect(await collection.ttl()).toBe(3600)
      await collection.expire(5)

      await make(cache, { timeout: '1h' })

      expect(await collection.ttl()).toBe(3600)
    })

    it('with a timeout, it ends by itself', async () => {
      await using cache = open()

      const collection = await make(cache, { timeout: '20ms' })

      await gone(() => collection.exists())
    })

    it('another kind of data under its key is refused, by the name of the operation', async () => {
      await using cache = open()
      const collection = await make(cache)
      await collection.clear()
      await cache.set('key', 'a value')

      for (const options of [{}, { timeout: 5 }]) {
        await expect(make(cache, options)).rejects.toMatchObject({
          code: 'ERR_COMMAND',
          reason: 'WRONGTYPE',
          operation: expect.stringMatching(/^(set|hash|sortedSet|list)At\.(add|set|pushRight)$/),
        })
      }
      expect(await cache.ttl('key')).toBe(300)
    })

    it('what cannot be is refused before anything is sent', async () => {
      await using cache = open()
      const collection = await make(cache)

      await expect(make(cache, { timeout: 0 })).rejects.toMatchObject({ option: 'timeout' })
      await expect(make(cache, { ttl: 5 })).rejects.toMatchObject({ option: 'ttl' })
      await expect(collection.expireAt(new Date(Number.NaN))).rejects.toMatchObject({ option: 'date' })
      await expect(collection.expire('soon' as never)).rejects.toMatchObject({ option: 'timeout' })
    })
  })

  it('what is put into another set, or moved there, begins the time of that one', async () => {
    await using cache = open()
    const [from, to] = [cache.setAt('from'), cache.setAt('to', { timeout: '1h' })]
    await from.addMany(['a', 'b'])

    await from.moveTo(to, 'a')
    expect(await to.ttl()).toBe(3600)
    await to.persist()
    await from.unionInto(to, [])

    expect(await to.ttl()).toBe(3600)
    expect(await from.ttl()).toBeNull()
  })

  it('bytes that no serializer reads are an error, or are passed over where that is a miss', async () => {
    const keyPrefix = freshPrefix()
    await using strict = open({ keyPrefix })
    await using lenient = open({ keyPrefix, onDecodeError: 'miss' })
    const foreign = '\u0001 from elsewhere'
    await sendRaw(strict, 'SADD', strict.makeKey('set'), foreign)
    await sendRaw(strict, 'HSET', strict.makeKey('hash'), 'field', foreign)
    await sendRaw(strict, 'ZADD', strict.makeKey('zset'), '1', foreign)
    await sendRaw(strict, 'RPUSH', strict.makeKey('list'), foreign)

    await expect(strict.setAt('set').members()).rejects.toMatchObject({ name: 'DecodeError', key: 'set' })
    await expect(strict.hashAt('hash').get('field')).rejects.toMatchObject({ name: 'DecodeError' })
    await expect(allOf(strict.sortedSetAt('zset'))).rejects.toMatchObject({ name: 'DecodeError' })
    await expect(strict.listAt('list').popLeft()).rejects.toMatchObject({ name: 'DecodeError' })

    expect(await lenient.setAt('set').members()).toEqual(new Set())
    expect(await lenient.hashAt('hash').get('field')).toBeUndefined()
    expect(await lenient.hashAt('hash').entries()).toEqual(new Map())
    expect(await lenient.sortedSetAt('zset').popMin()).toBeUndefined()
    expect(lenient.stats().ignoredErrors).toBe(4)
  })
})

describe('collections without Redis', () => {
  it.each(['memory:', 'dummy:'])('%s: they say that they need one', async (location) => {
    await using cache = createCache(location)

    for (const make of Object.values(kinds)) {
      await expect(make(cache)).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringContaining('collections are kept by Redis itself, and this cache has none'),
      })
    }
  })

  it('with Redis away they fail, by the name of the operation', async () => {
    await using cache = createCache(`redis://127.0.0.1:${await freePort()}`)
    const operations: string[] = []
    cache.on('error', ({ operation }) => operations.push(operation))

    await expect(cache.setAt('key').members()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(cache.hashAt('key').incr('field')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    expect(operations).toEqual(['setAt.members', 'hashAt.incr'])
  })

  it('ignored errors are answered as nothing', async () => {
    await using cache = createCache({ location: `redis://127.0.0.1:${await freePort()}`, ignoreErrors: true })
    const [set, hash] = [cache.setAt<string>('s'), cache.hashAt<Record<string, number>>('h')]
    const [scores, list] = [cache.sortedSetAt<string>('z'), cache.listAt<string>('l')]

    expect(await set.add('x')).toBe(false)
    expect(await set.members()).toEqual(new Set())
    expect(await set.hasMany(['x', 'y'])).toEqual([false, false])
    expect(await allOf(set)).toEqual([])
    expect(await set.ttl()).toBe(0)
    expect(await set.clear()).toBe(false)
    expect(await hash.get('a')).toBeUndefined()
    expect(await hash.getMany(['a'])).toEqual(new Map())
    expect(await hash.entries()).toEqual(new Map())
    expect(await hash.setMany({ a: 1 })).toBe(0)
    expect(await hash.incr('a')).toBeNaN()
    expect(await hash.incrFloat('a', 1)).toBeNaN()
    expect(await scores.incr('x')).toBeUndefined()
    expect(await scores.popMin()).toBeUndefined()
    expect(await scores.popMin(1)).toEqual([])
    expect(await scores.rank('x')).toBeUndefined()
    expect(await list.pushRight('x')).toBe(0)
    expect(await list.set(0, 'x')).toBe(false)
    expect(await allOf(list)).toEqual([])
  })
})
