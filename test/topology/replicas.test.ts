import { setTimeout as sleep } from 'node:timers/promises'

import { createClient } from '@redis/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { json } from '../../src/codecs/json.ts'
import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { startReplica } from '../../src/testing/servers/replicated.ts'
import { type Ending, ending } from '../support/settled.ts'

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
  await Promise.all([primary.close(), replica.close()])
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

  it('reads that the replica has no room for are answered by the primary at once', async () => {
    await using narrow = createCache({ location: [primary.url, replica.url], maxWaiting: 5, deadline: '2s' })
    await narrow.connect()

    replica.pause()
    const waiting = Array.from({ length: 5 }, () => narrow.getMany(['key']))
    const answers: Ending[] = []
    for (let call = 0; call < 5; call++) answers.push(await ending(narrow.getMany(['key'])))
    const { restingReplicas } = narrow.stats().store
    replica.resume()

    expect(answers.map(({ value }) => value)).toEqual(answers.map(() => new Map([['key', { list: [1] }]])))
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(500)
    expect(restingReplicas).toBe(0)
    expect((await Promise.all(waiting)).map(({ size }) => size)).toEqual([1, 1, 1, 1, 1])
  })

  it('reads go on when the replica dies, and come back to it', async () => {
    await replica.kill()

    expect(await cache.get('key')).toEqual({ list: [1] })
    expect(cache.stats().store['restingReplicas']).toBe(1)
    await replica.restart()

    await expect
      .poll(
        async () => {
          await cache.has('key')
          return cache.stats().store['restingReplicas']
        },
        { timeout: 10_000 },
      )
      .toBe(0)
    await arrives('key')
  })

  it('reads go on when the primary dies, and writes fail', async () => {
    await primary.kill()

    expect(await cache.get('key')).toEqual({ list: [1] })
    await expect(cache.set('key', 2)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await primary.restart()
  })
})

