import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { Guard } from '../redis/guard.ts'
import type { Link } from '../redis/link.ts'
import { handedInNodeRedis, isNodeRedisClient, ownNodeRedis } from '../redis/node-redis.ts'
import { parseServerUrl } from '../redis/url.ts'
import { dummyStore } from '../stores/dummy.ts'
import { memoryStore } from '../stores/memory.ts'
import { RedisStore } from '../stores/redis.ts'
import type { Store } from '../stores/store.ts'
import type { CacheOptions } from './options.ts'

/** The store that the options name. Nothing is connected yet. @throws OptionError */
export function openStore(options: CacheOptions, deadlineMs: number): Store {
  if (options.client !== undefined) return new RedisStore(new Guard(handedInLink(options), deadlineMs))
  const { location = 'memory:' } = options
  if (typeof location !== 'string')
    throw new OptionError('location', `location: expected a URL such as ${examples}; got ${kindOf(location)}`)
  if (location === 'memory:') return memoryStore(bounds(options))
  checkMemoryOnly(options, location)
  if (location === 'dummy:') return dummyStore()
  return new RedisStore(new Guard(ownLink(location, options, deadlineMs), deadlineMs))
}

const examples = "'memory:', 'redis://localhost:6379/1', 'rediss://...', 'unix:///run/redis.sock' or 'dummy:'"

function ownLink(location: string, options: CacheOptions, connectTimeoutMs: number): Link {
  const address = parseServerUrl(location)
  const username = address.username ?? options.username
  const password = address.password ?? options.password
  return ownNodeRedis({ address: { ...address, username, password }, tls: options.tls, connectTimeoutMs })
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

function checkMemoryOnly(options: CacheOptions, location: string): void {
  for (const name of ['maxEntries', 'maxBytes'] as const) {
    if (options[name] === undefined) continue
    throw new OptionError(
      name,
      `${name}: only for location 'memory:', and this one is ${location.replace(/:.*/s, ':')}; Redis has maxmemory`,
    )
  }
}
