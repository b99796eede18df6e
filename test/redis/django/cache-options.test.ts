import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { djangoCaches, type DjangoCachesOptions } from '../../../src/django/index.ts'
import type { Cache } from '../../../src/index.ts'
import { freePort, type RedisServer, startRedis } from '../../../src/testing/index.ts'

const BACKEND = 'django_redis.cache.RedisCache'
let server: RedisServer
let deadUrl: string

beforeAll(async () => {
  server = await startRedis({ args: ['--requirepass', 'secret', '--databases', '4'] })
  deadUrl = `redis://127.0.0.1:${await freePort()}?db=1`
})

afterAll(() => server.close())

function open(settings: object, options?: DjangoCachesOptions): Cache {
  return djangoCaches({ default: { BACKEND, ...settings } }, options).default
}

function location(path: string): string {
  return server.url.replace('redis://', 'redis://:secret@') + path
}

describe('IGNORE_EXCEPTIONS', () => {
  it('answers each method with what django-redis answers, and reports each error once', async () => {
    await using cache = open({ LOCATION: deadUrl, OPTIONS: { IGNORE_EXCEPTIONS: true } })
    const operations: string[] = []
    cache.on('error', ({ operation, ignored }) => operations.push(`${operation} ${ignored}`))

    expect(await cache.getMany(['key1', 'key2'])).toEqual(new Map())
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.get('key', 'default')).toBe('default')
    expect(await cache.getOrSet('key', () => 'computed')).toBe('computed')
    expect(await cache.has('key')).toBe(false)
    expect(await cache.set('key', 1)).toBe(false)
    expect(await cache.add('key', 1)).toBe(false)
    expect(await cache.setMany({ key: 1 })).toBeUndefined()
    expect(await cache.delete('key')).toBe(false)
    expect(await cache.deleteMany(['key'])).toBe(0)
    expect(await cache.incr('key')).toBeNaN()
    expect(await cache.decr('key')).toBeNaN()
    expect(await cache.incrVersion('key')).toBeNaN()
    expect(await cache.keys('*')).toEqual([])
    expect(await cache.deletePattern('*')).toBe(0)
    expect(await cache.clear()).toBeUndefined()

    expect(operations).toEqual(
      [
        ['getMany', 'get', 'get', 'getOrSet', 'has', 'set', 'add', 'setMany', 'delete', 'deleteMany', 'incr', 'decr'],
        ['incrVersion', 'keys', 'deletePattern', 'clear'],
      ]
        .flat()
        .map((name) => `${name} true`),
    )
  })

  it('answers the methods that django-redis forgot, too', async () => {
    await using cache = open({ LOCATION: deadUrl, OPTIONS: { IGNORE_EXCEPTIONS: true } })

    expect([await cache.ttl('key'), await cache.pttl('key')]).toEqual([0, 0])
    expect([await cache.persist('key'), await cache.expire('key', 5), await cache.touch('key')]).toEqual([
      false,
      false,
      false,
    ])
    expect(await cache.expireAt('key', new Date())).toBe(false)
    for await (const key of cache.iterKeys('*')) throw new Error(`There was ${key}`)
  })

  it('in OPTIONS beats the setting of the site, both ways', async () => {
    await using ignoring = open(
      { LOCATION: deadUrl, OPTIONS: { IGNORE_EXCEPTIONS: true } },
      { globals: { DJANGO_REDIS_IGNORE_EXCEPTIONS: false } },
    )
    await using throwing = open(
      { LOCATION: deadUrl, OPTIONS: { IGNORE_EXCEPTIONS: false } },
      { globals: { DJANGO_REDIS_IGNORE_EXCEPTIONS: true } },
    )

    expect(await ignoring.get('key')).toBeUndefined()
    await expect(throwing.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it.each(['DJANGO_REDIS_IGNORE_EXCEPTIONS', 'DJANGO_ASYNC_REDIS_IGNORE_EXCEPTIONS'])(
    '%s holds where OPTIONS say nothing',
    async (name) => {
      await using cache = open({ LOCATION: deadUrl }, { globals: { [name]: true } })

      expect(await cache.get('key')).toBeUndefined()
    },
  )

  it('swallows a refusal of the server, and no bytes that cannot be read', async () => {
    await using cache = open({ LOCATION: location('/1'), KEY_PREFIX: 'odd', OPTIONS: { IGNORE_EXCEPTIONS: true } })
    const client = await cache.raw<{ sendCommand(args: readonly string[]): Promise<unknown> }>()
    await client.sendCommand(['LPUSH', 'odd:1:list', 'item'])
    await client.sendCommand(['SET', 'odd:1:broken', '\u{80}\u{4}'])

    expect(await cache.get('list')).toBeUndefined()
    await expect(cache.get('broken')).rejects.toMatchObject({ code: 'ERR_DECODE' })
  })
})

describe('the password', () => {
  it.each([
    ['of the URL', { LOCATION: '*' }],
    ['of the URL, over PASSWORD', { LOCATION: '*', OPTIONS: { PASSWORD: 'wrong' } }],
    ['in PASSWORD', { LOCATION: '', OPTIONS: { PASSWORD: 'secret' } }],
    [
      'of the pool, over PASSWORD',
      { LOCATION: '', OPTIONS: { PASSWORD: 'wrong', CONNECTION_POOL_KWARGS: { password: 'secret' } } },
    ],
    ['in the query', { LOCATION: '?password=secret' }],
  ])('%s is used', async (_where, settings) => {
    const url = settings.LOCATION === '*' ? location('/2') : server.url + settings.LOCATION
    await using cache = open({ ...settings, LOCATION: url })

    expect(await cache.set('key', 'value')).toBe(true)
  })

  it('that is wrong says where to look', async () => {
    await using cache = open({ LOCATION: server.url, OPTIONS: { PASSWORD: 'wrong' } })

    await expect(cache.get('key')).rejects.toThrow(/the user name or password is wrong/)
  })
})

describe('SOCKET_TIMEOUT', () => {
  it('that is shorter than a second ends calls earlier', async () => {
    const hung = await startRedis()
    await using cache = open({ LOCATION: hung.url, OPTIONS: { SOCKET_TIMEOUT: 0.2 } })
    await cache.connect()
    hung.pause()
    const begun = performance.now()

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_DEADLINE', deadlineMs: 200 })

    expect(performance.now() - begun).toBeLessThan(700)
    await hung.close()
  })

  it('that is longer does not make calls wait longer, unless the deadline says so', async () => {
    const hung = await startRedis()
    await using usual = open({ LOCATION: hung.url, OPTIONS: { SOCKET_TIMEOUT: 5 } })
    await using patient = open({ LOCATION: hung.url, OPTIONS: { SOCKET_TIMEOUT: 0.1 } }, { deadline: '1500ms' })
    await Promise.all([usual.connect(), patient.connect()])
    hung.pause()

    await expect(usual.get('key')).rejects.toMatchObject({ deadlineMs: 1000 })
    await expect(patient.get('key')).rejects.toMatchObject({ deadlineMs: 1500 })

    await hung.close()
  })
})

describe('KEY_PREFIX with a star in it', () => {
  it('stands for itself in patterns', async () => {
    const caches = djangoCaches({
      default: { BACKEND, LOCATION: location('/3'), KEY_PREFIX: '*' },
      other: { BACKEND, LOCATION: location('/3'), KEY_PREFIX: 'other' },
    })
    await caches.default.setMany({ a: '1', b: '2' })
    await caches.other.set('a', '1')

    expect((await caches.default.keys('*')).toSorted()).toEqual(['a', 'b'])
    const iterated: string[] = []
    for await (const key of caches.default.iterKeys('*')) iterated.push(key)
    expect(iterated.toSorted()).toEqual(['a', 'b'])
    expect(await caches.default.deletePattern('*')).toBe(2)
    expect(await caches.other.get('a')).toBe('1')
    await caches.close()
  })
})

describe('KEY_FUNCTION', () => {
  it('makes keys and patterns, and REVERSE_KEY_FUNCTION finds the keys in them', async () => {
    await using cache = open(
      {
        LOCATION: location('/0'),
        KEY_FUNCTION: 'test_cache_options.make_key',
        REVERSE_KEY_FUNCTION: 'test_cache_options.reverse_key',
      },
      {
        keyFunctions: { 'test_cache_options.make_key': (key, prefix, version) => `${prefix}#${version}#${key}` },
        reverseKeyFunctions: { 'test_cache_options.reverse_key': (key) => key.split('#').slice(2).join('#') },
      },
    )
    for (const key of ['foo-aa', 'foo-ab', 'foo-bb', 'foo-bc']) await cache.set(key, 'foo')

    expect(await cache.deletePattern('*foo-a*')).toBe(2)

    expect((await cache.keys('foo*')).toSorted()).toEqual(['foo-bb', 'foo-bc'])
    const client = await cache.raw<{ sendCommand(args: readonly string[]): Promise<string[]> }>()
    const wireKeys = await client.sendCommand(['KEYS', '#*'])
    expect(wireKeys.toSorted()).toEqual(['#1#foo-bb', '#1#foo-bc'])
  })
})
