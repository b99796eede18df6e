import type { ConnectionOptions } from 'node:tls'

import { toMs } from '../base/duration.ts'
import { checkChoice, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { linkOver, falsifyingOption } from '../redis/clients.ts'
import { type ClusterClientSettings, openClusterClient } from '../redis/cluster-client.ts'
import { type ClusterAddress, isClusterUrl, parseClusterUrl } from '../redis/cluster-url.ts'
import { Guard, type GuardSettings } from '../redis/guard.ts'
import { handedInCluster } from '../redis/handed-in-cluster.ts'
import { ownNodeRedis } from '../redis/node-redis.ts'
import { ownCluster } from '../redis/own-cluster.ts'
import type { SentinelAccess } from '../redis/sentinel-link.ts'
import { describeSentinels, isSentinelUrl, parseSentinelUrl, type SentinelAddress } from '../redis/sentinel-url.ts'
import { sentinelNodeRedis } from '../redis/sentinel.ts'
import { describeServer, parseServerUrl, type ServerAddress } from '../redis/url.ts'
import { clusterStore } from '../stores/cluster.ts'
import { dummyStore } from '../stores/dummy.ts'
import { memoryStore } from '../stores/memory.ts'
import { RedisStore } from '../stores/redis.ts'
import { createRendezvous } from '../stores/rendezvous.ts'
import { attemptMs, type ReplicatedOptions, replicatedStore } from '../stores/replicas.ts'
import { shardedStore } from '../stores/shards.ts'
import type { Store } from '../stores/store.ts'
import { checkPlaces } from './check-places.ts'
import type { CacheOptions } from './options.ts'

/** The store that the options name. Nothing is connected yet. @throws OptionError */
export function openStore(options: CacheOptions, settings: GuardSettings): Store {
  checkPlaces(options)
  if (options.client !== undefined) return openClient(options.client, settings)
  const { location = 'memory:' } = options
  if (typeof location !== 'string') {
    return openServers(serversOf(location, options), settings, layoutOf(options), readsOf(options))
  }
  if (location === 'memory:') return memoryStore(bounds(options))
  if (location === 'dummy:') return dummyStore()
  return openServers([serverOf(location, options)], settings, layoutOf(options))
}

/** A server, what Sentinels are to be asked for, or a Cluster, and how to enter. */
export interface Server {
  /** Its place on the ring of shards is made of it. */
  readonly name: string
  readonly address: ServerAddress | SentinelAddress | ClusterAddress
  readonly tls?: ConnectionOptions | undefined
  readonly sentinel?: SentinelAccess | undefined
  /** @defaultValue the deadline */
  readonly connectTimeoutMs?: number | undefined
}

/** How several servers belong together. */
export type Layout = 'shards' | 'rendezvous shards' | 'replicas' | 'writable replicas'

/** Which servers answer reads when some are replicas. */
export type Reads = Pick<ReplicatedOptions, 'readFrom' | 'readYourWritesMs'>

/** A store over the servers: the first is the primary unless they are shards. */
export function openServers(
  servers: readonly Server[],
  settings: GuardSettings,
  layout: Layout,
  reads: Reads = {},
): Store {
  const { deadlineMs } = settings
  if (layout === 'shards') {
    const shards = servers.map((server) => ({ name: server.name, store: openServer(server, settings) }))
    return shardedStore(shards, deadlineMs)
  }
  if (layout === 'rendezvous shards') {
    const shards = servers.map((server) => ({ name: placeOf(server), store: openServer(server, settings) }))
    return shardedStore(shards, deadlineMs, createRendezvous)
  }
  const [primary, ...replicas] = servers as [Server, ...Server[]]
  if (replicas.length === 0) return openServer(primary, settings)
  const writableReplicas = layout === 'writable replicas'
  // Another server is asked instead of waiting for one that is not ready.
  const replaceable = { ...settings, deadlineMs: attemptMs(deadlineMs), isPatient: false }
  return replicatedStore({
    primary: openServer(primary, writableReplicas ? replaceable : settings),
    replicas: replicas.map((server) => openServer(server, replaceable)),
    deadlineMs,
    writableReplicas,
    ...reads,
  })
}

/** What stays the same when a password is changed or TLS is turned on. */
function placeOf({ name, address }: Server): string {
  const bare = { tls: false, username: undefined }
  if ('nodes' in address) return name
  return 'sentinels' in address ? describeSentinels({ ...address, ...bare }) : describeServer({ ...address, ...bare })
}

function openServer({ address, tls, sentinel, connectTimeoutMs }: Server, settings: GuardSettings): Store {
  const timeoutMs = Math.min(connectTimeoutMs ?? settings.deadlineMs, settings.deadlineMs)
  if ('nodes' in address) return openCluster({ address, tls, connectTimeoutMs: timeoutMs }, settings)
  const link =
    'sentinels' in address
      ? sentinelNodeRedis({ address, tls, sentinel, connectTimeoutMs: timeoutMs })
      : ownNodeRedis({ address, tls, connectTimeoutMs: timeoutMs })
  return new RedisStore(Guard.over(link, settings))
}

function openCluster(place: ClusterClientSettings, settings: GuardSettings): Store {
  const { address, tls, connectTimeoutMs } = place
  const { username, password } = address
  const cluster = ownCluster({
    address,
    deadlineMs: settings.deadlineMs,
    open: (hostPort) => {
      const node = { ...hostPort, tls: address.tls, username, password, database: 0 }
      const link = ownNodeRedis({ address: node, tls, connectTimeoutMs })
      return { link, guard: Guard.over(link, settings) }
    },
    openClient: () => openClusterClient(place),
  })
  return clusterStore(cluster, settings.deadlineMs)
}

const examples = "'memory:', 'redis://localhost:6379/1', 'rediss://...', 'unix:///run/redis.sock' or 'dummy:'"

function serversOf(locations: unknown, options: CacheOptions): Server[] {
  if (!Array.isArray(locations)) throw notALocation(locations)
  if (locations.length === 0)
    throw new OptionError('location', 'location: expected at least one URL, got an empty list')
  return locations.map((location: unknown) => {
    if (typeof location !== 'string') throw notALocation(location)
    if (location === 'memory:' || location === 'dummy:') throw standsAlone(`'${location}'`)
    if (isClusterUrl(location) && locations.length > 1)
      throw standsAlone('a Cluster, whose hosts are named in one URL,')
    return serverOf(location, options)
  })
}

function serverOf(location: string, options: CacheOptions): Server {
  const address = addressOf(location)
  const username = address.username ?? options.username
  const password = address.password ?? options.password
  return { name: location, address: { ...address, username, password }, tls: options.tls, sentinel: options.sentinel }
}

function addressOf(location: string): Server['address'] {
  if (isSentinelUrl(location)) return parseSentinelUrl(location)
  return isClusterUrl(location) ? parseClusterUrl(location) : parseServerUrl(location)
}

function layoutOf({ shards }: CacheOptions): Layout {
  if (shards === 'rendezvous') return 'rendezvous shards'
  return shards === true ? 'shards' : 'replicas'
}

function readsOf({ readFrom = 'replicas', readYourWrites = false }: CacheOptions): Reads {
  return {
    readFrom: checkChoice(readFrom, ['replicas', 'replicas-only', 'all'], 'readFrom'),
    readYourWritesMs: readYourWrites === false ? 0 : toMs(readYourWrites, 'readYourWrites'),
  }
}

function standsAlone(what: string): OptionError {
  return new OptionError('location', `location: ${what} stands alone; a list is of Redis servers`)
}

function notALocation(location: unknown): OptionError {
  return new OptionError('location', `location: expected a URL such as ${examples}; got ${kindOf(location)}`)
}

/** @throws OptionError for what is no client, or one that would read or write something else than it was given */
function openClient(client: object, settings: GuardSettings): Store {
  const link = linkOver(client)
  if (link === undefined) {
    const wanted =
      "a client of node-redis ('redis' or '@redis/client', version 5 or later), ioredis or iovalkey: of one server, with Sentinels or of a Cluster"
    throw new OptionError('client', `client: expected ${wanted}; got ${kindOf(client)}`)
  }
  const option = falsifyingOption(client)
  if (option !== undefined) {
    const advice = option === 'keyPrefix' ? 'use the keyPrefix of the cache instead' : 'make a client without it'
    throw new OptionError(
      'client',
      `client: the client has the option ${option}, which falsifies keys or answers: ${advice}`,
    )
  }
  if (!('masters' in link)) return new RedisStore(Guard.over(link, settings))
  return clusterStore(handedInCluster(link, Guard.over(link.link, settings)), settings.deadlineMs)
}

function bounds({ maxEntries, maxBytes }: CacheOptions): { maxEntries?: number; maxBytes?: number } {
  return { ...(maxEntries === undefined ? {} : { maxEntries }), ...(maxBytes === undefined ? {} : { maxBytes }) }
}
