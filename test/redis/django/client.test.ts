import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { djangoCaches } from '../../../src/django/index.ts'
import type { Cache } from '../../../src/index.ts'
import { createFaultProxy, freePort, type RedisServer, startRedis } from '../../../src/testing/index.ts'

const BACKEND = 'django_redis.cache.RedisCache'
const ShardClient = { CLIENT_CLASS: 'django_redis.client.ShardClient' }
let server: RedisServer
let other: RedisServer

beforeAll(async () => {
  ;[server, other] = await Promise.all([startRedis(), startRedis()])
})

afterAll(() => Promise.all([server.close(), other.close()]))

interface Raw {
  sendCommand<T>(args: readonly string[]): Promise<T>
}

function open(LOCATION: string | readonly string[], OPTIONS: object = {}): Cache {
  return djangoCaches({ default: { BACKEND, LOCATION, OPTIONS } }).default
}

/** Of one server, seen by itself. */
async function asked(target: RedisServer, ...args: readonly string[]): Promise<unknown> {
  await using cache = open(target.url)
  return await (await cache.raw<Raw>()).sendCommand(args)
}

beforeEach(async () => {
  for (const each of [server, other]) await asked(each, 'FLUSHALL')
})

describe('close', () => {
  it.each([undefined, true, false])('ends the connections, whatever CLOSE_CONNECTION says (%s)', async (given) => {
    const cache = open(server.url, given === undefined ? {} : { CLOSE_CONNECTION: given })
    await cache.set('key', 1)
    const client = await cache.raw<{ readonly isOpen: boolean }>()

    await cache.close()

    expect(client.isOpen).toBe(false)
    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })
})

describe('a primary and its replica', () => {
  it('writes go to the first, reads to the second', async () => {
    await using cache = open([server.url, other.url])

    await cache.set('key', 'written')
    await asked(other, 'SET', ':1:key', '7')

    expect(await cache.get('key')).toBe(7)
    expect(await asked(server, 'EXISTS', ':1:key')).toBe(1)
    expect(await cache.raw({ write: true })).not.toBe(await cache.raw({ write: false }))
  })

  it('counters are read where they are written', async () => {
    await using cache = open([server.url, other.url])
    await asked(other, 'SET', ':1:num', '100')
    await cache.set('num', 1)

    expect(await cache.incr('num')).toBe(2)
  })

  it('a pattern is deleted by what the primary has, in pages of the batch', async () => {
    await using cache = open([server.url, other.url])
    await cache.setMany({ 'foo-aa': 1, 'foo-ab': 2, 'foo-bb': 3 })

    expect(await cache.deletePattern('foo-a*', { batch: 1 })).toBe(2)
    expect(await asked(server, 'KEYS', '*')).toEqual([':1:foo-bb'])
  })

  it('a value set again on the replica, as REPLICA_READ_ONLY allows, lives for its time and not a thousand times it', async () => {
    const dead = `redis://127.0.0.1:${await freePort()}`
    await using cache = open([dead, other.url], { REPLICA_READ_ONLY: false })

    expect(await cache.set('key', 'value', { timeout: 10 })).toBe(true)

    expect(await asked(other, 'PTTL', ':1:key')).toBeLessThanOrEqual(10_000)
    expect(await asked(other, 'PTTL', ':1:key')).toBeGreaterThan(9000)
  })

  it('a replica that is read-only takes nothing', async () => {
    const dead = `redis://127.0.0.1:${await freePort()}`
    await using cache = open([dead, other.url])

    await expect(cache.set('key', 'value')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    expect(await asked(other, 'EXISTS', ':1:key')).toBe(0)
  })

  it('a replica that hangs costs half the deadline once, and nothing the next time', async () => {
    const proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: other.port } })
    await using cache = open([server.url, proxy.url])
    await cache.connect()
    await cache.set('key', 'value')
    proxy.blackHole()

    const begun = performance.now()
    expect(await cache.get('key')).toBe('value')
    const first = performance.now() - begun
    expect(await cache.get('key')).toBe('value')
    const second = performance.now() - begun - first

    expect(first).toBeLessThan(1000)
    expect(second).toBeLessThan(200)
    await proxy.close()
  })
})

