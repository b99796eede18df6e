import { setTimeout as sleep } from 'node:timers/promises'

import { createFaultProxy, startCluster, startRedis, startSentinels } from 'everwarm/testing'

import { slotOf } from '../../dist/redis/slots.js'
import { ask, eventually, now, untilAnswering } from './asking.mjs'
import { startBabbler } from './babbler.mjs'
import { counters } from './load.mjs'

/**
 * The weathers. `open` starts what is needed. `happen` lets the fault come and go within about `ms`, and answers the moments
 * at which the service could be reached again, as something sees it that does not use this package. `watch` says which
 * successes count after that: all, unless there is more to it. `mayFail`: whether calls may fail at all; `mayLose`: whether
 * Redis itself loses acknowledged writes there.
 */
export const scenarios = [
  {
    name: 'calm',
    title: 'nothing happens',
    open: openServer,
    mayFail: false,
    happen: async (_, ms) => {
      await sleep(ms)
      return []
    },
  },
  {
    name: 'stop',
    title: 'SIGSTOP, then SIGCONT',
    open: openServer,
    mayFail: true,
    happen: async ({ server }, ms) => {
      server.pause()
      await sleep(ms)
      server.resume()
      return [await untilAnswering(server.port)]
    },
  },
  {
    name: 'kill',
    title: 'SIGKILL, then a restart',
    // So Redis writes to the file before it answers, and a killed process loses nothing that it acknowledged. With
    // `everysec` it may put the writing off for as long as the disk is busy.
    open: () => openServer({ config: { appendonly: 'yes', appendfsync: 'no' } }),
    mayFail: true,
    happen: async ({ server }, ms) => {
      await server.kill()
      await sleep(ms)
      const [moment] = await Promise.all([untilAnswering(server.port), server.restart()])
      return [moment]
    },
  },
  {
    name: 'hole',
    title: 'black hole',
    open: openProxy,
    mayFail: true,
    happen: async ({ proxy }, ms) => {
      proxy.blackHole()
      await sleep(ms)
      await proxy.resume()
      return [await untilAnswering(proxy.port)]
    },
  },
  {
    name: 'cut',
    title: 'cut in the middle of an answer, again and again',
    open: openProxy,
    mayFail: true,
    happen: async ({ proxy }, ms) => {
      const moments = []
      for (const end = now() + ms; now() < end;) {
        proxy.halfAnswer(1 + Math.floor(Math.random() * 2000), 'cut')
        await sleep(100)
        await proxy.resume()
        moments.push(await untilAnswering(proxy.port))
        await sleep(600)
      }
      return moments
    },
  },
  {
    name: 'slow',
    title: '300 ms delay',
    open: openProxy,
    mayFail: false,
    happen: async ({ proxy }, ms) => {
      proxy.delay(150)
      await sleep(ms)
      await proxy.resume()
      return []
    },
  },
  {
    name: 'garbage',
    title: 'a server that answers garbage',
    open: openBabbler,
    mayFail: true,
    happen: async ({ babbler }, ms) => {
      babbler.babble()
      await sleep(ms)
      babbler.talk()
      return [await untilAnswering(babbler.port)]
    },
  },
  {
    name: 'full',
    title: 'a full server (maxmemory, noeviction)',
    open: openServer,
    mayFail: true,
    watch: () => ({ writes: true }),
    happen: async ({ server }, ms) => {
      await ask(server.port, 'CONFIG', 'SET', 'maxmemory', '1mb')
      await sleep(ms)
      await ask(server.port, 'CONFIG', 'SET', 'maxmemory', '0')
      return [await untilWritable(server.port, 'probe')]
    },
  },
  {
    name: 'sentinel',
    title: 'Sentinel failover: the primary is killed',
    open: openSentinels,
    mayFail: true,
    mayLose: true,
    happen: async ({ all: { servers, sentinels, service } }) => {
      await servers[0].kill()
      return [await untilPrimary(sentinels, service)]
    },
  },
  {
    name: 'failover',
    title: 'Cluster failover: a master is killed',
    open: openCluster,
    mayFail: true,
    mayLose: true,
    watch: () => ({ slots: [[0, 5460]] }),
    happen: async ({ all: { nodes } }) => {
      await nodes[0].kill()
      // This key is in the slots of the node that was killed.
      return [await untilWritable(nodes[3].port, 'probe')]
    },
  },
  {
    name: 'reshard',
    title: 'Cluster resharding while in use',
    open: openCluster,
    mayFail: false,
    happen: async ({ all }, ms) => {
      const masters = all.nodes.slice(0, 3)
      const slots = busySlots()
      for (const end = now() + ms; now() < end;) {
        const slot = slots.next().value
        const from = await all.masterOf(slot)
        await all.moveSlot(slot, masters[(masters.indexOf(from) + 1) % 3])
      }
      return []
    },
  },
]

/** What must be found: played only by its name, so that the tests see that the judge is awake. */
export const controls = [
  {
    name: 'meddler',
    title: 'somebody deletes values, exchanges them and counts along',
    open: openServer,
    mayFail: true,
    happen: async ({ server: { port } }, ms) => {
      const wireKey = (index) => `weather:1:own:a:${index}`
      for (let index = 0; index < 200; index += 2) {
        await ask(port, 'COPY', wireKey(index), wireKey(index + 1), 'REPLACE')
        await ask(port, 'DEL', wireKey(index))
      }
      await ask(port, 'INCRBY', 'weather:1:count:0', 1000)
      await sleep(ms)
      return []
    },
  },
]

async function openServer(options) {
  const server = await startRedis(options)
  return { server, location: server.url, close: server.close }
}

async function openProxy() {
  const server = await startRedis()
  const proxy = await createFaultProxy({ target: server.url })
  return { proxy, location: proxy.url, close: () => closeBoth(proxy, server) }
}

async function openBabbler() {
  const server = await startRedis()
  const babbler = await startBabbler(server.port)
  return { babbler, location: `redis://127.0.0.1:${babbler.port}`, close: () => closeBoth(babbler, server) }
}

async function openSentinels() {
  const all = await startSentinels()
  return { all, location: all.url, close: all.close }
}

async function openCluster() {
  const all = await startCluster({ nodeTimeoutMs: 2000 })
  return { all, location: all.url, close: all.close }
}

async function closeBoth(front, server) {
  await front.close()
  await server.close()
}

function untilWritable(port, key) {
  return eventually(async () => (await ask(port, 'SET', key, '1')) === 'OK', { everyMs: 5 })
}

/** As a client does: a Sentinel names a primary, and that one takes a write. */
function untilPrimary(sentinels, service) {
  const isThere = async ({ port }) => {
    const [, primary] = await ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service)
    if ((await ask(Number(primary), 'SET', 'probe', '1')) !== 'OK') throw new Error('no primary')
    return true
  }
  return eventually(() => Promise.any(sentinels.map(isThere)), { everyMs: 5 })
}

/** Slots of keys in use, each once: the nodes hear only after a while who has one that has moved. */
function busySlots() {
  const keys = Array.from({ length: 2000 }, (_, index) => `own:${'ab'[index % 2]}:${index >> 1}`)
  return new Set([...counters, ...keys].map((key) => slotOf(`weather:1:${key}`))).values()
}
