/**
 * The front door.
 *
 * ```ts
 * import { createCache } from 'everwarm'
 * ```
 *
 * @module
 */

export type { Duration, Timeout } from './base/duration.ts'
export type { Cache } from './cache/cache.ts'
export type { TimeoutOption, VersionOption } from './cache/core.ts'
export type { IncrOptions } from './cache/counters.ts'
export { createCache, createCaches } from './cache/create-cache.ts'
export type { Caches } from './cache/create-cache.ts'
export type { CacheEvents, CacheStats } from './cache/events.ts'
export type { GetOrSetOptions, Loader } from './cache/get-or-set.ts'
export type { Key, KeyFunction, ReverseKeyFunction, Version } from './cache/key-space.ts'
export type { ClearOptions, DeletePatternOptions, WalkOptions } from './cache/key-walk.ts'
export type { CacheOptions } from './cache/options.ts'
export type { Entries, SetOptions } from './cache/values.ts'
export {
  CommandError,
  ConnectionError,
  DeadlineError,
  DecodeError,
  EverwarmError,
  isEverwarmError,
  KeyNotFoundError,
  OptionError,
} from './errors.ts'
export type { ErrorCode } from './errors.ts'
