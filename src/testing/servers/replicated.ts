import { textIn } from './ask.ts'
import { eventually } from './eventually.ts'
import { type RedisOptions, type RedisServer, type Servers, startRedis } from './redis.ts'
import { allStarted, together } from './together.ts'

/** How a primary and its replicas are started: each of them by these options, on a port of its own. */
export interface ReplicatedOptions extends Omit<RedisOptions, 'port' | 'tls'> {
  /** @defaultValue 2 */
  readonly replicas?: number | undefined
}

/** A primary and its replicas. */
export interface ReplicatedServers extends Servers {
  /** The primary's first: a list that a cache takes as its location. */
  readonly urls: readonly string[]
  readonly primary: RedisServer
  readonly replicas: readonly RedisServer[]
  /** Resolves once every replica that runs has what the primary has now. */
  synced(): Promise<void>
}

/** Starts a primary and its replicas, and resolves once they have what it has. */
export async function startReplicated(options: ReplicatedOptions = {}): Promise<ReplicatedServers> {
  const { replicas: count = 2, ...each } = options
  const primary = await startRedis(each)
  const [replicas, all] = await started(primary, count, each)
  const synced = (): Promise<void> => eventually(() => haveAll(primary, replicas), { what: 'replicas have all' })
  const restart = async (): Promise<void> => {
    // A replica that finds no primary asks again only after a second.
    await primary.restart()
    await together(replicas).restart()
    await synced()
  }
  await synced()
  return { ...all, urls: [primary, ...replicas].map(({ url }) => url), primary, replicas, synced, restart }
}

/** Starts one more replica of a server that was started with the same options. */
export function startReplica(primary: RedisServer, options: RedisOptions = {}): Promise<RedisServer> {
  const args = ['--replicaof', '127.0.0.1', String(primary.port)]
  return startRedis({ ...options, args: [...args, ...(options.args ?? [])] })
}

async function started(
  primary: RedisServer,
  count: number,
  options: RedisOptions,
): Promise<[readonly RedisServer[], Servers]> {
  try {
    const replicas = await allStarted(Array.from({ length: count }, () => startReplica(primary, options)))
    return [replicas, together([primary, ...replicas])]
  } catch (error) {
    await primary.close()
    throw error
  }
}

async function haveAll(primary: RedisServer, replicas: readonly RedisServer[]): Promise<boolean> {
  const written = offsetIn(await primary.ask('INFO', 'replication'), 'master_repl_offset')
  const infos = await Promise.all(replicas.map((replica) => replica.ask('INFO', 'replication').catch(() => undefined)))
  return infos.every(
    (info) =>
      info === undefined ||
      (textIn(info).includes('master_link_status:up') && offsetIn(info, 'slave_repl_offset') >= written),
  )
}

function offsetIn(info: unknown, field: string): number {
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(String(info))?.[1])
}
