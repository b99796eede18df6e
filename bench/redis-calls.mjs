// Calls per second on one Redis, everwarm beside the client it is built on: the same process, the same server, in turn.
// Usage: npm run build && node bench/redis-calls.mjs [redis://127.0.0.1:6379/0]
// Without a URL it starts a redis-server of its own.
import { createClient } from '@redis/client'
import { createCache } from 'everwarm'
import { json } from 'everwarm/codecs'
import { startRedis } from 'everwarm/testing'

const given = process.argv[2] ?? process.env.REDIS_URL
const server = given === undefined ? await startRedis() : undefined
const url = given ?? server.url
const rounds = 5
const msPerRound = 700
const keys = Array.from({ length: 1000 }, (_, index) => `bench:${index}`)
const value = { id: 1, name: 'x'.repeat(950) }
const text = JSON.stringify(value)

const plain = await createClient({ url })
  .on('error', () => {})
  .connect()
const tuned = await createClient({ url, commandOptions: { timeout: undefined } })
  .on('error', () => {})
  .connect()
const cache = createCache({ location: url, keyPrefix: 'bench', serializer: json() })

/** Name to one call; the first of a group is what the others are compared with. */
const groups = {
  get: {
    'node-redis as it comes': async (key) => JSON.parse(await plain.get(key)),
    'node-redis, its timeout off': async (key) => JSON.parse(await tuned.get(key)),
    everwarm: (key) => cache.get(key),
  },
  set: {
    'node-redis as it comes': (key) => plain.set(key, JSON.stringify(value), { PX: 300_000 }),
    'node-redis, its timeout off': (key) => tuned.set(key, JSON.stringify(value), { PX: 300_000 }),
    everwarm: (key) => cache.set(key, value),
  },
}

for (const key of keys) {
  await plain.set(key, text)
  await cache.set(key, value)
}

for (const [operation, contenders] of Object.entries(groups)) {
  for (const inFlight of [1, 10, 100]) await compare(operation, contenders, inFlight)
}

await cache.deletePattern('bench:*')
await plain.unlink(keys)
await cache.close()
plain.destroy()
tuned.destroy()
await server?.close()

/** The contenders in turn, several rounds, so that a slow moment of the machine meets all; medians. */
async function compare(operation, contenders, inFlight) {
  const rates = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, call] of Object.entries(contenders)) {
      const rate = await callsPerSecond(call, inFlight)
      if (round > 0) rates[name].push(rate)
    }
  }
  const first = median(Object.values(rates)[0])
  for (const [name, samples] of Object.entries(rates)) {
    const rate = median(samples)
    const shown = Math.round(rate).toLocaleString('en').padStart(9)
    console.log(
      `${operation} x${String(inFlight).padEnd(4)} ${name.padEnd(30)} ${shown}/s  ${(rate / first).toFixed(2)}`,
    )
  }
}

async function callsPerSecond(call, inFlight) {
  const begun = performance.now()
  const end = begun + msPerRound
  let calls = 0
  const work = async (worker) => {
    for (let index = worker; performance.now() < end; index += inFlight) {
      await call(keys[index % keys.length])
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, worker) => work(worker)))
  return (calls * 1000) / (performance.now() - begun)
}

function median(samples) {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]
}
