import type { ConnectionOptions } from 'node:tls'

import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { Guard } from '../redis/guard.ts'
import type { Link } from '../redis/link.ts'
import { handedInNodeRedis, isNodeRedisClient, ownNodeRedis } from '../redis/node-redis.ts'
import { isSentinelUrl, parseSentinelUrl, type SentinelAddress } from '../redis/sentinel-url.ts'
import { type SentinelAccess, sentinelNodeRedis } from '../redis/sentinel.ts'
import { parseServerUrl, type ServerAddress } from '../redis/url.ts'
import { dummyStore } from '../stores/dummy.ts'
import { memoryStore } from '../stores/memory.ts'
import { RedisStore } from '../stores/redis.ts'
import { attemptMs, replicatedStore } from '../stores/replicas.ts'
import { shardedStore } from '../stores/shards.ts'
import type { Store } from '../stores/store.ts'
import type { CacheOptions } from './options.ts'

/** The store that the options name. Nothing is connected yet. @throws OptionError */
export function openStore(options: CacheOptions, deadlineMs: number): Store {
  checkPlaces(options)
  if (options.client !== undefined) return new RedisStore(new Guard(handedInLink(options), deadlineMs))
  const { location = 'memory:' } = options
  if (typeof location !== 'string') return openServers(serversOf(location, options), deadlineMs, layoutOf(options))
  if (location === 'memory:') return memoryStore(bounds(options))
  checkMemoryOnly(options, location)
  if (location === 'dummy:') return dummyStore()
  return openServers([serverOf(location, options)], deadlineMs, layoutOf(options))
}

/** A server, or what Sentinels are to be asked for, and how to enter. */
export interface Server {
  /** Its place on the ring of shards is made of it. */
  readonly name: string
  readonly address: ServerAddress | SentinelAddress
  readonly tls?: ConnectionOptions | undefined
  readonly sentinel?: SentinelAccess | undefined
  /** @defaultValue the deadline */
  readonly connectTimeoutMs?: number | undefined
}

/** How several servers belong together. */
export type Layout = 'shards' | 'replicas' | 'writable replicas'

/** A store over the servers: the first is the primary unless they are shards. */
export function openServers(servers: readonly Server[], deadlineMs: number, layout: Layout): Store {
  if (layout === 'shards') {
    const shards = servers.map((server) => ({ name: server.name, store: openServer(server, deadlineMs) }))
    return shardedStore(shards, deadlineMs)
  }
  const [primary, ...replicas] = servers as [Server, ...Server[]]
  if (replicas.length === 0) return openServer(primary, deadlineMs)
  const writableReplicas = layout === 'writable replicas'
  return replicatedStore({
    primary: openServer(primary, writableReplicas ? attemptMs(deadlineMs) : deadlineMs),
    replicas: replicas.map((server) => openServer(server, attemptMs(deadlineMs))),
    deadlineMs,
    writableReplicas,
  })
}

function openServer({ address, tls, sentinel, connectTimeoutMs }: Server, deadlineMs: number): Store {
  const timeoutMs = Math.min(connectTimeoutMs ?? deadlineMs, deadlineMs)
  const link =
    'sentinels' in address
      ? sentinelNodeRedis({ address, tls, sentinel, connectTimeoutMs: timeoutMs })
      : ownNodeRedis({ address, tls, connectTimeoutMs: timeoutMs })
  return new RedisStore(new Guard(link, deadlineMs))
}

const examples = "'memory:', 'redis://localhost:6379/1', 'rediss://...', 'unix:///run/redis.sock' or 'dummy:'"

function serversOf(locations: unknown, options: CacheOptions): Server[] {
  if (!Array.isArray(locations)) throw notALocation(locations)
  if (locations.length === 0)
    throw new OptionError('location', 'location: expected at least one URL, got an empty list')
  return locations.map((location: unknown) => {
    if (typeof location !== 'string') throw notALocation(location)
    if (location !== 'memory:' && location !== 'dummy:') return serverOf(location, options)
    throw new OptionError('location', `location: '${location}' stands alone; a list is of Redis servers`)
  })
}

function serverOf(location: string, options: CacheOptions): Server {
  const address = isSentinelUrl(location) ? parseSentinelUrl(location) : parseServerUrl(location)
  const username = address.username ?? options.username
  const password = address.password ?? options.password
  return { name: location, address: { ...address, username, password }, tls: options.tls, sentinel: options.sentinel }
}

function layoutOf({ shards, location }: CacheOptions): Layout {
  if (shards === true && typeof location === 'string') {
    throw new OptionError('shards', 'shards: expected a list of locations to spread the keys over, got one')
  }
  return shards === true ? 'shards' : 'replicas'
}

function notALocation(location: unknown): OptionError {
  return new OptionError('location', `location: expected a URL such as ${examples}; got ${kindOf(location)}`)
}

function handedInLink(options: CacheOptions): Link {
  if (options.location !== undefined)
    throw new OptionError('client', 'client: give either a client or a location, not both')
  if (isNodeRedisClient(options.client)) return handedInNodeRedis(options.client)
  throw new OptionError(
    'client',
    `client: expected a node-redis client, as createClient() of 'redis' or '@redis/client' makes, got ${kindOf(options.client)}`,
  )
}

function bounds({ maxEntries, maxBytes }: CacheOptions): { maxEntries?: number; maxBytes?: number } {
  return { ...(maxEntries === undefined ? {} : { maxEntries }), ...(maxBytes === undefined ? {} : { maxBytes }) }
}

function checkPlaces({ shards, sentinel, location }: CacheOptions): void {
  if (shards !== undefined && typeof shards !== 'boolean') {
    throw new OptionError('shards', `shards: expected true or false, got ${kindOf(shards)}`)
  }
  if (shards === true && location === undefined) {
    throw new OptionError('shards', 'shards: expected a list of locations beside it, got none')
  }
  if (sentinel !== undefined) checkOptions(sentinel, ['username', 'password', 'tls'], 'sentinel')
}

function checkMemoryOnly(options: CacheOptions, location: string): void {
  for (const name of ['maxEntries', 'maxBytes'] as const) {
    if (options[name] === undefined) continue
    throw new OptionError(
      name,
      `${name}: only for location 'memory:', and this one is ${location.replace(/:.*/s, ':')}; Redis has maxmemory`,
    )
  }
}
