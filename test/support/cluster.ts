import { setTimeout as sleep } from 'node:timers/promises'

import { ownNodeRedis } from '../../src/redis/node-redis.ts'
import { slotCount } from '../../src/redis/slots.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

export interface ClusterOptions {
  /** Further arguments of every node, such as `['--requirepass', 'secret']`. */
  readonly args?: readonly string[]
  /** To enter the nodes, where their arguments ask for one. */
  readonly password?: string
}

/** A real Cluster of three masters with a replica each. It ends with this process, whatever becomes of it. */
export interface RedisCluster {
  readonly url: string
  /** The three that begin as masters, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[]
  /** One command at one node. */
  ask(node: RedisServer, ...command: string[]): Promise<unknown>
  /** The node that has a slot, by what the others say. */
  masterOf(slot: number): Promise<RedisServer>
  /** Moves one slot with its keys to another node, as a reshard does. `onKeys` is called when half of its keys are moved. */
  moveSlot(slot: number, to: RedisServer, onHalf?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const masters = 3
/** A node is seen as gone after this time. */
const nodeTimeoutMs = 1000

export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)]
  const fast = ['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0']
  const args = [...own, ...fast, ...(options.args ?? [])]
  const nodes = await Promise.all(Array.from({ length: masters * 2 }, () => startRedis({ args })))
  const cluster = toCluster(nodes, options)
  await form(cluster)
  return cluster
}

function toCluster(nodes: readonly RedisServer[], { password }: ClusterOptions): RedisCluster {
  const ask: RedisCluster['ask'] = async (node, ...command) => {
    const link = ownNodeRedis({
      address: { host: '127.0.0.1', port: node.port, tls: false, password, database: 0 },
      connectTimeoutMs: 5000,
    })
    await link.open()
    try {
      return asText(await link.send(command))
    } finally {
      await link.close()
    }
  }
  const nodeAt = (port: unknown) => nodes.find((node) => node.port === port) as RedisServer
  const idOf = async (node: RedisServer) => String(await ask(node, 'CLUSTER', 'MYID'))
  const cluster: RedisCluster = {
    url: `redis+cluster://${password === undefined ? '' : `:${password}@`}${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    ask,
    masterOf: async (slot) => {
      const from = await Promise.any(nodes.map((node) => ask(node, 'CLUSTER', 'SLOTS')))
      const range = (from as [number, number, [string, number]][]).find(
        ([first, last]) => first <= slot && slot <= last,
      )
      return nodeAt(range?.[2][1])
    },
    moveSlot: async (slot, to, onHalf) => {
      const from = await cluster.masterOf(slot)
      if (from === to) return
      const [source, target] = [await idOf(from), await idOf(to)]
      await ask(to, 'CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', source)
      await ask(from, 'CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', target)
      const keys = (await ask(from, 'CLUSTER', 'GETKEYSINSLOT', String(slot), '100000')) as string[]
      const half = Math.ceil(keys.length / 2)
      for (const [index, key] of keys.entries()) {
        if (index === half) await onHalf?.()
        const access = password === undefined ? [] : ['AUTH', password]
        await ask(from, 'MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', ...access, 'KEYS', key)
      }
      for (const node of [to, from]) await ask(node, 'CLUSTER', 'SETSLOT', String(slot), 'NODE', target)
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
  return cluster
}

async function form({ nodes, ask }: RedisCluster): Promise<void> {
  const [first, ...others] = nodes as [RedisServer, ...RedisServer[]]
  for (const [index, node] of nodes.entries()) await ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  for (const [index, node] of nodes.slice(0, masters).entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((slotCount * part) / masters))
    await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1))
  }
  for (const node of others) await ask(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port))
  await eventually(async () => {
    const known = await Promise.all(nodes.map((node) => ask(node, 'CLUSTER', 'NODES')))
    return known.every((lines) => String(lines).trim().split('\n').length === nodes.length)
  })
  for (const [index, replica] of nodes.slice(masters).entries()) {
    const master = String(await ask(nodes[index] as RedisServer, 'CLUSTER', 'MYID'))
    await eventually(async () => (await ask(replica, 'CLUSTER', 'REPLICATE', master)) === 'OK')
  }
  await eventually(async () => {
    const infos = await Promise.all(nodes.map((node) => ask(node, 'CLUSTER', 'INFO')))
    const roles = await Promise.all(nodes.slice(masters).map((node) => ask(node, 'INFO', 'replication')))
    return (
      infos.every((info) => String(info).includes('cluster_state:ok')) &&
      roles.every((info) => String(info).includes('master_link_status:up'))
    )
  })
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error('The Cluster was not formed within 20 seconds')
    await sleep(50)
  }
}

function asText(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(asText)
  return reply instanceof Uint8Array ? Buffer.from(reply).toString() : reply
}
