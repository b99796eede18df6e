import { ConnectionError } from '../errors.ts'
import { type HostPort, isSame } from './host-port.ts'
import type { Link, Reply } from './link.ts'
import { ownNodeRedis } from './node-redis.ts'
import { refusalWord } from './refusal.ts'
import { primaryBy, sentinelLink, type SentinelSettings, shareOfTime, textOf } from './sentinel-link.ts'
import { describeSentinels } from './sentinel-url.ts'
import { switchWatch } from './switch-watch.ts'

/**
 * A connection to whatever the Sentinels call the primary (or a replica) at that moment. They are asked again for every
 * new connection, and a server that turns out to be no primary any more is let go of.
 */
export function sentinelNodeRedis(settings: SentinelSettings): Link {
  const { address } = settings
  const server = describeSentinels(address)
  let sentinels = [...address.sentinels]
  let current: Connected | undefined
  let opening: Promise<Connected> | undefined
  const switches = switchWatch(settings, heard)
  const loader = serverLink(settings, { host: 'localhost', port: 6379 })

  async function open(): Promise<void> {
    if (current?.link.isReady === true) return
    opening ??= find().finally(() => (opening = undefined))
    current = await opening
    switches.follow(sentinels)
  }

  async function find(): Promise<Connected> {
    const failures: unknown[] = []
    for (const sentinel of sentinels) {
      try {
        const connected = await connectAsToldBy(sentinel, settings)
        sentinels = [sentinel, ...sentinels.filter((other) => other !== sentinel)]
        return connected
      } catch (error) {
        failures.push(error)
      }
    }
    throw nothingFound(settings, failures)
  }

  function drop(): void {
    const last = current
    current = undefined
    last?.link.drop()
  }

  /** A replica that has become the primary is no replica any more, and a primary that has not is none. */
  function heard(primary: HostPort): void {
    if (current !== undefined && isSame(primary, current.place) !== (current.role === 'master')) drop()
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
      return current !== undefined && current.link.isReady
    },
    load: () => loader.load(),
    open,
    send: (command) =>
      current === undefined ? Promise.reject(gone(server)) : unlessDemoted(current.link.send(command)),
    transaction: (commands) =>
      current === undefined ? Promise.reject(gone(server)) : unlessDemoted(current.link.transaction(commands)),
    drop,
    async close() {
      switches.close()
      const last = current ?? (await opening?.catch(() => undefined))
      current = undefined
      await last?.link.close()
    },
    async raw() {
      await open()
      return current?.link.raw()
    },
  }
}

/** As `ROLE` tells it. */
type Role = 'master' | 'slave'

interface Connected {
  readonly link: Link
  readonly place: HostPort
  readonly role: Role
}

/** A connection to the first of the servers named by this Sentinel that is what it is said to be. */
async function connectAsToldBy(sentinel: HostPort, settings: SentinelSettings): Promise<Connected> {
  const { service, role } = settings.address
  const asked = sentinelLink(sentinel, settings)
  try {
    await asked.open()
    if (role === 'replica') {
      const replicas = shuffled(replicasOf(await asked.send(['SENTINEL', 'REPLICAS', service])))
      const found = await firstInRole(replicas, 'slave', settings).catch(() => undefined)
      if (found !== undefined) return found
    }
    // Where no replica is left, reads are for the primary.
    const primary = await primaryBy(asked, service)
    return await firstInRole(primary === undefined ? [] : [primary], 'master', settings)
  } finally {
    await asked.close()
  }
}

async function firstInRole(servers: readonly HostPort[], role: Role, settings: SentinelSettings): Promise<Connected> {
  const failures: unknown[] = []
  for (const place of servers) {
    const link = serverLink(settings, place)
    try {
      await link.open()
      // A Sentinel may not have heard of a failover yet.
      const [found] = (await link.send(['ROLE'])) as readonly Reply[]
      if (textOf(found) === role) return { link, place, role }
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
