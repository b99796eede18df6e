import { slotCount } from '../../redis/slots.ts'
import { textIn } from './ask.ts'
import { eventually } from './eventually.ts'
import { moveSlot, type SlotMove } from './move-slot.ts'
import { accessIn, type RedisOptions, type RedisServer, type Servers, startRedis } from './redis.ts'
import { allStarted, together } from './together.ts'

/** How a Cluster is started: each node by these options, on a port of its own. */
export interface ClusterOptions extends Omit<RedisOptions, 'port' | 'tls'> {
  /** @defaultValue 3 */
  readonly masters?: number | undefined
  /** Of each master. @defaultValue 1 */
  readonly replicas?: number | undefined
  /** After how long a silence a node is seen as gone. @defaultValue 1000 */
  readonly nodeTimeoutMs?: number | undefined
}

/** A real Cluster. */
export interface ClusterServers extends Servers {
  /** A location that names all nodes. */
  readonly url: string
  /** Those that begin as masters, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[]
  /** The node that has a slot, by what the others say. */
  masterOf(slot: number): Promise<RedisServer>
  /** Moves one slot with its keys to another node, as a reshard does. `onHalf` is called when half of its keys are moved. */
  moveSlot(slot: number, to: RedisServer, onHalf?: () => Promise<void>): Promise<void>
  /** Lets a replica take the slots of the master that has this slot; resolves to it. */
  failover(slot: number): Promise<RedisServer>
}

/** Starts a Cluster, and resolves once every slot is served and every replica has what its master has. */
export async function startCluster(options: ClusterOptions = {}): Promise<ClusterServers> {
  const { masters = 3, replicas = 1, nodeTimeoutMs = 1000, ...each } = options
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)]
  const fast = ['--cluster-replica-validity-factor', '0']
  const args = [...own, ...fast, ...(options.args ?? [])]
  const start = () => startRedis({ ...each, args })
  const nodes = await allStarted(Array.from({ length: masters * (1 + replicas) }, start))
  const all = together(nodes)
  try {
    await form(nodes, masters)
    return toCluster({ nodes, all, masters, options: each })
  } catch (error) {
    await all.close()
    throw error
  }
}

interface Parts {
  readonly nodes: readonly RedisServer[]
  readonly all: Servers
  readonly masters: number
  readonly options: RedisOptions
}

function toCluster({ nodes, all, masters, options }: Parts): ClusterServers {
  const masterOf = async (slot: number): Promise<RedisServer> => {
    const owner = await masterPort(nodes, slot)
    const found = nodes.find(({ port }) => port === owner)
    if (found === undefined) throw new Error(`No node has the slot ${slot}`)
    return found
  }
  const move = (slot: number, way: Omit<SlotMove, 'slot'>): Promise<void> => moveSlot({ slot, ...way }, options)
  return {
    ...all,
    url: `redis+cluster://${accessIn(options)}${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    masterOf,
    moveSlot: async (slot, to, onHalf) => move(slot, { from: await masterOf(slot), to, onHalf }),
    failover: async (slot) => {
      const before = await masterOf(slot)
      const next = await replicaOf(nodes, before)
      if (next === undefined) throw new Error(`The master of slot ${slot} has no replica to take its place`)
      await next.ask('CLUSTER', 'FAILOVER')
      await eventually(async () => (await masterOf(slot)) !== before, { what: `slot ${slot} has another master` })
      return next
    },
    restart: async () => {
      await all.restart()
      await untilWhole(nodes, masters)
    },
  }
}

/** By the first node that answers. */
async function masterPort(nodes: readonly RedisServer[], slot: number): Promise<number | undefined> {
  const ranges = (await Promise.any(nodes.map((node) => node.ask('CLUSTER', 'SLOTS')))) as readonly SlotRange[]
  return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2][1]
}

type SlotRange = readonly [first: number, last: number, master: readonly [host: string, port: number]]

/** By what the master says, whose `CLUSTER SLOTS` hides a replica that has nothing yet. */
async function replicaOf(nodes: readonly RedisServer[], master: RedisServer): Promise<RedisServer | undefined> {
  const lines = (await linesOf([master], 'NODES')).flat().map((line) => line.split(' '))
  const [id] = lines.find(([, , flags]) => flags?.includes('myself')) ?? []
  const followers = lines.filter(([, , flags, of]) => of === id && flags?.includes('fail') === false)
  const ports = followers.map(([, place]) => Number(/:(\d+)@/.exec(place ?? '')?.[1]))
  return nodes.find(({ port }) => ports.includes(port))
}

async function form(nodes: readonly RedisServer[], masters: number): Promise<void> {
  const [first] = nodes as readonly [RedisServer]
  for (const [index, node] of nodes.entries()) await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  for (const [index, node] of nodes.slice(0, masters).entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((slotCount * part) / masters)) as [number, number]
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1))
  }
  for (const node of nodes.slice(1)) await node.ask('CLUSTER', 'MEET', '127.0.0.1', String(first.port))
  await eventually(async () => (await linesOf(nodes, 'NODES')).every((lines) => lines.length === nodes.length), {
    what: 'the nodes of the Cluster know each other',
  })
  for (const [index, replica] of nodes.slice(masters).entries()) {
    const master = textIn(await (nodes[index % masters] as RedisServer).ask('CLUSTER', 'MYID'))
    const follows = async () => (await replica.ask('CLUSTER', 'REPLICATE', master)) === 'OK'
    await eventually(follows, { what: 'a replica of the Cluster follows its master' })
  }
  await untilWhole(nodes, masters)
}

/** Until every node sees every slot served and knows every replica, and these are connected to their masters. */
async function untilWhole(nodes: readonly RedisServer[], masters: number): Promise<void> {
  const isWhole = async (): Promise<boolean> => {
    const states = await linesOf(nodes, 'INFO')
    const views = await linesOf(nodes, 'NODES')
    const roles = await Promise.all(nodes.map((node) => node.ask('INFO', 'replication')))
    return (
      states.every((lines) => lines.includes('cluster_state:ok')) &&
      views.every((lines) => lines.filter((line) => line.includes('slave')).length === nodes.length - masters) &&
      roles.every((role) => !textIn(role).includes('master_link_status:down'))
    )
  }
  await eventually(isWhole, { what: 'the Cluster is whole' })
}

async function linesOf(nodes: readonly RedisServer[], what: string): Promise<string[][]> {
  const answers = await Promise.all(nodes.map((node) => node.ask('CLUSTER', what)))
  return answers.map((answer) => textIn(answer).trim().split(/\r?\n/))
}
