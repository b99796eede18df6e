import { standIn } from './backends.ts'
import { placeOf, type Section, textAt, unknownAt } from './section.ts'

/** What a client of django-redis does with several servers. */
export type ClientClass = 'default' | 'herd' | 'shard' | 'sentinel'

const clients: ReadonlyMap<string, ClientClass> = new Map<string, ClientClass>([
  ['django_redis.client.DefaultClient', 'default'],
  ['django_redis.client.default.DefaultClient', 'default'],
  ['django_redis.client.HerdClient', 'herd'],
  ['django_redis.client.herd.HerdClient', 'herd'],
  ['django_redis.client.ShardClient', 'shard'],
  ['django_redis.client.sharded.ShardClient', 'shard'],
  ['django_redis.client.SentinelClient', 'sentinel'],
  ['django_redis.client.sentinel.SentinelClient', 'sentinel'],
  ['django_async_redis.client.DefaultClient', 'default'],
  ['django_async_redis.client.default.DefaultClient', 'default'],
])

const factories: ReadonlyMap<string, 'plain' | 'sentinel'> = new Map([
  ['django_redis.pool.ConnectionFactory', 'plain'],
  ['django_redis.pool.SentinelConnectionFactory', 'sentinel'],
  ['django_async_redis.pool.ConnectionFactory', 'plain'],
  ['django_async_redis.pool.SentinelConnectionFactory', 'sentinel'],
])

/** CLIENT_CLASS. @throws OptionError for one that is not known */
export function clientOf(options: Section, paths: Readonly<Record<string, string>>): ClientClass {
  const own = textAt(options, 'CLIENT_CLASS')
  if (own === undefined) return 'default'
  const client = clients.get(standIn(own, paths))
  if (client !== undefined) return client
  throw unknownAt(placeOf(options, 'CLIENT_CLASS'), 'client class', own, [...clients.keys()])
}

/** Whether servers are found by Sentinels: CONNECTION_FACTORY in OPTIONS, else the site's. @throws OptionError */
export function usesSentinels(options: Section, globals: Section, paths: Readonly<Record<string, string>>): boolean {
  const places = [
    [options, 'CONNECTION_FACTORY'],
    [globals, 'DJANGO_REDIS_CONNECTION_FACTORY'],
    [globals, 'DJANGO_ASYNC_REDIS_CONNECTION_FACTORY'],
  ] as const
  for (const [section, name] of places) {
    const own = textAt(section, name)
    if (own === undefined) continue
    const factory = factories.get(standIn(own, paths))
    if (factory === undefined) throw unknownAt(placeOf(section, name), 'connection factory', own, [...factories.keys()])
    return factory === 'sentinel'
  }
  return false
}
