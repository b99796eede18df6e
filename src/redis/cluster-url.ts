import type { OptionError } from '../errors.ts'
import { type HostPort, hostPortOf, placeName } from './host-port.ts'
import { brokenUrl, decodedPart } from './url-parts.ts'

/** Where some nodes of a Cluster are, which tell where the others are, and how to enter all of them. */
export interface ClusterAddress {
  /** In the order in which they are asked. At least one. */
  readonly nodes: readonly HostPort[]
  readonly tls: boolean
  readonly username?: string | undefined
  readonly password?: string | undefined
}

const example = "such as 'redis+cluster://user:password@host1:6379,host2:6379'"
const form = /^redis(s?)\+cluster:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?\/?$/i

/** Whether a location is one of a Cluster. */
export function isClusterUrl(location: string): boolean {
  return /^rediss?\+cluster:/i.test(location)
}

/**
 * Reads `redis+cluster://[user:password@]host1[:port],host2[:port]`; with `rediss+cluster:` all nodes are spoken to in TLS.
 *
 * @throws OptionError
 */
export function parseClusterUrl(text: string): ClusterAddress {
  const match = form.exec(text)
  if (match === null) throw broken('hosts are missing, or more than hosts stands in it')
  const [, tls, access = '', hosts = '', database = ''] = match
  if (!/^0*$/.test(database)) throw broken('a Cluster has one database, of number 0; leave it out')
  const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(access) ?? []
  return {
    nodes: hosts.split(',').map((host) => hostPortOf(host, 6379, broken)),
    tls: tls !== '',
    username: decodedPart(username, 'user', broken),
    password: decodedPart(password, 'password', broken),
  }
}

/** The address as a URL, without its password. */
export function describeCluster({ nodes, tls, username }: ClusterAddress): string {
  const hosts = nodes.map(placeName).join(',')
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`
  return `redis${tls ? 's' : ''}+cluster://${user}${hosts}`
}

function broken(why: string): OptionError {
  return brokenUrl(why, example)
}
