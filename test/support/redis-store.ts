import { Guard } from '../../src/redis/guard.ts'
import { ownNodeRedis } from '../../src/redis/node-redis.ts'
import { parseServerUrl } from '../../src/redis/url.ts'
import { RedisStore } from '../../src/stores/redis.ts'

/** A store over a connection of its own. */
export function openRedisStore(url: string, deadlineMs: number = 1000): RedisStore {
  return new RedisStore(
    Guard.over(ownNodeRedis({ address: parseServerUrl(url), connectTimeoutMs: deadlineMs }), { deadlineMs }),
  )
}
