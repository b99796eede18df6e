import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'
import { sharedServers } from '../support/shared-servers.ts'

/** What keeps a process alive, by kind and number. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function listeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
}

async function use(options: CacheOptions, round: number): Promise<void> {
  const cache = createCache({ ...options, keyPrefix: 'rounds', deadline: '5s' })
  await cache.set(`key${round}`, round)
  expect(await cache.get(`key${round}`)).toBe(round)
  await cache.close()
}

/** Ten at a time. */
async function rounds(count: number, options: CacheOptions): Promise<void> {
  for (let round = 0; round < count; round += 10)
    await Promise.all(Array.from({ length: 10 }, (_, index) => use(options, round + index)))
}

async function leavesNothing(count: number, options: CacheOptions): Promise<void> {
  await rounds(10, options)
  const before = { resources: resources(), listeners: listeners() }

  await rounds(count, options)

  // A socket that was destroyed is gone in a later turn.
  await expect.poll(() => sockets(resources()), { timeout: 5000 }).toBeLessThanOrEqual(sockets(before.resources))
  expect(resources()['Timeout'] ?? 0).toBeLessThanOrEqual((before.resources['Timeout'] ?? 0) + 1)
  expect(listeners()).toBe(before.listeners)
}

function sockets(counts: Record<string, number>): number {
  return (counts['TCPSocketWrap'] ?? 0) + (counts['TCPWRAP'] ?? 0) + (counts['PipeWrap'] ?? 0)
}

describe('caches that are opened, used and closed leave no socket, timer or listener', () => {
  const [sentinels, cluster] = [sharedServers('Sentinels'), sharedServers('a Cluster')]
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(() => server.close())

  it('a thousand times on one server, and the server sees none of them any more', async () => {
    await leavesNothing(1000, { location: server.url })

    const clients = async () =>
      Number(/connected_clients:(\d+)/.exec(JSON.stringify(await server.ask('INFO', 'clients')))?.[1])
    await expect.poll(clients, { timeout: 5000 }).toBe(1)
  }, 120_000)

  it('a hundred times by Sentinels', async () => {
    const { location, sentinelPassword = '' } = sentinels()

    await leavesNothing(100, { location, sentinel: { password: sentinelPassword } })
  }, 120_000)

  it('a hundred times on a Cluster', async () => {
    await leavesNothing(100, { location: cluster().location })
  }, 120_000)
})

describe('closing', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(() => server.close())

  async function connected(): Promise<Cache> {
    const cache = createCache({ location: server.url, deadline: '300ms' })
    await firstSuccess(() => cache.set('key', 'value'))
    return cache
  }

  it('waits for the answers of calls that came before it', async () => {
    const cache = await connected()

    const calls = [cache.get('key'), cache.set('other', 1), cache.incr('n', 1, { create: true })]
    await cache.close()

    expect(await Promise.all(calls)).toEqual(['value', true, 1])
  })

  it('ends calls in flight, and itself, within the deadline when the server hangs', async () => {
    const cache = await connected()
    server.pause()
    const calls = [cache.get('key'), cache.set('key', 1), cache.deleteMany(['a', 'b'])].map(ending)

    const { ms, error } = await ending(cache.close())
    server.resume()

    expect(error).toBeUndefined()
    // What is under way has its own deadline, and closing the connection another.
    expect(ms).toBeLessThan(720)
    for (const call of await Promise.all(calls)) expect(call.error?.code).toBe('ERR_DEADLINE')
  })

  it('twice is once, and later calls are told', async () => {
    const cache = await connected()
    await Promise.all([cache.close(), cache.close()])

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })
})
