import type { ConnectionOptions } from 'node:tls'

import { kindOf } from '../base/options.ts'
import type { Layout, Server } from '../cache/open-store.ts'
import { OptionError } from '../errors.ts'
import type { HostPort } from '../redis/host-port.ts'
import type { SentinelAccess } from '../redis/sentinel-link.ts'
import { type ClientClass, usesSentinels } from './clients.ts'
import { over, type PoolArguments, readPoolArguments, secondsAt } from './pool-arguments.ts'
import { isTrue } from './python.ts'
import { given, placeOf, type Section, sectionOf, subsection, textAt, unexpected } from './section.ts'
import { type DjangoUrl, parseDjangoUrl, pathDatabase } from './urls.ts'

/** The servers of one alias. */
export interface Connections {
  readonly servers: readonly Server[]
  readonly layout: Layout
  /** The shortest that any of their sockets may wait. */
  readonly socketTimeoutMs: number | undefined
}

/** What decides how servers are found, beside LOCATION. */
export interface ConnectionContext {
  readonly alias: Section
  readonly options: Section
  readonly client: ClientClass
  readonly globals: Section
  readonly paths: Readonly<Record<string, string>>
  readonly tls: ConnectionOptions | undefined
}

/** The connections of django-redis. @throws OptionError */
export function djangoRedisConnections(context: ConnectionContext): Connections {
  const { alias, options, client, globals, paths, tls } = context
  const bySentinel = usesSentinels(options, globals, paths)
  if (client === 'sentinel' && !bySentinel) {
    const at = placeOf(options, 'CLIENT_CLASS')
    const factory = 'CONNECTION_FACTORY: "django_redis.pool.SentinelConnectionFactory"'
    throw new OptionError(
      at,
      `${at}: the SentinelClient needs ${factory}, in OPTIONS or as DJANGO_REDIS_CONNECTION_FACTORY`,
    )
  }
  const pool = over(optionArguments(options), readPoolArguments(subsection(options, 'CONNECTION_POOL_KWARGS'), tls))
  const places = locationsOf(alias, /,/).map((where) => ({ ...where, pool, tls }))
  const isReadOnly = isTrue(given(options, 'REPLICA_READ_ONLY') ?? true)
  const layout = client === 'shard' ? 'shards' : isReadOnly ? 'replicas' : 'writable replicas'
  if (!bySentinel) return connectionsOf(places.map(serverAt), layout)

  const sentinels = sentinelsOf(options)
  const access = sentinelAccess(options, pool, tls)
  const isOne = client === 'sentinel' && typeof given(alias, 'LOCATION') === 'string'
  const found = places.flatMap((place) => {
    const roles = isOne ? (['primary', 'replica'] as const) : [undefined]
    return roles.map((role) => serviceAt(place, { sentinels, access, role }))
  })
  return connectionsOf(found, layout)
}

/** The connections of Django's own Redis cache, whose OPTIONS are the arguments of its pool. @throws OptionError */
export function djangoConnections({ alias, options, tls }: ConnectionContext): Connections {
  const own = ['serializer', 'pool_class', 'parser_class', 'MAX_ENTRIES', 'CULL_FREQUENCY']
  const rest = Object.entries(options.dict).filter(([name]) => !own.includes(name))
  const pool = readPoolArguments({ at: options.at, dict: Object.fromEntries(rest) }, tls)
  const places = locationsOf(alias, /[;,]/).map((where) => ({ ...where, pool, tls }))
  return connectionsOf(places.map(serverAt), 'replicas')
}

/** A server, and what its URL says of time. */
interface Found extends Server {
  readonly socketTimeoutMs: number | undefined
}

function connectionsOf(found: readonly Found[], layout: Layout): Connections {
  const timeouts = found.flatMap(({ socketTimeoutMs }) => socketTimeoutMs ?? [])
  return { servers: found, layout, socketTimeoutMs: timeouts.length === 0 ? undefined : Math.min(...timeouts) }
}

/** The URLs, and where each stands: of several, the number counts. */
function locationsOf(alias: Section, separator: RegExp): { readonly at: string; readonly text: string }[] {
  const value = given(alias, 'LOCATION')
  const place = placeOf(alias, 'LOCATION')
  const list: unknown[] = typeof value === 'string' ? value.split(separator) : Array.isArray(value) ? value : [value]
  if (value === undefined || list.length === 0 || list.includes('')) {
    const advice = 'expected a URL such as redis://127.0.0.1:6379/1'
    throw new OptionError(place, `${place}: Missing connections string: ${advice}`)
  }
  return list.map((item, index) => {
    const at = list.length === 1 ? place : `${place}[${index}]`
    if (typeof item === 'string') return { at, text: item.trim() }
    throw new OptionError(at, `${at}: expected a URL such as redis://127.0.0.1:6379/1, got ${kindOf(item)}`)
  })
}

