import { createCluster } from '@redis/client'
import { Cluster as IoRedisCluster } from 'ioredis'
import { it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { startCluster } from '../support/cluster.ts'

it('bench', async () => {
  const cluster = await startCluster()
  const seeds = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  const nr = createCluster({ rootNodes: seeds.map((socket) => ({ socket })) })
  await nr.connect()
  const io = new IoRedisCluster(seeds)
  const stores = {
    own: openStore({ location: cluster.url }, 5000),
    'nr handed in': openStore({ client: nr }, 5000),
    'io handed in': openStore({ client: io }, 5000),
  }
  const value = Buffer.alloc(1024, 'x')
  for (const n of [100, 5000]) {
    const keys = Array.from({ length: n }, (_, i) => `user:${i}`)
    for (const [name, store] of Object.entries(stores)) {
      await store.connect()
      const t0 = performance.now()
      await store.setMany(
        keys.map((k) => [k, value]),
        null,
      )
      const t1 = performance.now()
      await store.getMany(keys)
      const t2 = performance.now()
      await store.delete(keys)
      const t3 = performance.now()
      await store.setMany(
        keys.map((k) => [k, value]),
        null,
      )
      console.log(n, name, 'set', (t1 - t0).toFixed(1), 'get', (t2 - t1).toFixed(1), 'del', (t3 - t2).toFixed(1))
    }
  }
  const keys = Array.from({ length: 100 }, (_, i) => `user:${i}`)
  const runs: Record<string, () => Promise<unknown>> = {
    'own getMany': () => stores.own.getMany(keys),
    'node-redis mGet': () => nr.mGet(keys),
    'node-redis handed in getMany': () => stores['nr handed in'].getMany(keys),
    'ioredis handed in getMany': () => stores['io handed in'].getMany(keys),
    'own 100 get': () => Promise.all(keys.map((k) => stores.own.get(k))),
    'node-redis 100 get': () => Promise.all(keys.map((k) => nr.get(k))),
    'ioredis 100 get': () => Promise.all(keys.map((k) => io.get(k))),
  }
  for (let round = 0; round < 3; round++)
    for (const [name, run] of Object.entries(runs)) {
      try {
        for (let i = 0; i < 30; i++) await run()
      } catch (e) {
        console.log(name, String(e))
        continue
      }
      const begun = performance.now()
      let count = 0
      while (performance.now() - begun < 1500) {
        await run()
        count++
      }
      const ms = (performance.now() - begun) / count
      console.log(round, name.padEnd(32), ms.toFixed(3), 'ms per 100,', Math.round(100000 / ms), 'keys/s')
    }
  for (const s of Object.values(stores)) await s.close()
  nr.destroy()
  io.disconnect()
  await cluster.stop()
}, 120000)
