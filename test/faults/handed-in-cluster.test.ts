import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { type ClusterServers, startCluster } from '../../src/testing/index.ts'
import { clientKinds } from '../support/clients.ts'
import { ending, firstSuccess } from '../support/settled.ts'

let cluster: ClusterServers

beforeAll(async () => {
  const args = ['--cluster-require-full-coverage', 'no']
  cluster = await startCluster({ replicas: 0, nodeTimeoutMs: 20_000, args })
}, 60_000)

afterAll(() => cluster.close())

const keys = Array.from({ length: 60 }, (_, index) => `key${index}`)
const values = Object.fromEntries(keys.map((key) => [key, { key }]))

describe.each(Object.entries(clientKinds['a Cluster']))(
  "the breaker over a Cluster's client of %s",
  (library, make) => {
    it('stays closed while one node hangs, for the sake of the others, and opens when all do', async () => {
      const made = make({ url: cluster.url, ports: cluster.nodes.map(({ port }) => port) })
      await using cache = createCache({ client: made.client, deadline: '200ms', keyPrefix: library })
      await firstSuccess(() => cache.setMany(values))

      cluster.nodes[1]?.pause()
      const first = await Promise.all(keys.map((key) => ending(cache.get(key))))
      const kept = keys.filter((_, index) => first[index]?.error === undefined)
      const [lost] = keys.filter((key) => !kept.includes(key))
      const failures: unknown[] = []
      for (let round = 0; round < 6; round++) {
        const some = kept.slice(round * 4, round * 4 + 4)
        const [endings] = await Promise.all([
          Promise.all(some.map((key) => ending(cache.get(key)))),
          ending(cache.get(lost ?? '')),
          ending(cache.getMany(keys)),
          sleep(100),
        ])
        failures.push(...endings.flatMap(({ error }) => error ?? []))
      }
      const { breaker } = cache.stats().store

      for (const node of cluster.nodes) node.pause()
      await expect.poll(async () => (await ending(cache.get(kept[0] ?? ''))).error?.code).toBe('ERR_BREAKER_OPEN')
      for (const node of cluster.nodes) node.resume()
      await firstSuccess(() => cache.getMany(keys))
      await made.close()

      expect(kept.length).toBeGreaterThan(20)
      expect([failures, breaker]).toEqual([[], 'closed'])
    }, 20_000)
  },
)
