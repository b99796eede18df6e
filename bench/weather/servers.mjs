import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { slotCount } from '../../dist/redis/slots.js'
import { ensureRedis } from '../../scripts/servers.mjs'
import { ask, eventually } from './asking.mjs'

const running = new Set()
process.on('exit', () => {
  for (const end of running) end()
})

/** A redis-server of its own, which ends with this process. */
export async function startRedis({ args = [], sentinel } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'everwarm-weather-'))
  const port = await freePort()
  const own = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', ''].map(String)
  let child
  const begin = async () => {
    const file = join(folder, 'sentinel.conf')
    if (sentinel !== undefined) writeFileSync(file, sentinel(port, folder))
    child = spawn(ensureRedis(), sentinel === undefined ? [...own, ...args] : [file, '--sentinel'], { stdio: 'ignore' })
    await eventually(async () => (await ask(port, 'PING')) === 'PONG')
  }
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const end = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  running.add(end)
  await begin()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    kill,
    restart: begin,
    stop: async () => {
      await kill()
      running.delete(end)
      end()
    },
  }
}

/** A primary with two replicas, watched by three Sentinels. */
export async function startSentinels() {
  const fast = ['--repl-diskless-sync-delay', '0']
  const primary = await startRedis({ args: fast })
  const args = ['--replicaof', '127.0.0.1', String(primary.port), ...fast]
  const replicas = await Promise.all([startRedis({ args }), startRedis({ args })])
  const upToDate = async ({ port }) => (await ask(port, 'INFO', 'replication')).includes('master_link_status:up')
  for (const replica of replicas) await eventually(() => upToDate(replica))
  const sentinel = (port, folder) =>
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
      'sentinel down-after-milliseconds main 400',
      'sentinel failover-timeout main 3000',
      '',
    ].join('\n')
  const sentinels = await Promise.all([1, 2, 3].map(() => startRedis({ sentinel })))
  for (const { port } of sentinels) {
    await eventually(async () => {
      const known = [await ask(port, 'SENTINEL', 'SENTINELS', 'main'), await ask(port, 'SENTINEL', 'REPLICAS', 'main')]
      return known.every((list) => list.length === 2)
    })
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/main/0`,
    primary,
    sentinels,
    stop: () => stopAll([...sentinels, primary, ...replicas]),
  }
}

/** Three masters, then a replica of each in the same order. */
export async function startCluster() {
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const fast = ['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0']
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startRedis({ args: [...own, ...fast] })))
  await form(nodes)
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    stop: () => stopAll(nodes),
  }
}

/** The port of the master that has a slot, as a node says. */
export async function masterOf(port, slot) {
  const ranges = await ask(port, 'CLUSTER', 'SLOTS')
  return ranges.find(([first, last]) => first <= slot && slot <= last)[2][1]
}

/** Moves a slot with its keys, as a reshard does. */
export async function moveSlot(from, to, slot) {
  const [source, target] = [await ask(from, 'CLUSTER', 'MYID'), await ask(to, 'CLUSTER', 'MYID')]
  await ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
  await ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
  for (;;) {
    const keys = await ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, 10)
    if (keys.length === 0) break
    for (const key of keys) await ask(from, 'MIGRATE', '127.0.0.1', to, '', 0, 5000, 'KEYS', key)
  }
  for (const port of [to, from]) await ask(port, 'CLUSTER', 'SETSLOT', slot, 'NODE', target)
}

async function form(nodes) {
  const [{ port: first }] = nodes
  for (const [index, { port }] of nodes.entries()) await ask(port, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
  for (const [index, { port }] of nodes.slice(0, 3).entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((slotCount * part) / 3))
    await ask(port, 'CLUSTER', 'ADDSLOTSRANGE', from, to - 1)
  }
  for (const { port } of nodes.slice(1)) await ask(port, 'CLUSTER', 'MEET', '127.0.0.1', first)
  await eventually(async () => {
    const known = await Promise.all(nodes.map(({ port }) => ask(port, 'CLUSTER', 'NODES')))
    return known.every((lines) => lines.trim().split('\n').length === nodes.length)
  })
  for (const [index, { port }] of nodes.slice(3).entries()) {
    const master = await ask(nodes[index].port, 'CLUSTER', 'MYID')
    await eventually(async () => (await ask(port, 'CLUSTER', 'REPLICATE', master)) === 'OK')
  }
  await eventually(async () => {
    const infos = await Promise.all(nodes.map(({ port }) => ask(port, 'CLUSTER', 'INFO')))
    const roles = await Promise.all(nodes.slice(3).map(({ port }) => ask(port, 'INFO', 'replication')))
    return (
      infos.every((info) => info.includes('cluster_state:ok')) &&
      roles.every((info) => info.includes('master_link_status:up'))
    )
  })
}

async function freePort() {
  const port = randomInt(11_000, 21_000)
  return (await canListen(port)) && (await canListen(port + 10_000)) ? port : freePort()
}

async function canListen(port) {
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.close()
  return isFree
}

async function stopAll(servers) {
  await Promise.all(servers.map((server) => server.stop()))
}
