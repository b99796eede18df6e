// 100 keys of 1 KB on a Cluster, read at once and one by one, beside node-redis and ioredis.
// Usage: npm run build && node bench/cluster.mjs [redis+cluster://127.0.0.1:7000]
// Without a URL it starts a Cluster of its own.
import { createCluster } from '@redis/client'
import { createCache } from 'everwarm'
import { startCluster } from 'everwarm/testing'
import { Cluster } from 'ioredis'

const servers = process.argv[2] === undefined ? await startCluster() : undefined
const url = process.argv[2] ?? servers.url
const [host, port] = url
  .replace(/^.*[/@]/, '')
  .split(',')[0]
  .split(':')
const serializer = { name: 'bytes', serialize: (value) => value, deserialize: (bytes) => bytes, accepts: () => true }
const cache = createCache({ location: url, serializer, keyPrefix: 'bench', deadline: '10s' })
const nodeRedis = createCluster({ rootNodes: [{ socket: { host, port: Number(port) } }] })
await nodeRedis.connect()
const ioredis = new Cluster([{ host, port: Number(port) }])

const keys = Array.from({ length: 100 }, (_, index) => `user:${index}`)
const wireKeys = keys.map((key) => cache.makeKey(key))
await cache.setMany(keys.map((key) => [key, Buffer.alloc(1024, 'x')]))

const contenders = {
  'everwarm getMany': () => cache.getMany(keys),
  'node-redis mGet': () => nodeRedis.mGet(wireKeys),
  'everwarm 100 get': () => Promise.all(keys.map((key) => cache.get(key))),
  'node-redis 100 get': () => Promise.all(wireKeys.map((key) => nodeRedis.get(key))),
  'ioredis 100 get': () => Promise.all(wireKeys.map((key) => ioredis.get(key))),
}
const best = new Map()
for (let round = 0; round < 5; round++) {
  for (const [name, run] of Object.entries(contenders))
    best.set(name, Math.min(best.get(name) ?? Infinity, await time(run)))
}
for (const [name, ms] of best) console.log(`${name.padEnd(20)} ${ms.toFixed(2)} ms, ${Math.round(100_000 / ms)} keys/s`)

await cache.clear()
await cache.close()
nodeRedis.destroy()
ioredis.disconnect()
await servers?.close()

/** Milliseconds for one run, in the best of several rounds: other work on the machine only adds. */
async function time(run) {
  for (let warm = 0; warm < 20; warm++) await run()
  const begun = performance.now()
  let runs = 0
  for (; performance.now() - begun < 1000; runs++) await run()
  return (performance.now() - begun) / runs
}
