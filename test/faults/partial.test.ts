import { createCluster } from '@redis/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, type CacheOptions, createCache, PartialError } from '../../src/index.ts'
import { type RedisServer, startCluster, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

interface Site {
  readonly options: CacheOptions
  readonly nodes: readonly RedisServer[]
  close(): Promise<unknown>
}

async function aCluster(): Promise<Site> {
  const args = ['--cluster-require-full-coverage', 'no']
  const cluster = await startCluster({ replicas: 0, nodeTimeoutMs: 20_000, args })
  return { options: { location: cluster.url }, nodes: cluster.nodes, close: () => cluster.close() }
}

async function aClient(): Promise<Site> {
  const { nodes, close } = await aCluster()
  const client = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) })
  const end = async () => {
    client.destroy()
    await close()
  }
  return { options: { client }, nodes, close: end }
}

async function threeShards(): Promise<Site> {
  const nodes = await Promise.all([startRedis(), startRedis(), startRedis()])
  const location = nodes.map(({ url }) => url)
  return { options: { location, shards: true }, nodes, close: () => Promise.all(nodes.map((node) => node.close())) }
}

const keys = Array.from({ length: 60 }, (_, index) => `key${index}`)
const values = Object.fromEntries(keys.map((key) => [key, { key }]))

describe.each([
  ['a Cluster', aCluster],
  ['a Cluster behind a client that was handed in', aClient],
  ['shards', threeShards],
] as const)('on %s with one server that', (_, start) => {
  let site: Site

  beforeAll(async () => {
    site = await start()
  }, 60_000)

  afterAll(() => site.close())

  const faults = {
    hangs: { begin: async () => site.nodes[1]?.pause(), end: async () => site.nodes[1]?.resume() },
    'was killed': { begin: async () => site.nodes[1]?.kill(), end: async () => site.nodes[1]?.restart() },
  }

  /** What comes of calls on many keys, and which of the keys cannot be had by themselves. */
  async function during(fault: keyof typeof faults, ignoreErrors: boolean) {
    const options = { ...site.options, deadline: '400ms', keyPrefix: `${fault} ${ignoreErrors}` } as const
    const cache: Cache = createCache({ ...options, ignoreErrors })
    await using strict = createCache(options)
    await firstSuccess(() => strict.setMany(values))
    await cache.connect()
    const told: unknown[] = []
    cache.on('error', ({ operation, error }) => told.push([operation, error]))
    await faults[fault].begin()
    try {
      const alone = await Promise.all(keys.map((key) => ending(strict.get(key))))
      const lost = keys.filter((_key, index) => alone[index]?.error !== undefined)
      const calls = [
        await ending(cache.getMany(keys)),
        await ending(cache.setMany(values)),
        await ending(cache.deleteMany(keys)),
      ] as const
      return { lost, kept: keys.filter((key) => !lost.includes(key)), calls, told, stats: cache.stats() }
    } finally {
      await faults[fault].end()
      await cache.close()
    }
  }

  it.each(['hangs', 'was killed'] as const)(
    '%s, ignoreErrors answers what the others did, and tells of each call once',
    async (fault) => {
      const { lost, kept, calls, told, stats } = await during(fault, true)
      const [read, written, deleted] = calls

      expect(lost.length).toBeGreaterThan(0)
      expect(kept.length).toBeGreaterThan(0)
      expect([...(read.value as Map<string, unknown>)]).toEqual(kept.map((key) => [key, values[key]]))
      expect(written).toMatchObject({ value: undefined })
      expect(deleted.value).toBe(kept.length)
      expect(told).toEqual(
        ['getMany', 'setMany', 'deleteMany'].map((operation) => [operation, expect.any(PartialError)]),
      )
      for (const [operation, error] of told as [string, PartialError][]) {
        expect(error.operation).toBe(operation)
        expect([error.done.toSorted(), error.failed.toSorted()]).toEqual([kept.toSorted(), lost.toSorted()])
      }
      expect(stats).toMatchObject({ hits: kept.length, misses: lost.length, sets: kept.length, deletes: kept.length })
      expect(stats.ignoredErrorsByOperation).toEqual({ getMany: 1, setMany: 1, deleteMany: 1 })
    },
    20_000,
  )

  it.each(['hangs', 'was killed'] as const)(
    '%s, each of these calls rejects without it, and says which keys it was done for',
    async (fault) => {
      const { lost, kept, calls } = await during(fault, false)

      for (const { error, ms } of calls) {
        expect(error).toBeInstanceOf(PartialError)
        const { done, failed } = error as unknown as PartialError
        expect([done.toSorted(), failed.toSorted()]).toEqual([kept.toSorted(), lost.toSorted()])
        expect(ms).toBeLessThan(900)
      }
    },
    20_000,
  )
})
