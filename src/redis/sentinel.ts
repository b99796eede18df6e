import type { ConnectionOptions } from 'node:tls'

import { toText } from '../base/bytes.ts'
import { ConnectionError } from '../errors.ts'
import type { HostPort } from './host-port.ts'
import type { Link, Reply } from './link.ts'
import { ownNodeRedis } from './node-redis.ts'
import { refusalWord } from './refusal.ts'
import { describeSentinels, type SentinelAddress } from './sentinel-url.ts'

/** How to enter the Sentinels themselves. */
export interface SentinelAccess {
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Makes the connections to them TLS. */
  readonly tls?: ConnectionOptions | undefined
}

export interface SentinelSettings {
  readonly address: SentinelAddress
  /** For the servers, when their URL is `rediss+sentinel:`. */
  readonly tls?: ConnectionOptions | undefined
  readonly sentinel?: SentinelAccess | undefined
  readonly connectTimeoutMs: number
}

/**
 * A connection to whatever the Sentinels call the primary (or a replica) at that moment. They are asked again for every
 * new connection, and a server that turns out to be no primary any more is let go of.
 */
export function sentinelNodeRedis(settings: SentinelSettings): Link {
  const { address } = settings
  const server = describeSentinels(address)
  let sentinels = [...address.sentinels]
  let current: Link | undefined
  let opening: Promise<Link> | undefined
  const loader = serverLink(settings, { host: 'localhost', port: 6379 })

  async function open(): Promise<void> {
    if (current?.isReady === true) return
    opening ??= find().finally(() => (opening = undefined))
    current = await opening
  }

  async function find(): Promise<Link> {
    const failures: unknown[] = []
    for (const sentinel of sentinels) {
      try {
        const link = await connectAsToldBy(sentinel, settings)
        sentinels = [sentinel, ...sentinels.filter((other) => other !== sentinel)]
        return link
      } catch (error) {
        failures.push(error)
      }
    }
    throw nothingFound(settings, failures)
  }

  function drop(): void {
    const last = current
    current = undefined
    last?.drop()
  }

  /** A failover makes a primary a replica without ending its connections. */
  async function unlessDemoted<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (refusalWord(error) === 'READONLY') drop()
      throw error
    }
  }

  return {
    server,
    get isReady() {
      return current !== undefined && current.isReady
    },
    load: () => loader.load(),
    open,
    send: (command) => (current === undefined ? Promise.reject(gone(server)) : unlessDemoted(current.send(command))),
    transaction: (commands) =>
      current === undefined ? Promise.reject(gone(server)) : unlessDemoted(current.transaction(commands)),
    drop,
    async close() {
      const last = current ?? (await opening?.catch(() => undefined))
      current = undefined
      await last?.close()
    },
    async raw() {
      await open()
      return current?.raw()
    },
  }
}

/** A connection to the first of the servers named by this Sentinel that is what it is said to be. */
async function connectAsToldBy(sentinel: HostPort, settings: SentinelSettings): Promise<Link> {
  const wanted = settings.address.role === 'primary' ? 'master' : 'slave'
  const primary = (reply: Reply) => (reply === null ? [] : [pairOf(reply as readonly Reply[])])
  const { service } = settings.address
  return asking(sentinel, settings, async (ask) => {
    if (wanted === 'slave') {
      const replicas = shuffled(replicasOf(await ask(['SENTINEL', 'REPLICAS', service])))
      const link = await firstInRole(replicas, wanted, settings).catch(() => undefined)
      if (link !== undefined) return link
    }
    // Where no replica is left, reads are for the primary.
    return firstInRole(primary(await ask(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service])), 'master', settings)
  })
}

type Ask = (command: readonly string[]) => Promise<Reply>

async function asking<T>(sentinel: HostPort, settings: SentinelSettings, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { username, password, tls } = settings.sentinel ?? {}
  const link = ownNodeRedis({
    address: { ...sentinel, tls: tls !== undefined, username, password, database: 0 },
    tls,
    connectTimeoutMs: shareOfTime(settings),
  })
  try {
    await link.open()
    return await work((command) => link.send(command))
  } finally {
    await link.close()
  }
}

async function firstInRole(servers: readonly HostPort[], role: string, settings: SentinelSettings): Promise<Link> {
  const failures: unknown[] = []
  for (const place of servers) {
    const link = serverLink(settings, place)
    try {
      await link.open()
      // A Sentinel may not have heard of a failover yet.
      const [found] = (await link.send(['ROLE'])) as readonly Reply[]
      if (textOf(found) === role) return link
      failures.push(new Error(`${link.server} is no ${role}`))
    } catch (error) {
      failures.push(error)
    }
    await link.close()
  }
  throw failures.length === 1
    ? failures[0]
    : new AggregateError(failures, `No server in the role of a ${role} was found`)
}

function serverLink(settings: SentinelSettings, place: HostPort): Link {
  const { tls, username, password, database } = settings.address
  return ownNodeRedis({
    address: { ...place, tls, username, password, database },
    tls: settings.tls,
    connectTimeoutMs: shareOfTime(settings),
  })
}

/** One that says nothing must leave time for another one. */
function shareOfTime({ connectTimeoutMs, address }: SentinelSettings): number {
  return Math.max(20, Math.floor(connectTimeoutMs / (address.sentinels.length + 1)))
}

function pairOf([host, port]: readonly Reply[]): HostPort {
  return { host: textOf(host), port: Number(textOf(port)) }
}

/** The replicas that are up, out of the fields that Sentinel knows of each. */
function replicasOf(reply: Reply): HostPort[] {
  const all = Array.isArray(reply) ? (reply as readonly Reply[]).map(fieldsOf) : []
  return all
    .filter((fields) => !/s_down|o_down|disconnected|master_down/.test(fields.get('flags') ?? ''))
    .map((fields) => ({ host: fields.get('ip') ?? '', port: Number(fields.get('port')) }))
}

/** A list of names and values in RESP2, an object in RESP3. */
function fieldsOf(reply: Reply): Map<string, string> {
  if (!Array.isArray(reply)) {
    return new Map(Object.entries(reply as object).map(([name, value]) => [name, textOf(value as Reply)]))
  }
  const flat = reply as readonly Reply[]
  return new Map(Array.from({ length: flat.length >> 1 }, (_, i) => [textOf(flat[2 * i]), textOf(flat[2 * i + 1])]))
}

function shuffled<T>(items: readonly T[]): T[] {
  const start = Math.floor(Math.random() * items.length)
  return [...items.slice(start), ...items.slice(0, start)]
}

function textOf(reply: Reply | undefined): string {
  return reply instanceof Uint8Array ? toText(reply) : String(reply)
}

function nothingFound({ address }: SentinelSettings, failures: readonly unknown[]): ConnectionError {
  const server = describeSentinels(address)
  const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('; ')
  const what = `no Sentinel led to a ${address.role} of the service "${address.service}"`
  return new ConnectionError(
    server,
    `Could not connect to ${server}: ${what}: is it known to them by that name? (${reasons})`,
    new AggregateError(failures, 'Each Sentinel was asked'),
  )
}

function gone(server: string): ConnectionError {
  return new ConnectionError(server, `The connection to ${server} is gone`)
}
