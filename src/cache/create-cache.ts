import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import type { Store } from '../stores/store.ts'
import { Cache } from './cache.ts'
import { Monitor } from './events.ts'
import { Flights } from './flights.ts'
import { logEvents } from './log.ts'
import { openStore } from './open-store.ts'
import { type CacheConfig, type CacheOptions, resolveCacheOptions } from './options.ts'

/**
 * A cache: in this process (`createCache()`), on Redis (`createCache('redis://localhost:6379/1')`, which connects at the
 * first call) or as options say.
 *
 * @throws OptionError naming what cannot be, and what can.
 */
export function createCache(location?: string | CacheOptions, options?: Omit<CacheOptions, 'location'>): Cache {
  if (typeof location !== 'string' && options !== undefined) {
    throw new OptionError('createCache', 'createCache: expected a location before the options, or options alone')
  }
  const given = typeof location === 'string' ? { ...checkedObject(options), location } : checkedObject(location)
  const config = resolveCacheOptions(given)
  const monitor = monitorOf(config)
  return cacheOf(config, openStore(given, { ...config.guard, onState: monitor.state }), monitor)
}

/** What counts and tells of all that happens, to the logger as well. */
export function monitorOf(config: CacheConfig): Monitor {
  const monitor = new Monitor(config)
  if (config.logger !== undefined) logEvents(monitor.emitter, config.logger)
  return monitor
}

/** A cache of parts that are made already. */
export function cacheOf(config: CacheConfig, store: Store, monitor: Monitor = monitorOf(config)): Cache {
  return new Cache({
    store,
    keys: config.keys,
    codec: config.codec,
    monitor,
    flights: new Flights(),
    ttlMs: config.ttlMs,
  })
}

function checkedObject(options: CacheOptions | undefined): CacheOptions {
  if (options === undefined) return {}
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  throw new OptionError(
    'createCache',
    `createCache: expected a location such as 'redis://localhost:6379/1' or an options object, got ${kindOf(options)}`,
  )
}

/** Caches by alias, with what closes them all. */
export type Caches<Alias extends string> = { readonly [Name in Alias]: Cache } & AsyncDisposable & {
    /** Closes every one; fails, when some did, after all were tried. */
    close(): Promise<void>
  }

/** Several caches by alias, as Django's CACHES: `caches.default.get('key')`. @throws OptionError */
export function createCaches<Alias extends string>(
  settings: Readonly<Record<Alias, string | CacheOptions>>,
): Caches<Alias> {
  checkOptions(settings, Object.keys(settings ?? {}), 'createCaches')
  return cachesOf(settings, createAlias)
}

/** What `create` makes of the settings of each alias. @throws OptionError for the alias `close` */
export function cachesOf<Alias extends string, Settings>(
  settings: Readonly<Record<Alias, Settings>>,
  create: (alias: Alias, settings: Settings) => Cache,
): Caches<Alias> {
  const aliases = Object.keys(settings) as Alias[]
  if (aliases.includes('close' as Alias))
    throw new OptionError('close', 'createCaches: "close" closes the caches and cannot be an alias; take another name')
  const caches = Object.fromEntries(aliases.map((alias) => [alias, create(alias, settings[alias])])) as Record<
    Alias,
    Cache
  >
  const opened: readonly Cache[] = Object.values(caches)
  const close = () => closeAll(opened)
  return Object.freeze(Object.assign(caches, { close, [Symbol.asyncDispose]: close }))
}

function createAlias(alias: string, settings: string | CacheOptions): Cache {
  try {
    return createCache(settings)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new OptionError(error.option, `Cache "${alias}": ${error.message}`, error)
  }
}

async function closeAll(caches: readonly Cache[]): Promise<void> {
  const outcomes = await Promise.allSettled(caches.map((cache) => cache.close()))
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${caches.length} caches could not be closed`)
}
