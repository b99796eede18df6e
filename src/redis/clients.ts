import {
  handedInNodeRedis,
  handedInNodeRedisCluster,
  handedInNodeRedisSentinel,
  type NodeRedisCluster,
  type NodeRedisSentinel,
} from './handed-in-node-redis.ts'
import type { ClusterLink } from './handed-in.ts'
import { handedInIoRedis, handedInIoRedisCluster, type IoRedisClient, type IoRedisCluster } from './ioredis.ts'
import type { Link } from './link.ts'
import type { NodeRedisClient } from './node-redis.ts'

/** The link over a client that somebody made; `undefined` for what is none that is known. */
export function linkOver(client: unknown): Link | ClusterLink | undefined {
  if (isIoRedisCluster(client)) return handedInIoRedisCluster(client)
  if (isIoRedis(client)) return handedInIoRedis(client)
  if (isNodeRedisCluster(client)) return handedInNodeRedisCluster(client)
  if (isNodeRedisSentinel(client)) return handedInNodeRedisSentinel(client)
  return isNodeRedis(client) ? handedInNodeRedis(client) : undefined
}

/** The option of a client that changes what is read or written through it; `undefined` where there is none. */
export function falsifyingOption(client: object): string | undefined {
  const options: unknown = Reflect.get(client, 'options')
  if (!isRecord(options)) return undefined
  const all = isRecord(options['redisOptions']) ? { ...options['redisOptions'], ...options } : options
  if (all['keyPrefix'] !== undefined && all['keyPrefix'] !== '') return 'keyPrefix'
  if (all['stringNumbers'] === true) return 'stringNumbers'
  // Scores come as numbers then, whose last digits that library gets wrong.
  return all['replyMapping'] === 'resp3' ? 'replyMapping' : undefined
}

function isIoRedis(value: unknown): value is IoRedisClient {
  return isRecord(value) && typeof value['status'] === 'string' && has(value, ['callBuffer', 'connect', 'multi', 'on'])
}

function isIoRedisCluster(value: unknown): value is IoRedisCluster {
  return isIoRedis(value) && has(value, ['nodes'])
}

function isNodeRedisCluster(value: unknown): value is NodeRedisCluster {
  return isConnected(value) && has(value, ['nodeClient']) && Array.isArray(value['masters'])
}

function isNodeRedisSentinel(value: unknown): value is NodeRedisSentinel {
  return isConnected(value) && has(value, ['getMasterNode', 'getSentinelNode', 'multi'])
}

/** Only a client of one server has `select`; a pool sends by other rules. */
function isNodeRedis(value: unknown): value is NodeRedisClient {
  return isConnected(value) && has(value, ['select', 'multi', 'destroy']) && typeof value['isReady'] === 'boolean'
}

function isConnected(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value['isOpen'] === 'boolean' && has(value, ['connect', 'sendCommand', 'on'])
}

function has(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
