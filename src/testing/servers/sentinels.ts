import type { Answer } from './ask.ts'
import { eventually } from './eventually.ts'
import { accessIn, type RedisServer, type Servers } from './redis.ts'
import { type ReplicatedOptions, type ReplicatedServers, startReplicated } from './replicated.ts'
import { type SentinelOptions, type SentinelServer, startSentinel } from './sentinel.ts'
import { allStarted, together } from './together.ts'

/** How a primary, its replicas and the Sentinels that watch them are started. */
export interface SentinelsOptions
  extends ReplicatedOptions, Pick<SentinelOptions, 'sentinelPassword' | 'quorum' | 'downAfterMs'> {
  /** What the primary is known as. @defaultValue `'mymaster'` */
  readonly service?: string | undefined
  /** @defaultValue 3 */
  readonly sentinels?: number | undefined
}

/** A primary, its replicas and the Sentinels that watch them. */
export interface SentinelServers extends Servers {
  /** A location that names the Sentinels and the service; the Sentinels' own password is an option of the cache. */
  readonly url: string
  readonly service: string
  readonly sentinels: readonly SentinelServer[]
  /** The primary and its replicas, in the roles they began with. */
  readonly servers: readonly RedisServer[]
  /** The primary by what the Sentinels say now. Rejects while they do not agree. */
  primary(): Promise<RedisServer>
  /** Lets the Sentinels make a replica the primary, and resolves to it once they say so. */
  failover(): Promise<RedisServer>
}

/** Starts a primary, its replicas and Sentinels, and resolves once these know each other and all of them. */
export async function startSentinels(options: SentinelsOptions = {}): Promise<SentinelServers> {
  const { sentinels: count = 3, service = 'mymaster', ...rest } = options
  const replicated = await startReplicated(rest)
  try {
    const { primary } = replicated
    const start = () => startSentinel({ ...rest, service, primary })
    const sentinels = await allStarted(Array.from({ length: count }, start))
    return await toServers({ options, service, replicated, sentinels })
  } catch (error) {
    await replicated.close()
    throw error
  }
}

interface Parts {
  readonly options: SentinelsOptions
  readonly service: string
  readonly replicated: ReplicatedServers
  readonly sentinels: readonly SentinelServer[]
}

async function toServers({ options, service, replicated, sentinels }: Parts): Promise<SentinelServers> {
  const servers = [replicated.primary, ...replicated.replicas]
  const all = together([...servers, ...sentinels])
  const primary = () => namedPrimary(sentinels, service, servers)
  const known = () => untilKnown(sentinels, service, replicated.replicas.length)
  await known().catch(async (error: unknown) => {
    await all.close()
    throw error
  })
  return {
    ...all,
    url: `redis+sentinel://${accessIn(options)}${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${service}/0`,
    service,
    sentinels,
    servers,
    primary,
    failover: async () => {
      const before = await primary()
      // Only one: each that is told to would promote a replica of its own choice.
      // Refused while another one is under way, and until a replica has been seen for a while.
      await eventually(() => isOrdered(sentinels, service), { what: 'the Sentinels begin a failover' })
      await eventually(async () => (await primary()) !== before, { what: 'all Sentinels name another primary' })
      return primary()
    },
    restart: async () => {
      await all.restart()
      await known()
    },
  }
}

async function isOrdered(sentinels: readonly SentinelServer[], service: string): Promise<boolean> {
  for (const one of sentinels) {
    const answer = await one.ask('SENTINEL', 'FAILOVER', service).catch(() => undefined)
    if (answer === 'OK') return true
  }
  return false
}

/** @throws Error while they do not agree */
async function namedPrimary(
  sentinels: readonly SentinelServer[],
  service: string,
  servers: readonly RedisServer[],
): Promise<RedisServer> {
  const answers = await Promise.allSettled(
    sentinels.map((one) => one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service)),
  )
  const ports = answers.flatMap((answer) =>
    answer.status === 'fulfilled' && Array.isArray(answer.value) ? [Number(answer.value[1])] : [],
  )
  const found = servers.find(({ port }) => ports.length > 0 && ports.every((named) => named === port))
  if (found === undefined) throw new Error(`The Sentinels name no one primary of the service "${service}"`)
  return found
}

async function untilKnown(sentinels: readonly SentinelServer[], service: string, replicas: number): Promise<void> {
  const knowsAll = async (sentinel: SentinelServer): Promise<boolean> => {
    const facts = await sentinel.ask('SENTINEL', 'MASTER', service)
    return countIn(facts, 'num-slaves') >= replicas && countIn(facts, 'num-other-sentinels') >= sentinels.length - 1
  }
  const allKnow = async (): Promise<boolean> => (await Promise.all(sentinels.map(knowsAll))).every(Boolean)
  await eventually(allKnow, { what: 'the Sentinels know each other and all servers' })
}

function countIn(facts: Answer, name: string): number {
  return typeof facts === 'object' && facts !== null ? Number(Reflect.get(facts, name)) : Number.NaN
}
