import { AsyncLocalStorage } from 'node:async_hooks'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { djangoCaches } from '../../../src/django/index.ts'
import type { Cache, Caches } from '../../../src/index.ts'
import { type RedisServer, startRedis } from '../../../src/testing/index.ts'
import { gone } from '../../support/gone.ts'

let server: RedisServer
let caches: Caches<'default' | 'with_prefix'>
let cache: Cache

beforeAll(async () => {
  server = await startRedis()
  const alias = {
    BACKEND: 'django_async_redis.cache.RedisCache',
    LOCATION: [`${server.url}?db=1`, `${server.url}?db=1`],
    OPTIONS: { CLIENT_CLASS: 'django_async_redis.client.DefaultClient' },
  }
  caches = djangoCaches(
    { default: alias, with_prefix: { ...alias, KEY_PREFIX: 'test-prefix' } },
    { globals: { DJANGO_ASYNC_REDIS_SCAN_ITERSIZE: 10, DJANGO_ASYNC_REDIS_CLOSE_CONNECTION: true } },
  )
  cache = caches.default
})

afterEach(() => cache.clear({ everything: true }))
afterAll(async () => {
  await caches.close()
  await server.close()
})

interface Raw {
  sendCommand(args: readonly string[]): Promise<unknown>
}

/** How often the server was asked for a page of keys since the last time. */
async function pages(): Promise<number> {
  const client = await cache.raw<Raw>()
  const told = String(await client.sendCommand(['INFO', 'commandstats']))
  await client.sendCommand(['CONFIG', 'RESETSTAT'])
  return Number(/cmdstat_scan:calls=(\d+)/.exec(told)?.[1] ?? 0)
}

describe('a site of django-async-redis', () => {
  it('its values, conditions and timeouts are those of django-redis', async () => {
    expect(await cache.set('nx', 1, { timeout: 100, when: 'absent' })).toBe(true)
    expect(await cache.set('nx', 2, { when: 'absent' })).toBe(false)
    expect([await cache.get('nx'), await cache.ttl('nx')]).toEqual([1, 100])
    expect(await cache.add('nx', 3)).toBe(false)

    await cache.setMany({ a: '5', b: true, ключ: 1.5 })
    expect([...(await cache.getMany(['a', 'b', 'ключ', 'none']))]).toEqual([
      ['a', '5'],
      ['b', true],
      ['ключ', 1.5],
    ])
    expect(await cache.deleteMany((function* () {})())).toBe(0)
    expect(await cache.deleteMany(['a', 'b'])).toBe(2)

    await cache.set('short', 1, { timeout: '30ms' })
    await gone(() => cache.has('short'))
  })

  it('touch and expire are those of django-redis', async () => {
    await cache.set('key', 222, { timeout: 10 })

    expect(await cache.touch('key')).toBe(true)
    expect(await cache.ttl('key')).toBe(300)
    expect(await cache.touch('key', null)).toBe(true)
    expect(await cache.ttl('key')).toBeNull()
    expect(await cache.expire('key', 20)).toBe(true)
    expect(await cache.persist('key')).toBe(true)
    expect(await cache.touch('key', -1)).toBe(true)
    expect([await cache.get('key'), await cache.touch('key', null)]).toEqual([undefined, false])
  })

  it('counters and versions are those of django-redis', async () => {
    await cache.set('num', 2n ** 63n - 1n)

    expect(await cache.incr('num')).toBe(2n ** 63n)
    expect(await cache.decr('num', 2)).toBe(2n ** 63n - 2n)
    expect(await cache.incr('new', 5, { create: true })).toBe(5)
    await expect(cache.incr('none')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })
    expect(await cache.incrVersion('num')).toBe(2)
    expect(await cache.has('num', { version: 2 })).toBe(true)
  })

  it('prefixes are kept apart in patterns, and keys are walked over without awaiting the walk first', async () => {
    await cache.set('a', '1')
    await caches.with_prefix.setMany({ b: '2', c: '3' })

    const found: string[] = []
    for await (const key of caches.with_prefix.iterKeys('*', { batch: 2 })) found.push(key)

    expect(found.toSorted()).toEqual(['b', 'c'])
    expect(await caches.with_prefix.deletePattern('*')).toBe(2)
    expect(await cache.get('a')).toBe('1')
  })

  it('closing one that never connected does not fail', async () => {
    const idle = djangoCaches({ default: { BACKEND: 'django_async_redis.cache.RedisCache', LOCATION: server.url } })

    await expect(idle.close()).resolves.toBeUndefined()
  })
})

describe('the size of a page', () => {
  it('is the batch that a call names, else one of ours, whatever DJANGO_REDIS_SCAN_ITERSIZE says', async () => {
    await cache.setMany(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`foo-${index}`, index])))
    await pages()

    expect(await cache.keys('foo-*')).toHaveLength(60)
    expect(await pages()).toBe(1)
    expect(await cache.keys('foo-*', { batch: 2 })).toHaveLength(60)
    expect(await pages()).toBeGreaterThan(10)
    expect(await cache.deletePattern('foo-*', { batch: 2 })).toBe(60)
    expect(await pages()).toBeGreaterThan(10)
  })
})

describe('a lock', () => {
  it('is released by another task than the one that acquired it', async () => {
    const tasks = new AsyncLocalStorage<string>()
    const lock = cache.lock('foobar')
    await tasks.run('first', () => lock.acquire())

    expect(await cache.has('foobar')).toBe(true)
    expect(await tasks.run('second', () => lock.release())).toBe(true)

    expect(await cache.has('foobar')).toBe(false)
  })
})
