/**
 * The front door.
 *
 * ```ts
 * import { createCache } from 'everwarm'
 * ```
 *
 * @module
 */

export type { DeadlineOption, Duration, Timeout } from './base/duration.ts'
export type { StateChange } from './base/state-change.ts'
export type { Cache } from './cache/cache.ts'
export type { CallOptions, TimeoutOption } from './cache/core.ts'
export type { IncrOptions } from './cache/counters.ts'
export { createCache, createCaches } from './cache/create-cache.ts'
export type { Caches } from './cache/create-cache.ts'
export type { CacheEvents, CacheStats, ServerState } from './cache/events.ts'
export type { GetOrSetOptions, Loader } from './cache/get-or-set.ts'
export type { Key, KeyFunction, ReverseKeyFunction, Version } from './cache/key-space.ts'
export type { ClearOptions, DeletePatternOptions, WalkOptions } from './cache/key-walk.ts'
export type { Logger } from './cache/log.ts'
export type { CacheOptions } from './cache/options.ts'
export type { Entries, SetOptions } from './cache/values.ts'
export type { IterateOptions } from './collections/collection.ts'
export type { CombineOptions } from './collections/combining.ts'
export type { HashEntries, HashHandle, HashOptions, IterateHashOptions } from './collections/hash.ts'
export type { ListHandle, MoveOptions, PositionOptions, Side } from './collections/list.ts'
export type { CollectionOptions } from './collections/place.ts'
export type {
  LexRange,
  PageOptions,
  RangeOptions,
  ScoreConditions,
  ScoreRange,
  SetScoresOptions,
  WithScores,
} from './collections/score-ranges.ts'
export type { Scored } from './collections/scored.ts'
export type { RandomOptions, SetHandle, Sets } from './collections/set.ts'
export type { SortedSetHandle, SortedSets } from './collections/sorted-set.ts'
export {
  BreakerOpenError,
  CommandError,
  ConnectionError,
  DeadlineError,
  DecodeError,
  EverwarmError,
  isEverwarmError,
  KeyNotFoundError,
  LockError,
  OptionError,
  OverloadError,
  PartialError,
  SessionRevokedError,
  SessionUnavailableError,
  SignatureError,
} from './errors.ts'
export type { ErrorCode, LockReason, PartialOutcome, SignatureReason } from './errors.ts'
export type { HeldLock } from './locks/held-lock.ts'
export type { Lock } from './locks/lock.ts'
export type { AcquireOptions, ExtendOptions, LockOptions } from './locks/options.ts'
