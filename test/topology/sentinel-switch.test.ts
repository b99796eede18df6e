import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { type RedisServer, type SentinelServers, startSentinels } from '../../src/testing/index.ts'

let all: SentinelServers

beforeAll(async () => {
  all = await startSentinels({ downAfterMs: 5000 })
}, 60_000)

afterAll(() => all.close())

/** Whether the cache is connected to this server, without the cache being asked for anything. */
async function isOn(server: RedisServer, name: string): Promise<boolean> {
  return JSON.stringify(await server.ask('CLIENT', 'LIST')).includes(`name=${name} `)
}

async function named(cache: Cache, name: string, write = true): Promise<Cache> {
  const client = await cache.raw<{ sendCommand(args: readonly string[]): Promise<unknown> }>({ write })
  await client.sendCommand(['CLIENT', 'SETNAME', name])
  return cache
}

async function within10s(isSo: () => Promise<void>): Promise<void> {
  await vi.waitFor(isSo, { timeout: 10_000, interval: 20 })
}

describe('a failover by hand', () => {
  it('takes the readers along as well, who are refused nothing', async () => {
    await using cache = await named(createCache({ location: all.url }), 'reader')
    const before = await all.primary()
    expect(await isOn(before, 'reader')).toBe(true)

    const after = await all.failover()

    await within10s(async () => expect(await isOn(before, 'reader')).toBe(false))
    await cache.get('key')
    await named(cache, 'reader')
    expect(await isOn(after, 'reader')).toBe(true)
  }, 60_000)

  it('is heard of from the next Sentinel when the one that was listened to has died', async () => {
    await using cache = await named(createCache({ location: all.url }), 'survivor')
    const before = await all.primary()
    await within10s(async () => expect(await isOn(before, 'survivor')).toBe(true))
    const listenedTo = await vi.waitFor(() => heardBy(all))
    await listenedTo.kill()
    await within10s(async () => expect(await heardBy(all)).not.toBe(listenedTo))
    await listenedTo.restart()

    await all.failover()

    await within10s(async () => expect(await isOn(before, 'survivor')).toBe(false))
    expect(await cache.set('key', 1)).toBe(true)
  }, 60_000)

  it('leaves nobody listening who has closed', async () => {
    await using cache = createCache({ location: all.url })
    await cache.get('key')
    await within10s(async () => expect((await heardBy(all)).port).toBeGreaterThan(0))

    await cache.close()

    await within10s(async () => {
      await expect(heardBy(all)).rejects.toThrow('nobody')
    })
  }, 60_000)
})

/** The Sentinel that somebody listens to: they do not listen to each other. */
async function heardBy({ sentinels }: SentinelServers): Promise<SentinelServers['sentinels'][number]> {
  for (const sentinel of sentinels) {
    const clients = JSON.stringify(await sentinel.ask('CLIENT', 'LIST').catch(() => ''))
    if (/ sub=1 /.test(clients)) return sentinel
  }
  throw new Error('nobody listens')
}
