import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { djangoCaches } from '../../../src/django/index.ts'
import type { Cache, Caches } from '../../../src/index.ts'
import { type RedisServer, type SentinelServer, startRedis } from '../../../src/testing/index.ts'
import { startReplica } from '../../../src/testing/servers/replicated.ts'
import { startSentinel } from '../../../src/testing/servers/sentinel.ts'
import { gone } from '../../support/gone.ts'

const service = 'default_service'
const password = 'data-secret'
const sentinelPassword = 'watch-secret'
const factory = 'django_redis.pool.SentinelConnectionFactory'

let primary: RedisServer
let replica: RedisServer
let sentinel: SentinelServer

beforeAll(async () => {
  const args = ['--requirepass', password, '--masterauth', password]
  primary = await startRedis({ args })
  replica = await startReplica(primary, { args })
  sentinel = await startSentinel({ service, primary, password, sentinelPassword })
}, 60_000)

afterAll(() => Promise.all([sentinel, primary, replica].map((each) => each.close())))

/** django-redis' settings files with Sentinels: the factory for the whole site, or for each cache. */
const files = [
  { name: 'sqlite_sentinel', options: {}, globals: { DJANGO_REDIS_CONNECTION_FACTORY: factory } },
  { name: 'sqlite_sentinel_opts', options: { CONNECTION_FACTORY: factory }, globals: {} },
] as const

describe.each(files)('$name', ({ options, globals }) => {
  let caches: Caches<'default' | 'doesnotexist' | 'with_prefix'>
  let cache: Cache

  beforeAll(async () => {
    const OPTIONS = {
      ...options,
      CLIENT_CLASS: 'django_redis.client.SentinelClient',
      PASSWORD: password,
      SENTINELS: [['127.0.0.1', sentinel.port]],
      SENTINEL_KWARGS: { password: sentinelPassword },
    }
    const alias = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: `redis://${service}?db=5`, OPTIONS }
    caches = djangoCaches(
      {
        default: alias,
        doesnotexist: { ...alias, LOCATION: 'redis://missing_service?db=1' },
        with_prefix: { ...alias, KEY_PREFIX: 'test-prefix' },
      },
      { globals },
    )
    cache = caches.default
    await cache.clear({ everything: true })
  })

  afterAll(() => caches.close())

  /** A replica is a moment behind. */
  async function seen(key: string, version?: number): Promise<void> {
    const end = Date.now() + 10_000
    while (!(await cache.has(key, version === undefined ? {} : { version }))) {
      if (Date.now() > end) throw new Error(`"${key}" did not reach the replica within 10 seconds`)
      await sleep(5)
    }
  }

  it('values are set, read and deleted', async () => {
    expect(await cache.set('key', { list: [1, 'a', null] }, { timeout: 100 })).toBe(true)
    await seen('key')

    expect(await cache.get('key')).toEqual({ list: [1, 'a', null] })
    expect(await cache.ttl('key')).toBeGreaterThan(80)
    expect(await cache.ttl('key')).toBeLessThanOrEqual(100)
    expect(await cache.add('key', 1)).toBe(false)
    expect(await cache.delete('key')).toBe(true)
    await gone(() => cache.has('key'))
  })

  it('counters, versions and patterns are those of the primary', async () => {
    await cache.set('num', 1)

    expect(await cache.incr('num', 2)).toBe(3)
    expect(await cache.incrVersion('num')).toBe(2)
    await seen('num', 2)
    await caches.with_prefix.setMany({ a: 1, b: 2 })
    expect((await caches.with_prefix.keys('*')).toSorted()).toEqual(['a', 'b'])
    expect(await caches.with_prefix.deletePattern('*')).toBe(2)
  })

  it('locks and sets are those of the primary', async () => {
    const lock = cache.lock('lock')

    expect(await lock.acquire()).toBe(true)
    expect(await cache.lock('lock').acquire()).toBe(false)
    expect(await lock.release()).toBe(true)
    expect(await cache.setAt('tags').addMany(['a', 'b'])).toBe(2)
    expect(await cache.setAt('tags').members()).toEqual(new Set(['a', 'b']))
  })

  it('reads are answered by the replica', async () => {
    const client = await cache.raw<{ sendCommand(args: readonly string[]): Promise<unknown[]> }>({ write: false })

    expect((await client.sendCommand(['ROLE']))[0]).toBe('slave')
  })

  it('a service that nobody knows is named', async () => {
    await expect(caches.doesnotexist.get('key')).rejects.toThrow(/the service "missing_service"/)
  })
})
