import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, type CacheOptions, createCache, PartialError } from '../../src/index.ts'
import { slotOf } from '../../src/redis/slots.ts'
import { type ClusterServers, type RedisServer, startCluster } from '../../src/testing/index.ts'
import { freshPrefix } from '../support/redis.ts'
import { ending, firstSuccess } from '../support/settled.ts'

const password = 'cluster-secret'
let cluster: ClusterServers

beforeAll(async () => {
  cluster = await startCluster({ password, args: ['--requirepass', password, '--masterauth', password] })
}, 60_000)

afterAll(() => cluster.close())

function open(options: CacheOptions = {}): Cache {
  return createCache({ location: cluster.url, keyPrefix: freshPrefix(), ...options })
}

function keysOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `key${index}`)
}

/** Waits until the replicas have what their masters have. */
async function replicated(): Promise<void> {
  for (const node of cluster.nodes) await node.ask('WAIT', '1', '1000').catch(() => undefined)
}

/** A user's key that a node has. */
async function keyAt(cache: Cache, node: RedisServer): Promise<string> {
  for (let index = 0; ; index++) {
    if ((await cluster.masterOf(slotOf(cache.makeKey(`at${index}`)))) === node) return `at${index}`
  }
}

interface Seen {
  readonly wrong: string[]
  readonly failed: unknown[]
  done: number
  worstMs: number
}

/** Reads and writes until it is stopped; every value carries its key. */
function load(cache: Cache, keys: readonly string[]): () => Promise<Seen> {
  const seen: Seen = { wrong: [], failed: [], done: 0, worstMs: 0 }
  const stopped = new AbortController()
  const one = async (start: number): Promise<void> => {
    for (let index = start; !stopped.signal.aborted; index++) {
      const key = keys[index % keys.length] as string
      const isWrite = index % 3 === 0
      const { ms, value, error } = await ending(isWrite ? cache.set(key, { key }) : cache.get(key))
      seen.worstMs = Math.max(seen.worstMs, ms)
      if (error !== undefined) seen.failed.push(error)
      else if (!isWrite && (value as { key?: string } | undefined)?.key !== key) seen.wrong.push(key)
      else seen.done++
      await sleep(2)
    }
  }
  const all = [0, 7, 13, 29].map(one)
  return async () => {
    stopped.abort()
    await Promise.all(all)
    return seen
  }
}

describe('a Cluster', () => {
  it('has keys on all its masters, and calls on many of them are right', async () => {
    await using cache = open()
    const keys = keysOf(300)

    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])))

    expect(
      [...(await cache.getMany<{ key: string }>([...keys, 'none']))].map(([key, value]) => [key, value.key]),
    ).toEqual(keys.map((key) => [key, key]))
    expect((await cache.keys('*')).toSorted()).toEqual(keys.toSorted())
    expect(await cache.deleteMany(keys.slice(0, 100))).toBe(100)
    expect(await cache.deletePattern('key1*')).toBe(100)
    await cache.clear()
    expect(await cache.keys('*')).toEqual([])
    expect(cache.stats().store).toMatchObject({ store: 'cluster', nodes: 3, state: 'ready' })
  })

  it('moves a value to a key of another slot, with its time to live', async () => {
    await using cache = open()
    for (const key of keysOf(20)) {
      await cache.set(key, { key }, { timeout: '10m' })

      expect(await cache.incrVersion(key)).toBe(2)

      expect(await cache.has(key)).toBe(false)
      expect(await cache.get(key, undefined, { version: 2 })).toEqual({ key })
      expect(await cache.pttl(key, { version: 2 })).toBeGreaterThan(590_000)
    }
  })

  it('says how collections get together', async () => {
    await using cache = open()
    const [a, b] = [cache.setAt<number>('a'), cache.setAt<number>('b')]
    await a.add(1)
    await b.add(2)

    await expect(a.union(b)).rejects.toMatchObject({
      reason: 'CROSSSLOT',
      message: expect.stringContaining('in braces') as string,
    })
    await expect(cache.incrVersion('a')).rejects.toMatchObject({ reason: 'WRONGTYPE' })
    const [c, d] = [cache.setAt<number>('c:{42}'), cache.setAt<number>('d:{42}')]
    await c.add(1)
    await d.add(2)
    expect(await c.union(d)).toEqual(new Set([1, 2]))
  })

  it('hands out a client of the whole Cluster', async () => {
    await using cache = open()
    await cache.set('key', 1)

    const client = await cache.raw<{ get(key: string): Promise<string | null> }>()

    expect(await client.get(cache.makeKey('key'))).toBe('1')
  })

  it('refuses a wrong password with advice, and a server that is no node of one', async () => {
    await using wrong = createCache(cluster.url.replace(password, 'other'))
    await using none = createCache('redis+cluster://127.0.0.1:1')

    await expect(wrong.get('key')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('password') as string,
    })
    await expect(none.get('key')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('nothing listens') as string,
    })
  })
})

