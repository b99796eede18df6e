import type { OptionError } from '../errors.ts'
import { type HostPort, hostPortOf, placeName } from './host-port.ts'
import { brokenUrl, decodedPart } from './url-parts.ts'

/** What is asked of Sentinels: where the primary of a service is, or one of its replicas. */
export interface SentinelAddress {
  /** In the order in which they are asked. At least one. */
  readonly sentinels: readonly HostPort[]
  readonly service: string
  readonly role: 'primary' | 'replica'
  /** Of the servers that are found. */
  readonly tls: boolean
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly database: number
}

const example = "such as 'redis+sentinel://user:password@host1:26379,host2:26379/service/0'"
const form = /^redis(s?)\+sentinel:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/([^/?#]+)(?:\/([^/?#]*))?\/?(?:\?([^#]*))?$/i

/** Whether a location is one of Sentinels. */
export function isSentinelUrl(location: string): boolean {
  return /^rediss?\+sentinel:/i.test(location)
}

/**
 * Reads `redis+sentinel://[user:password@]host1[:port],host2/service[/database][?role=replica]`; with `rediss+sentinel:`
 * the servers are spoken to in TLS. User and password are those of the servers.
 *
 * @throws OptionError
 */
export function parseSentinelUrl(text: string): SentinelAddress {
  const match = form.exec(text)
  if (match === null) throw broken('hosts or the name of the service are missing')
  const [, tls, access = '', hosts = '', service = '', database = '', query = ''] = match
  const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(access) ?? []
  return {
    sentinels: hosts.split(',').map((host) => hostPortOf(host, 26_379, broken)),
    service: decoded(service, 'service') ?? '',
    role: roleOf(query),
    tls: tls !== '',
    username: decoded(username, 'user'),
    password: decoded(password, 'password'),
    database: databaseOf(database),
  }
}

/** The address as a URL, without its password. */
export function describeSentinels({ sentinels, service, role, tls, username, database }: SentinelAddress): string {
  const hosts = sentinels.map(placeName).join(',')
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`
  const query = role === 'replica' ? '?role=replica' : ''
  return `redis${tls ? 's' : ''}+sentinel://${user}${hosts}/${encodeURIComponent(service)}/${database}${query}`
}

function roleOf(query: string): 'primary' | 'replica' {
  const wanted = new URLSearchParams(query)
  const role = wanted.get('role') ?? 'primary'
  const odd = [...wanted.keys()].find((name) => name !== 'role')
  if (odd !== undefined) throw broken(`the query "?${odd}=" means nothing here; only "?role=replica" does`)
  if (role === 'primary' || role === 'replica') return role
  throw broken('"?role=" is "primary" or "replica"')
}

function databaseOf(text: string): number {
  if (text === '') return 0
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw broken(`the database "${text}" is no number`)
}

function decoded(part: string, name: string): string | undefined {
  return decodedPart(part, name, broken)
}

function broken(why: string): OptionError {
  return brokenUrl(why, example)
}
