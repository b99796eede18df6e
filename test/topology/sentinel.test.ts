import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { djangoCaches } from '../../src/django/index.ts'
import { type Cache, createCache } from '../../src/index.ts'
import {
  createFaultProxy,
  freePort,
  type RedisServer,
  type SentinelServer,
  startRedis,
} from '../../src/testing/index.ts'
import { startReplica } from '../../src/testing/servers/replicated.ts'
import { startSentinel } from '../../src/testing/servers/sentinel.ts'
import { ending, firstSuccess } from '../support/settled.ts'

const service = 'mymaster'
const password = 'data-secret'
const sentinelPassword = 'watch-secret'
const args = ['--requirepass', password, '--masterauth', password]

let primary: RedisServer
let replica: RedisServer
let sentinels: readonly SentinelServer[]

beforeAll(async () => {
  primary = await startRedis({ args })
  replica = await startReplica(primary, { args })
  const start = () => startSentinel({ service, primary, password, sentinelPassword })
  sentinels = await Promise.all([start(), start(), start()])
  await eventually(async () => {
    await using cache = open({ query: '?role=replica' })
    return (await roleOf(cache)) === 'slave'
  })
}, 60_000)

afterAll(async () => {
  await Promise.all([...sentinels, primary, replica].map((each) => each.close()))
})

interface Place {
  readonly ports?: readonly number[]
  readonly query?: string
  readonly name?: string
  readonly secret?: string
}

function open({ ports, query = '', name = service, secret = sentinelPassword }: Place = {}): Cache {
  const hosts = (ports ?? sentinels.map(({ port }) => port)).map((port) => `127.0.0.1:${port}`).join(',')
  return createCache({
    location: `redis+sentinel://:${password}@${hosts}/${name}/0${query}`,
    sentinel: { password: secret },
  })
}

interface Raw {
  sendCommand(args: readonly string[]): Promise<readonly unknown[]>
}

async function roleOf(cache: Cache, write = true): Promise<unknown> {
  const [role] = await (await cache.raw<Raw>({ write })).sendCommand(['ROLE'])
  return role
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error('Not so within 20 seconds')
    await sleep(50)
  }
}

describe('Sentinels', () => {
  it('lead to the primary, with a password of their own', async () => {
    await using cache = open()

    expect(await cache.set('key', 'value')).toBe(true)
    expect(await cache.get('key')).toBe('value')
    expect(await roleOf(cache)).toBe('master')
  })

  it('lead to a replica when one is wanted', async () => {
    await using cache = open({ query: '?role=replica' })

    expect(await roleOf(cache)).toBe('slave')
  })

  it('are asked in turn: one that is away is passed over', async () => {
    await using cache = open({ ports: [await freePort(), sentinels[0]?.port ?? 0] })

    expect(await cache.set('key', 'value')).toBe(true)
  })

  it('are asked in turn: one that says nothing is passed over within the deadline', async () => {
    const hung = await createFaultProxy({ target: { host: '127.0.0.1', port: sentinels[0]?.port ?? 0 } })
    hung.blackHole()
    await using cache = open({ ports: [hung.port, sentinels[1]?.port ?? 0] })

    expect(await cache.set('key', 'value')).toBe(true)
    await hung.close()
  })

  it('that are all away fail the call within the deadline', async () => {
    await using cache = open({ ports: [await freePort(), await freePort()] })

    const { ms, error } = await ending(cache.get('key'))

    expect(error).toMatchObject({ code: 'ERR_CONNECTION' })
    expect(error?.message).toContain('no Sentinel led to a primary of the service "mymaster"')
    expect(ms).toBeLessThan(1200)
  })

  it('that do not know the service say its name', async () => {
    await using cache = open({ name: 'nobody' })

    await expect(cache.get('key')).rejects.toThrow(/the service "nobody": is it known to them by that name/)
  })

  it('that want another password say so, and show none', async () => {
    await using cache = open({ secret: 'wrong-secret' })

    const { error } = await ending(cache.get('key'))

    expect(error?.message).toContain('password is wrong')
    expect(error?.message).not.toMatch(/wrong-secret|data-secret/)
  })
})

describe("the settings of django-redis' SentinelClient", () => {
  it('write to the primary and read from a replica', async () => {
    const caches = djangoCaches(
      {
        default: {
          BACKEND: 'django_redis.cache.RedisCache',
          LOCATION: `redis://${service}/0`,
          OPTIONS: {
            CLIENT_CLASS: 'django_redis.client.SentinelClient',
            PASSWORD: password,
            SENTINELS: sentinels.map(({ port }) => ['127.0.0.1', port]),
            SENTINEL_KWARGS: { password: sentinelPassword },
          },
        },
      },
      { globals: { DJANGO_REDIS_CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' } },
    )

    await caches.default.set('shared', { from: 'primary' })

    expect(await roleOf(caches.default)).toBe('master')
    expect(await roleOf(caches.default, false)).toBe('slave')
    await eventually(async () => caches.default.has('shared'))
    expect(await caches.default.get('shared')).toEqual({ from: 'primary' })
    await caches.close()
  })
})

describe('a failover', () => {
  it('a primary that was made a replica is let go of, and nothing is written to it', async () => {
    const alone = await startRedis({ args })
    const watchers = await Promise.all(
      [1, 2].map(() => startSentinel({ service: 'alone', primary: alone, password, sentinelPassword })),
    )
    const caches = [1, 2, 3].map(() => open({ ports: watchers.map(({ port }) => port), name: 'alone' })) as [
      Cache,
      Cache,
      Cache,
    ]
    for (const cache of caches) await cache.set('key', 1)
    await (await caches[0].raw<Raw>()).sendCommand(['REPLICAOF', '127.0.0.1', String(primary.port)])

    const endings = await Promise.all(
      [caches[0].set('key', 2), caches[1].setMany({ key: 2 }), caches[2].incr('key')].map(ending),
    )

    for (const { error } of endings) {
      expect(error).toMatchObject({ code: 'ERR_CONNECTION' })
      expect(error?.message).toContain('has become a replica')
    }
    expect(caches.map((cache) => cache.stats().store['state'])).toEqual(['idle', 'idle', 'idle'])
    await Promise.all(caches.map((cache) => cache.close()))
    await Promise.all([...watchers, alone].map((each) => each.close()))
  })

  it('is followed: when the primary dies, calls go to the one that takes its place', async () => {
    await using cache = open()
    await cache.set('key', 'before')
    await eventually(async () => {
      await using reader = open({ query: '?role=replica' })
      return (await reader.get('key')) === 'before'
    })

    await primary.kill()
    const ms = await firstSuccess(() => cache.set('key', 'after'))

    expect(ms).toBeLessThan(10_000)
    expect(await cache.get('key')).toBe('after')
    const client = await cache.raw<{ options: { socket: { port: number } } }>()
    expect(client.options.socket.port).toBe(replica.port)
  }, 30_000)

  it('leaves reads to the primary when no replica is left', async () => {
    await using cache = open({ query: '?role=replica' })

    await eventually(async () => (await roleOf(cache)) === 'master')
    expect(await cache.get('key')).toBe('after')
  }, 30_000)
})