describe('a slot that is moved', () => {
  it('has all its keys at every moment, in every kind of call', async () => {
    await using cache = open()
    const keys = keysOf(200).map((key) => `${key}{moving}`)
    const slot = slotOf('{moving}')
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])), { timeout: '1h' })
    const from = await cluster.masterOf(slot)
    const to = cluster.nodes.slice(0, 3).find((node) => node !== from) as RedisServer

    await cluster.moveSlot(slot, to, async () => {
      expect((await cache.getMany(keys)).size).toBe(200)
      for (const key of keys) expect(await cache.get(key)).toEqual({ key })
      expect(new Set(await cache.keys('*'))).toEqual(new Set(keys))
      expect(await cache.deleteMany(keys.slice(0, 50).concat(keys.slice(-50)))).toBe(100)
      await cache.set('new{moving}', 1)
      expect(await cache.incr('new{moving}')).toBe(2)
    })

    expect((await cache.getMany(keys)).size).toBe(100)
    expect(await cache.get('new{moving}')).toBe(2)
    expect(await cluster.masterOf(slot)).toBe(to)
  })

  it('is no matter for calls that go on meanwhile', async () => {
    await using cache = open()
    const keys = keysOf(60)
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])), { timeout: '1h' })
    const stop = load(cache, keys)

    for (const key of keys.slice(0, 12)) {
      const slot = slotOf(cache.makeKey(key))
      const from = await cluster.masterOf(slot)
      await cluster.moveSlot(slot, cluster.nodes.slice(0, 3).find((node) => node !== from) as RedisServer)
    }
    const { wrong, failed, done } = await stop()

    expect(wrong).toEqual([])
    expect(failed).toEqual([])
    expect(done).toBeGreaterThan(50)
  }, 30_000)

  it('is not missed by a walk that had been over its new node before', async () => {
    await using cache = open()
    const keys = keysOf(120)
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, 1])), { timeout: '1h' })
    const last = cluster.nodes[2] as RedisServer
    const wandering = (
      await Promise.all(
        keys.map(async (key) => ((await cluster.masterOf(slotOf(cache.makeKey(key)))) === last ? key : '')),
      )
    )
      .filter((key) => key !== '')
      .slice(0, 5)

    const found = new Set<string>()
    for await (const key of cache.iterKeys('*', { batch: 10 })) {
      found.add(key)
      const next = found.size > 30 ? wandering.pop() : undefined
      if (next !== undefined && !found.has(next))
        await cluster.moveSlot(slotOf(cache.makeKey(next)), cluster.nodes[0] as RedisServer)
    }

    expect([...found].toSorted()).toEqual(keys.toSorted())
  }, 30_000)
})

describe('a node that hangs', () => {
  it('fails only what it has, within the deadline; many-key calls say what was done', async () => {
    await using cache = open({ deadline: '500ms' })
    const keys = keysOf(60)
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])))
    const hung = cluster.nodes[1] as RedisServer
    const [there, here] = [await keyAt(cache, hung), await keyAt(cache, cluster.nodes[0] as RedisServer)]

    hung.pause()
    const [lost, kept, some, deleted] = await Promise.all([
      ending(cache.set(there, 1)),
      ending(cache.set(here, 1)),
      ending(cache.setMany(Object.fromEntries(keys.map((key) => [key, 2])))),
      ending(cache.deleteMany(keys)),
    ])
    hung.resume()

    expect(lost.error).toMatchObject({ code: 'ERR_DEADLINE' })
    expect(kept).toMatchObject({ value: true })
    expect(kept.ms).toBeLessThan(400)
    for (const call of [lost, some, deleted]) expect(call.ms).toBeLessThan(900)
    for (const { error } of [some, deleted]) {
      expect(error).toBeInstanceOf(PartialError)
      const { done, failed } = error as unknown as PartialError
      expect([...done, ...failed].toSorted()).toEqual(keys.toSorted())
      expect(done.length).toBeGreaterThan(20)
      expect(failed.length).toBeGreaterThan(5)
    }
  }, 20_000)
})

describe('a master that fails', () => {
  it('is followed by its replica; the keys of the others are served all the time', async () => {
    await using cache = open({ deadline: '500ms' })
    const keys = keysOf(60)
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])), { timeout: '1h' })
    await replicated()
    const dying = await cluster.masterOf(0)
    const key = await keyAt(cache, dying)
    const safe = keys.filter((other) => slotOf(cache.makeKey(other)) > 12_000)
    const stop = load(cache, safe)

    await dying.kill()
    const { error } = await ending(cache.set(key, 'before'))
    const ms = await firstSuccess(() => cache.set(key, 'after'))
    const { wrong, worstMs } = await stop()

    expect(error?.code).toMatch(/ERR_CONNECTION|ERR_DEADLINE/)
    expect(ms).toBeLessThan(8000)
    expect(await cache.get(key)).toBe('after')
    expect((await cache.getMany(keys)).size).toBe(60)
    expect((await cache.keys('key*')).length).toBe(60)
    expect(wrong).toEqual([])
    expect(worstMs).toBeLessThan(700)
    await dying.restart()
  }, 30_000)

  it('that only hangs is left for its replica too', async () => {
    await using cache = open({ deadline: '500ms' })
    const hung = await cluster.masterOf(16_000)
    const key = await keyAt(cache, hung)
    await cache.set(key, 'before')
    await replicated()

    hung.pause()
    const ms = await firstSuccess(() => cache.set(key, 'after'))
    const promoted = await cluster.masterOf(16_000)
    hung.resume()

    expect(promoted).not.toBe(hung)
    expect(ms).toBeLessThan(8000)
    expect(await cache.get(key)).toBe('after')
  }, 30_000)

  it('by the hand of its operator is followed at once', async () => {
    await using cache = open()
    const keys = keysOf(60)
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, { key }])), { timeout: '1h' })
    const stop = load(cache, keys)
    const replica = cluster.nodes[4] as RedisServer

    const isMaster = JSON.stringify(await replica.ask('ROLE')).startsWith('["master"')
    const other = isMaster ? (cluster.nodes[1] as RedisServer) : replica
    expect(await other.ask('CLUSTER', 'FAILOVER')).toBe('OK')
    await sleep(1500)
    const { wrong, failed } = await stop()

    expect(wrong).toEqual([])
    expect(failed).toEqual([])
  }, 30_000)
})
