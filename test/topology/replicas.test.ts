import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { startReplica } from '../support/sentinels.ts'

let primary: RedisServer
let replica: RedisServer
let cache: Cache

beforeAll(async () => {
  primary = await startRedis()
  replica = await startReplica(primary)
  cache = createCache({ location: [primary.url, replica.url] })
})

afterAll(async () => {
  await cache.close()
  await Promise.all([primary.stop(), replica.stop()])
})

async function arrives(key: string): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await cache.has(key))) {
    if (Date.now() > end) throw new Error(`"${key}" did not arrive within 10 seconds`)
    await sleep(10)
  }
}

describe('a primary and a real replica', () => {
  it('what is written to the one is read from the other', async () => {
    await cache.set('key', { list: [1] })
    await arrives('key')

    const client = await cache.raw<{ sendCommand(args: readonly string[]): Promise<readonly unknown[]> }>({
      write: false,
    })
    expect((await client.sendCommand(['ROLE']))[0]).toBe('slave')
    expect(await cache.get('key')).toEqual({ list: [1] })
  })

  it('counters, conditions and walks see what was just written, however far the replica is behind', async () => {
    await cache.set('count', 1)

    expect(await cache.incr('count')).toBe(2)
    expect(await cache.add('count', 5)).toBe(false)
    expect(await cache.keys('count')).toEqual(['count'])
    expect(await cache.deletePattern('count')).toBe(1)
  })

  it('reads go on when the replica dies, and come back to it', async () => {
    await replica.kill()

    expect(await cache.get('key')).toEqual({ list: [1] })
    expect(cache.stats().store['restingReplicas']).toBe(1)
    await replica.restart()
    await sleep(1100)

    await arrives('key')
    expect(cache.stats().store['restingReplicas']).toBe(0)
  })

  it('reads go on when the primary dies, and writes fail', async () => {
    await primary.kill()

    expect(await cache.get('key')).toEqual({ list: [1] })
    await expect(cache.set('key', 2)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await primary.restart()
  })
})