describe('a primary and two real replicas', () => {
  const deadlineMs = 2000
  let servers: readonly [primary: RedisServer, RedisServer, RedisServer]

  beforeAll(async () => {
    const first = await startRedis({ args: ['--rdbcompression', 'no'] })
    const loadingSteps = ['--loading-process-events-interval-bytes', '1024']
    servers = [first, await startReplica(first), await startReplica(first, { args: loadingSteps })]
    await ask(first, 'SET', ':1:key', '1')
    await ask(first, 'WAIT', '2', '10000')
  })

  afterAll(() => Promise.all(servers.map((server) => server.close())))

  function open(options: Pick<CacheOptions, 'readFrom' | 'readYourWrites'> = {}): Cache {
    const location = servers.map((server) => server.url)
    return createCache({ location, deadline: `${deadlineMs}ms`, serializer: json(), ...options })
  }

  /** How many reads each of the servers is asked meanwhile. */
  async function readsDuring(work: () => Promise<unknown>): Promise<number[]> {
    await Promise.all(servers.map((server) => ask(server, 'CONFIG', 'RESETSTAT')))
    await work()
    return Promise.all(servers.map(readsOf))
  }

  async function readMany(from: Cache, times = 60): Promise<Set<unknown>> {
    const found = new Set<unknown>()
    for (let count = 0; count < times; count++) found.add(await from.get('key'))
    return found
  }

  it('share the reads, of which the primary gets none', async () => {
    await using reader = open()

    const [primary, ...replicas] = await readsDuring(() => readMany(reader))

    expect(primary).toBe(0)
    for (const count of replicas) expect(count).toBeGreaterThan(10)
  })

  it("share the reads with the primary when it is to read from 'all'", async () => {
    await using reader = open({ readFrom: 'all' })

    const counts = await readsDuring(() => readMany(reader, 90))

    for (const count of counts) expect(count).toBeGreaterThan(10)
  })

  it("answer for a primary that hangs when it is to read from 'all', within the deadline", async () => {
    const [primary] = servers
    await using reader = open({ readFrom: 'all' })
    await readMany(reader)
    primary.pause()

    const ms = await elapsed(() => readMany(reader))

    expect(ms).toBeGreaterThan(deadlineMs / 2 - 50)
    expect(ms).toBeLessThan(deadlineMs)
    primary.resume()
  })

  it('do not hide what this process wrote, though replication stands still', async () => {
    const [primary, ...replicas] = servers
    await using reader = open({ readYourWrites: '1s' })
    await using forgetful = open()
    for (const replica of replicas) await ask(replica, 'REPLICAOF', 'NO', 'ONE')

    await reader.set('key', 2)

    expect(await readMany(reader)).toEqual(new Set([2]))
    expect(await readMany(forgetful)).toEqual(new Set([1]))
    await expect.poll(() => reader.get('key'), { timeout: 10_000 }).toBe(1)
    for (const replica of replicas) await ask(replica, 'REPLICAOF', '127.0.0.1', String(primary.port))
    await expect.poll(() => readMany(forgetful), { timeout: 20_000 }).toEqual(new Set([2]))
    await ask(primary, 'SET', ':1:key', '1')
    await ask(primary, 'WAIT', '2', '10000')
  }, 40_000)

  it('one that hangs costs half of a deadline once, is left alone, and is used again when it answers', async () => {
    const [, hung] = servers
    await using reader = open()
    await readMany(reader)
    hung.pause()

    const first = await elapsed(() => readMany(reader))
    const later = await elapsed(() => readMany(reader))

    expect(first).toBeGreaterThan(deadlineMs / 2 - 50)
    expect(first).toBeLessThan(deadlineMs)
    expect(later).toBeLessThan(deadlineMs / 2)
    hung.resume()
    await expect
      .poll(async () => (await readsDuring(() => readMany(reader)))[1], { timeout: 10_000 })
      .toBeGreaterThan(10)
  }, 40_000)

  it('one whose primary is away and that serves nothing old is passed over', async () => {
    const [primary, orphan] = servers
    await using reader = open({ readFrom: 'replicas-only' })
    await ask(orphan, 'CONFIG', 'SET', 'replica-serve-stale-data', 'no')
    await ask(orphan, 'REPLICAOF', '127.0.0.1', '1')

    expect(await readMany(reader)).toEqual(new Set([1]))
    expect(reader.stats().store['restingReplicas']).toBe(1)
    await ask(orphan, 'REPLICAOF', '127.0.0.1', String(primary.port))
  })

  it('one that is still loading is passed over', async () => {
    const [primary, , loading] = servers
    await using reader = open({ readFrom: 'replicas-only' })
    await readMany(reader)
    const fill = "for i = 1, 200 do redis.call('SET', 'large' .. i, string.rep('x', 2000)) end"
    await ask(primary, 'EVAL', fill, '0')
    await ask(loading, 'CONFIG', 'SET', 'key-load-delay', '20000')
    await ask(loading, 'REPLICAOF', 'NO', 'ONE')
    await ask(loading, 'REPLICAOF', '127.0.0.1', String(primary.port))
    await expect.poll(() => ask(loading, 'GET', 'key').catch(String), { timeout: 10_000 }).toContain('LOADING')

    expect(await readMany(reader)).toEqual(new Set([1]))

    expect(await ask(loading, 'GET', 'key').catch(String)).toContain('LOADING')
    expect(reader.stats().store['restingReplicas']).toBe(1)
  }, 30_000)

  it("fail reads when all are gone and it is to read from 'replicas-only'", async () => {
    const [, ...replicas] = servers
    await using reader = open({ readFrom: 'replicas-only' })
    for (const replica of replicas) await replica.kill()

    await expect(reader.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(reader.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })
})

async function ask(server: RedisServer, ...command: readonly string[]): Promise<string> {
  const client = createClient({ url: server.url })
  await client.connect()
  try {
    const answer: unknown = await client.sendCommand(command)
    return typeof answer === 'string' ? answer : JSON.stringify(answer)
  } finally {
    client.destroy()
  }
}

async function readsOf(server: RedisServer): Promise<number> {
  const text = await ask(server, 'INFO', 'commandstats')
  const counts = [...text.matchAll(/^cmdstat_m?get:calls=(\d+)/gm)].map(([, count]) => Number(count))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** How long all of it took, in milliseconds: no read of it took longer. */
async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
