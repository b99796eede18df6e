// Requests per second, CPU time and Redis commands per request with sessions on Express: this library, express-session with
// connect-redis, and no sessions at all; each in a process of its own, in turn, against the same server.
// Usage: npm run build && node bench/sessions/run.mjs [redis://127.0.0.1:6379/0] [--seconds 1] [--rounds 15]
// Without a URL it starts a redis-server of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'

import { createClient } from '@redis/client'
import autocannon from 'autocannon'
import { startRedis } from 'everwarm/testing'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '15' },
    pages: { type: 'string' },
  },
})
const given = positionals[0] ?? process.env.REDIS_URL
const server = given === undefined ? await startRedis() : undefined
const url = given ?? server.url
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const connections = 50
const visitors = 500

const yardstick = 'connect-redis'
const names = ['connect-redis', 'everwarm', 'no session']
const pages = values.pages?.split(',') ?? ['/read', '/write', '/ignore']

const redis = await createClient({ url })
  .on('error', () => {})
  .connect()
const sites = []
for (const name of names) sites.push(await startSite(name))

console.log(
  `Node ${process.version}, Express 5, ${connections} connections, ${visitors} sessions, medians of ${rounds} rounds`,
)
await showCommands()
for (const page of pages) await compare(page)

for (const { child } of sites) child.disconnect()
await redis.unlink([...(await keysOf('bench*'))])
redis.destroy()
await server?.close()

async function startSite(name) {
  const child = fork(new URL('server.mjs', import.meta.url), [name, url])
  const [{ port }] = await once(child, 'message')
  const site = { name, child, url: `http://127.0.0.1:${port}` }
  site.cookies = []
  while (site.cookies.length < visitors) site.cookies.push(await beginSession(site))
  return site
}

async function beginSession(site) {
  const response = await fetch(`${site.url}/begin`)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${site.name} began no session: ${response.status}`)
  return (response.headers.getSetCookie()[0] ?? 'none=1').split(';')[0]
}

/** What a hundred requests send over the wire, each of another visitor whom the site has seen before. */
async function showCommands() {
  console.log('\nRedis commands per request')
  const table = {}
  for (const site of sites) {
    table[site.name] = {}
    for (const page of pages) {
      await visitAll(site, page)
      table[site.name][page] = await commandsSent(() => visitAll(site, page))
    }
  }
  console.table(table)
}

async function visitAll(site, page) {
  for (const cookie of site.cookies.slice(0, 100)) {
    await (await fetch(site.url + page, { headers: { cookie } })).arrayBuffer()
  }
}

/** By MONITOR, which tells what scripts call as `lua`: that never went over the wire. */
async function commandsSent(work) {
  const counts = new Map()
  const monitor = await createClient({ url })
    .on('error', () => {})
    .connect()
  await monitor.monitor((line) => {
    const [, from, name] = /^[\d.]+ \[\d+ ([^\]]+)\] "([^"]+)"/.exec(line) ?? []
    if (name !== undefined && from !== 'lua') counts.set(name.toUpperCase(), (counts.get(name.toUpperCase()) ?? 0) + 1)
  })
  await work()
  // What was sent before it is told before it.
  await redis.ping()
  monitor.destroy()
  counts.delete('PING')
  return [...counts].map(([name, calls]) => `${calls / 100} ${name}`).join(', ') || 'none'
}

/**
 * The contenders in turn, many short rounds, and each compared with the yardstick of the same round: what slows the machine
 * for a while slows both.
 */
async function compare(page) {
  const seen = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const site of sites) {
      const result = await load(site, page)
      if (round > 0) seen[site.name].push(result)
    }
  }
  console.log(`\nGET ${page}`)
  const firsts = seen[yardstick]
  for (const name of names) {
    const all = seen[name]
    const rate = median(all.map((each) => each.rate))
    const faster = median(all.map((each, round) => each.rate / firsts[round].rate))
    const cost = median(all.map((each) => each.cost))
    const cheaper = median(all.map((each, round) => firsts[round].cost / each.cost))
    console.log(
      `${name.padEnd(14)} ${rate.toFixed(0).padStart(7)} requests/s ${faster.toFixed(2).padStart(6)}` +
        `   ${cost.toFixed(0).padStart(5)} us of CPU a request ${cheaper.toFixed(2).padStart(6)}`,
    )
  }
}

/** Requests per second, and the site's own CPU time for each: that says more where others use the machine as well. */
async function load({ url: site, cookies, child }, page) {
  const requests = cookies.map((cookie) => ({ method: 'GET', path: page, headers: { cookie } }))
  // Each connection begins with other visitors: else all would ask for the same one at once.
  let begins = 0
  const setupClient = (client) => {
    const from = (begins++ * cookies.length) / connections
    client.setRequests([...requests.slice(from), ...requests.slice(0, from)])
  }
  const begun = await cpuOf(child)
  const result = await autocannon({ url: site, connections, duration: seconds, requests, setupClient })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${page}: ${result.non2xx} bad answers, ${result.errors} errors`)
  const cost = ((await cpuOf(child)) - begun) / result['2xx']
  return { rate: result['2xx'] / result.duration, cost }
}

/** Microseconds of CPU that a site has used. */
async function cpuOf(child) {
  child.send('cpu')
  const [{ cpu }] = await once(child, 'message')
  return cpu.user + cpu.system
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

async function keysOf(pattern) {
  const keys = []
  for await (const page of redis.scanIterator({ MATCH: pattern, COUNT: 1000 })) keys.push(...page)
  return keys.length === 0 ? ['bench'] : keys
}