/** PASSWORD, SOCKET_TIMEOUT and SOCKET_CONNECT_TIMEOUT, over which all else wins. */
function optionArguments(options: Section): PoolArguments {
  return {
    password: textAt(options, 'PASSWORD'),
    socketTimeoutMs: secondsAt(options, 'SOCKET_TIMEOUT'),
    connectTimeoutMs: secondsAt(options, 'SOCKET_CONNECT_TIMEOUT'),
  }
}

interface Place {
  readonly at: string
  readonly text: string
  readonly pool: PoolArguments
  readonly tls: ConnectionOptions | undefined
}

function serverAt({ at, text, pool, tls }: Place): Found {
  const url = parseDjangoUrl(at, text)
  const all = withUrl(url, pool, readPoolArguments(sectionOf(`${at}?`, url.query), tls))
  const isSocket = url.scheme === 'unix'
  if (isSocket && url.path === '') throw new OptionError(at, `${at}: the path of the socket is missing`)
  return {
    name: text,
    address: {
      host: isSocket ? '' : (all.host ?? 'localhost'),
      port: isSocket ? 0 : (all.port ?? 6379),
      ...(isSocket ? { path: url.path } : {}),
      tls: url.scheme === 'rediss' || (!isSocket && all.ssl === true),
      username: all.username,
      password: all.password,
      database: all.database ?? 0,
    },
    ...timesAndTls(all),
  }
}

interface Sentinels {
  readonly sentinels: readonly HostPort[]
  readonly access: SentinelAccess
  /** Instead of what the URL says. */
  readonly role: 'primary' | 'replica' | undefined
}

/** The host of the URL is the name of a service. */
function serviceAt({ at, text, pool, tls }: Place, { sentinels, access, role }: Sentinels): Found {
  const url = parseDjangoUrl(at, text)
  const { is_master: isMaster = '', ...query } = url.query
  const all = withUrl(url, pool, readPoolArguments(sectionOf(`${at}?`, query), tls))
  if (url.host === undefined)
    throw new OptionError(at, `${at}: the name of the service is missing; expected redis://service/0`)
  return {
    name: text,
    address: {
      sentinels,
      service: url.host,
      role: role ?? (/^(?:0|f|false|n|no)$/i.test(isMaster) ? 'replica' : 'primary'),
      tls: url.scheme === 'rediss' || all.ssl === true,
      username: all.username,
      password: all.password,
      database: all.database ?? 0,
    },
    sentinel: access,
    ...timesAndTls(all),
  }
}

/** The URL wins over the pool, and its own parts over its query; only the database is the query's before the path's. */
function withUrl(url: DjangoUrl, pool: PoolArguments, query: PoolArguments): PoolArguments {
  const { host, port, username, password } = url
  const database = query.database ?? pathDatabase(url)
  return over(pool, over(query, { host, port, username, password, database }))
}

function timesAndTls(all: PoolArguments): Pick<Found, 'socketTimeoutMs' | 'connectTimeoutMs' | 'tls'> {
  const connectTimeoutMs = all.connectTimeoutMs ?? all.socketTimeoutMs
  return { socketTimeoutMs: all.socketTimeoutMs, connectTimeoutMs, tls: all.tls }
}

function sentinelsOf(options: Section): HostPort[] {
  const list = given(options, 'SENTINELS')
  if (!Array.isArray(list) || list.length === 0) {
    throw unexpected(options, 'SENTINELS', 'a list of (host, port), such as [["10.0.0.1", 26379]]')
  }
  return list.map((pair: unknown) => {
    const [host, port] = Array.isArray(pair) ? (pair as unknown[]) : []
    const number = Number(port)
    if (typeof host === 'string' && host !== '' && Number.isInteger(number) && number > 0 && number < 65_536) {
      return { host, port: number }
    }
    const at = placeOf(options, 'SENTINELS')
    throw new OptionError(at, `${at}: expected a list of (host, port), got ${kindOf(pair)} in it`)
  })
}

/** Without SENTINEL_KWARGS they are asked as strangers: the password in the URL is that of the servers. */
function sentinelAccess(options: Section, pool: PoolArguments, tls: ConnectionOptions | undefined): SentinelAccess {
  const own = readPoolArguments(subsection(options, 'SENTINEL_KWARGS'), tls)
  const usesTls = own.ssl === true ? (own.tls ?? pool.tls ?? {}) : undefined
  return { username: own.username, password: own.password, tls: usesTls }
}
