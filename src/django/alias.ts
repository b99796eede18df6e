import { toMs } from '../base/duration.ts'
import type { Cache } from '../cache/cache.ts'
import { cacheOf, monitorOf } from '../cache/create-cache.ts'
import { openServers } from '../cache/open-store.ts'
import { type CacheConfig, type CacheOptions, resolveCacheOptions } from '../cache/options.ts'
import { OptionError } from '../errors.ts'
import type { GuardSettings } from '../redis/guard.ts'
import { dummyStore } from '../stores/dummy.ts'
import type { Store } from '../stores/store.ts'
import { backendOf } from './backends.ts'
import { clientOf } from './clients.ts'
import { type ConnectionContext, type Connections, djangoConnections, djangoRedisConnections } from './connections.ts'
import { djangoFormat, djangoRedisFormat, locmemFormat, type ValueFormat } from './formats.ts'
import { withHerd } from './herd.ts'
import { keySettings } from './key-settings.ts'
import { memoryOf } from './locmem.ts'
import type { DjangoCachesOptions } from './options.ts'
import { isTrue } from './python.ts'
import { checkNames, given, type Section, subsection, unexpected } from './section.ts'

const aliasNames = [
  'BACKEND',
  'LOCATION',
  'TIMEOUT',
  'timeout',
  'KEY_PREFIX',
  'VERSION',
  'KEY_FUNCTION',
  'REVERSE_KEY_FUNCTION',
  'OPTIONS',
  'MAX_ENTRIES',
  'max_entries',
  'CULL_FREQUENCY',
  'cull_frequency',
]

const djangoRedisOptions = [
  'CLIENT_CLASS',
  'SERIALIZER',
  'COMPRESSOR',
  'PICKLE_VERSION',
  'PASSWORD',
  'SOCKET_TIMEOUT',
  'SOCKET_CONNECT_TIMEOUT',
  'CONNECTION_POOL_KWARGS',
  'CONNECTION_FACTORY',
  'SENTINELS',
  'SENTINEL_KWARGS',
  'REPLICA_READ_ONLY',
  'IGNORE_EXCEPTIONS',
]

/** Of one process with threads, of Python's client, or of caches that are not on Redis: nothing to say here. */
export const ignoredOptions: readonly string[] = [
  'CLOSE_CONNECTION',
  'CONNECTION_POOL_CLASS',
  'PARSER_CLASS',
  'PARSER',
  'REDIS_CLIENT_CLASS',
  'REDIS_CLIENT_KWARGS',
  'LOG_IGNORED_EXCEPTIONS',
  'MAX_ENTRIES',
  'CULL_FREQUENCY',
]

export interface AliasContext {
  readonly alias: Section
  readonly globals: Section
  readonly options: DjangoCachesOptions
  /** Of locmem, by LOCATION: aliases of one name share their values. */
  readonly memories: Map<string, Store>
}

/** The cache of one alias. @throws OptionError */
export function cacheOfAlias(context: AliasContext): Cache {
  const { alias, options } = context
  checkNames(alias, aliasNames)
  switch (backendOf(alias, options.paths ?? {})) {
    case 'django-redis':
      return djangoRedisCache(context)
    case 'django':
      return djangoCache(context)
    case 'locmem':
      return assembled(context, {
        format: locmemFormat(options),
        open: () => memoryOf(context.alias, context.memories),
      })
    default:
      return assembled(context, { format: locmemFormat(options), open: () => dummyStore() })
  }
}

function djangoRedisCache(context: AliasContext): Cache {
  const { alias, globals, options } = context
  const { paths = {}, tls } = options
  const section = subsection(alias, 'OPTIONS')
  checkNames(section, [...djangoRedisOptions, ...ignoredOptions])
  const client = clientOf(section, paths)
  const connection: ConnectionContext = { alias, options: section, client, globals, paths, tls }
  const connections = djangoRedisConnections(connection)
  const format = djangoRedisFormat(section, options)
  const parts = redisParts(connections, format, isIgnoring(section, globals))
  if (client !== 'herd') return assembled(context, parts)
  if (format.isPickle) return assembled(context, { ...parts, graceSeconds: herdTimeout(globals) })
  throw unexpected(section, 'SERIALIZER', 'the PickleSerializer, as the HerdClient writes pickles only')
}

function djangoCache(context: AliasContext): Cache {
  const { alias, globals, options } = context
  const section = subsection(alias, 'OPTIONS')
  const connections = djangoConnections({
    alias,
    options: section,
    client: 'default',
    globals,
    paths: options.paths ?? {},
    tls: options.tls,
  })
  return assembled(context, redisParts(connections, djangoFormat(section, options), false))
}

/** What differs from backend to backend. */
interface Parts {
  readonly format: ValueFormat
  readonly open: (settings: GuardSettings) => Store
  readonly ignoreErrors?: boolean
  readonly socketTimeoutMs?: number | undefined
  /** Of the HerdClient. */
  readonly graceSeconds?: number
}

function redisParts(connections: Connections, format: ValueFormat, ignoreErrors: boolean): Parts {
  const { servers, layout, socketTimeoutMs } = connections
  return { format, ignoreErrors, socketTimeoutMs, open: (settings) => openServers(servers, settings, layout) }
}

function assembled({ alias, options }: AliasContext, parts: Parts): Cache {
  const { onDecodeError = 'throw', deadline, logger } = options
  const socketTimeoutMs = parts.socketTimeoutMs ?? Number.POSITIVE_INFINITY
  const deadlineMs = deadline === undefined ? Math.min(1000, socketTimeoutMs) : toMs(deadline, 'deadline')
  const config = checkedConfig(alias, {
    ...keySettings(alias, options),
    deadline: `${deadlineMs}ms`,
    ignoreErrors: parts.ignoreErrors ?? false,
    onDecodeError,
    ...(logger === undefined ? {} : { logger }),
  })
  const { codec } = parts.format
  const monitor = monitorOf(config)
  const store = parts.open({ ...config.guard, onState: monitor.state })
  if (parts.graceSeconds === undefined) return cacheOf({ ...config, codec }, store, monitor)
  const herd = withHerd({ store, codec, graceSeconds: parts.graceSeconds })
  return cacheOf({ ...config, codec: herd.codec }, herd.store, monitor)
}

function checkedConfig(alias: Section, options: CacheOptions): CacheConfig {
  try {
    return resolveCacheOptions(options)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new OptionError(error.option, `${alias.at}: ${error.message}`, error)
  }
}

/** OPTIONS win over the site's setting. */
function isIgnoring(section: Section, globals: Section): boolean {
  const own = given(section, 'IGNORE_EXCEPTIONS')
  if (own !== undefined) return isTrue(own)
  return ['DJANGO_REDIS_', 'DJANGO_ASYNC_REDIS_'].some((prefix) => isTrue(given(globals, `${prefix}IGNORE_EXCEPTIONS`)))
}

function herdTimeout(globals: Section): number {
  const seconds = given(globals, 'CACHE_HERD_TIMEOUT') ?? 60
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0) return seconds
  throw unexpected(globals, 'CACHE_HERD_TIMEOUT', 'a whole number of seconds')
}
