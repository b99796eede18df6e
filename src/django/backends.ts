import { OptionError } from '../errors.ts'
import { placeOf, type Section, textAt, unknownAt } from './section.ts'

/** How a backend keeps its values. */
export type Backend = 'django-redis' | 'django' | 'locmem' | 'dummy'

const backends: ReadonlyMap<string, Backend> = new Map([
  ['django_redis.cache.RedisCache', 'django-redis'],
  ['django_async_redis.cache.RedisCache', 'django-redis'],
  ['django.core.cache.backends.redis.RedisCache', 'django'],
  ['django.core.cache.backends.locmem.LocMemCache', 'locmem'],
  ['django.core.cache.backends.dummy.DummyCache', 'dummy'],
])

const foreign = /^django\.core\.cache\.backends\.(?:filebased|db|memcached)\./

/** @throws OptionError for a backend that is not on Redis, in memory or a dummy. */
export function backendOf(alias: Section, paths: Readonly<Record<string, string>>): Backend {
  const at = placeOf(alias, 'BACKEND')
  const own = textAt(alias, 'BACKEND')
  if (own === undefined) throw new OptionError(at, `${at}: expected a dotted path such as ${[...backends.keys()][0]}`)
  const path = standIn(own, paths)
  const backend = backends.get(path)
  if (backend !== undefined) return backend
  if (!foreign.test(path)) throw unknownAt(at, 'backend', own, [...backends.keys()])
  const advice = 'leave this alias out, or move it to Redis on the side of Django first'
  throw new OptionError(at, `${at}: "${own}" is not on Redis, and nobody but Django reads what it keeps: ${advice}`)
}

/** The known path that a site says one of its own stands for. */
export function standIn(path: string, paths: Readonly<Record<string, string>>): string {
  return Object.hasOwn(paths, path) ? (paths[path] ?? path) : path
}