describe('shards', () => {
  const keys = Array.from({ length: 20 }, (_, index) => `key${index}`)

  it('each key is on one of the servers, where django-redis looks for it', async () => {
    await using cache = open([server.url, other.url], ShardClient)

    for (const key of keys) await cache.set(key, key)

    const [here, there] = await Promise.all([server, other].map((each) => asked(each, 'DBSIZE')))
    expect(Number(here) + Number(there)).toBe(keys.length)
    expect(Math.min(Number(here), Number(there))).toBeGreaterThan(0)
    expect([...(await cache.getMany(keys)).values()]).toEqual(keys)
  })

  it('a pattern is deleted on all of them, once each', async () => {
    await using cache = open([server.url, other.url], ShardClient)
    for (const key of keys) await cache.set(key, key)

    expect(await cache.deletePattern('key1*', { batch: 3 })).toBe(11)
    expect(await cache.keys('*')).toHaveLength(9)
  })

  it('incrVersion moves a value from server to server with the time it has', async () => {
    await using cache = open([server.url, other.url], ShardClient)
    for (const key of keys) await cache.set(key, key, { timeout: '400ms' })

    for (const key of keys) expect(await cache.incrVersion(key)).toBe(2)

    for (const key of keys) {
      expect(await cache.pttl(key, { version: 2 })).toBeLessThanOrEqual(400)
      expect(await cache.has(key)).toBe(false)
    }
  })

  it('lock, count and list keys, as one server does', async () => {
    await using cache = open([server.url, other.url], ShardClient)
    const lock = cache.lock('lock')

    expect(await lock.acquire()).toBe(true)
    expect(await cache.lock('lock').acquire()).toBe(false)
    await lock.release()
    expect(await cache.incr('num', 5, { create: true })).toBe(5)
    expect(await cache.keys('*')).toEqual(['num'])
  })

  it('clear empties all servers of this prefix, and of everything when asked', async () => {
    await using cache = open([server.url, other.url], ShardClient)
    for (const key of keys) await cache.set(key, key)
    await asked(other, 'SET', 'foreign', 'value')

    await cache.clear()
    expect(await asked(other, 'DBSIZE')).toBe(1)
    await cache.clear({ everything: true })

    expect(await asked(other, 'DBSIZE')).toBe(0)
  })
})

describe("Django's own backend", () => {
  const own = { BACKEND: 'django.core.cache.backends.redis.RedisCache' }

  it('writes pickles of protocol 5, and integers as text', async () => {
    await using cache = djangoCaches({ default: { ...own, LOCATION: server.url } }).default

    await cache.set('text', 'hello')
    await cache.set('number', 5)

    const client = await cache.raw<{ sendCommand(args: readonly string[], options: object): Promise<Buffer> }>()
    const bytes = await client.sendCommand(['GET', ':1:text'], { typeMapping: { 36: Buffer } })
    expect(bytes.subarray(0, 2).toString('hex')).toBe('8005')
    expect(await asked(server, 'GET', ':1:number')).toBe('5')
  })

  it('takes the database from OPTIONS', async () => {
    await using cache = djangoCaches({ default: { ...own, LOCATION: server.url, OPTIONS: { db: 3 } } }).default

    await cache.set('key', 1)

    expect(cache.stats().store['server']).toBe(`${server.url}/3`)
    expect(await asked(server, 'EXISTS', ':1:key')).toBe(0)
  })

  it('reads what django-redis wrote, compressed or not, and the other way round', async () => {
    const COMPRESSOR = 'django_redis.compressors.zlib.ZlibCompressor'
    await using ours = djangoCaches({ default: { ...own, LOCATION: server.url } }).default
    await using theirs = open(server.url, { COMPRESSOR })
    const value = { text: 'x'.repeat(100), list: [1, null, true] }

    await theirs.set('a', value)
    await ours.set('b', value)

    expect(await ours.get('a')).toEqual(value)
    expect(await theirs.get('b')).toEqual(value)
  })
})

describe('settings that change on a living cache', () => {
  it('leave every value readable, whichever serializer and compressor wrote it', async () => {
    const serializers = ['pickle.PickleSerializer', 'json.JSONSerializer', 'msgpack.MSGPackSerializer']
    const compressors = ['identity.Identity', 'zlib.Zlib', 'gzip.Gzip', 'lz4.Lz4', 'lzma.Lzma', 'zstd.ZStd']
    const options = serializers.flatMap((serializer) =>
      compressors.map((compressor) => ({
        SERIALIZER: `django_redis.serializers.${serializer}`,
        COMPRESSOR: `django_redis.compressors.${compressor}Compressor`,
      })),
    )
    const value = { text: 'x'.repeat(200), list: [1, null, true] }
    for (const [index, OPTIONS] of options.entries()) {
      await using cache = open(server.url, OPTIONS)
      await cache.set(`key${index}`, value)
    }

    for (const OPTIONS of options) {
      await using cache = open(server.url, OPTIONS)
      const all = await cache.getMany(options.map((_, index) => `key${index}`))
      expect([...all.values()]).toEqual(options.map(() => value))
    }
  })
})
