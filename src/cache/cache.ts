import type { Timeout } from '../base/duration.ts'
import { type HashHandle, type HashOptions, openHash } from '../collections/hash.ts'
import { ListHandle } from '../collections/list.ts'
import { type CollectionHost, type CollectionOptions, openPlace } from '../collections/place.ts'
import { SetHandle } from '../collections/set.ts'
import { SortedSetHandle } from '../collections/sorted-set.ts'
import type { LockHost } from '../locks/host.ts'
import { createLock, type Lock } from '../locks/lock.ts'
import type { LockOptions } from '../locks/options.ts'
import type { CallOptions, Core, TimeoutOption } from './core.ts'
import { addToKey, deltaOf, type IncrOptions, moveVersion, stepsOf } from './counters.ts'
import { type CacheEvents, type CacheStats, isStoreFailure } from './events.ts'
import { getOrLoad, type GetOrSetOptions, type Loader } from './get-or-set.ts'
import { collectionHost, lockHost } from './handles.ts'
import type { Key, Version } from './key-space.ts'
import {
  type ClearOptions,
  clearKeys,
  deleteMatching,
  type DeletePatternOptions,
  listKeys,
  walkKeys,
  type WalkOptions,
} from './key-walk.ts'
import { expireKey, expireKeyAt, persistKey, timeLeft, touchKey } from './lifetimes.ts'
import {
  addValue,
  deleteValue,
  deleteValues,
  type Entries,
  getValue,
  getValues,
  hasValue,
  type SetOptions,
  setValue,
  setValues,
} from './values.ts'

let reveal: (cache: unknown) => Core | undefined

/** What a cache works with, for the rooms that build on it; `undefined` for what is no cache of this copy of the package. */
export function coreOf(cache: unknown): Core | undefined {
  return reveal(cache)
}

/**
 * A cache. Absent is `undefined`; a stored `null` is a hit. Every method that may touch the network settles within the
 * deadline: with `ConnectionError` or `DeadlineError` when Redis fails, unless `ignoreErrors` answers instead.
 */
export class Cache {
  readonly #core: Core
  readonly #locks: LockHost
  readonly #collections: CollectionHost

  static {
    reveal = (cache) => (typeof cache === 'object' && cache !== null && #core in cache ? cache.#core : undefined)
  }

  /** Use `createCache`. */
  constructor(core: Core) {
    this.#core = core
    this.#locks = lockHost(core)
    this.#collections = collectionHost(core)
  }

  /** The value, else `fallback`. @throws DecodeError */
  get<T = unknown>(key: Key, fallback?: undefined, options?: CallOptions): Promise<T | undefined>
  get<T = unknown>(key: Key, fallback: null, options?: CallOptions): Promise<T | null>
  get<T = unknown>(key: Key, fallback: T, options?: CallOptions): Promise<T>
  get(key: Key, fallback?: unknown, options?: CallOptions): Promise<unknown> {
    return getValue(this.#core, key, fallback, options)
  }

  /** The values that are there, in the order asked, in one round trip. @throws PartialError when some of several servers fail */
  getMany<T = unknown>(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, T>>
  getMany<T = unknown>(keys: Iterable<Key>, options?: CallOptions): Promise<Map<Key, T>>
  getMany(keys: Iterable<Key>, options?: CallOptions): Promise<Map<Key, unknown>> {
    return getValues(this.#core, keys, options)
  }

  /** Stores a value; whether the condition `when` held. A timeout of 0 or less stores nothing and removes what was there. @throws TypeError for `undefined` */
  set(key: Key, value: unknown, options?: SetOptions): Promise<boolean> {
    return setValue(this.#core, key, value, options)
  }

  /**
   * Stores all or none, never some; on shards of each shard, on a Cluster of each key. After a lost connection or a deadline,
   * which of both is unknown. @throws PartialError when some of several servers fail
   */
  setMany(entries: Entries, options?: TimeoutOption): Promise<void> {
    return setValues(this.#core, entries, options)
  }

  /** Stores a value only where there is none; whether it did. */
  add(key: Key, value: unknown, options?: TimeoutOption): Promise<boolean> {
    return addValue(this.#core, key, value, options)
  }

  /**
   * The value, else what the loader makes of it, which is then stored. One load runs at a time for each key in this
   * process: all who ask meanwhile share its outcome, its failure too. Redis failing is answered by the loader.
   */
  getOrSet<T>(key: Key, loader: Loader<T>, options?: GetOrSetOptions): Promise<T>
  getOrSet<T>(key: Key, value: T, options?: GetOrSetOptions): Promise<T>
  getOrSet(key: Key, loader: unknown, options?: GetOrSetOptions): Promise<unknown> {
    return getOrLoad(this.#core, key, loader, options)
  }

  /** Gives the value a new time to live, the cache's own when none is given; whether it was there. */
  touch(key: Key, timeout?: Timeout, options?: CallOptions): Promise<boolean> {
    return touchKey(this.#core, key, timeout, options)
  }

  /** Whether it was there. */
  delete(key: Key, options?: CallOptions): Promise<boolean> {
    return deleteValue(this.#core, key, options)
  }

  /** How many were there. @throws PartialError when some of several servers fail */
  deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<number> {
    return deleteValues(this.#core, keys, options)
  }

  has(key: Key, options?: CallOptions): Promise<boolean> {
    return hasValue(this.#core, key, options)
  }

  /**
   * Adds to a whole number in one step, whoever else counts, keeping its time to live. The sum: a number, or a bigint
   * beyond 2^53 - 1.
   *
   * @throws KeyNotFoundError when it is missing, unless `create`; CommandError when it is no whole number.
   */
  async incr(key: Key, delta: number | bigint = 1, options?: IncrOptions): Promise<number | bigint> {
    return addToKey(this.#core, 'incr', { key, delta: deltaOf(delta) }, options)
  }

  /** As {@link incr}, downwards; it may go below 0. */
  async decr(key: Key, delta: number | bigint = 1, options?: IncrOptions): Promise<number | bigint> {
    return addToKey(this.#core, 'decr', { key, delta: -deltaOf(delta) }, options)
  }

  /** Moves a value to its version + `delta` in one step, keeping its time to live; the new version. @throws KeyNotFoundError */
  async incrVersion(key: Key, delta: number = 1, options?: CallOptions): Promise<number> {
    return moveVersion(this.#core, 'incrVersion', { key, delta: stepsOf(delta) }, options)
  }

  async decrVersion(key: Key, delta: number = 1, options?: CallOptions): Promise<number> {
    return moveVersion(this.#core, 'decrVersion', { key, delta: -stepsOf(delta) }, options)
  }

  /** Seconds left, rounded up; 0 when missing; `null` for ever. */
  async ttl(key: Key, options?: CallOptions): Promise<number | null> {
    const ms = await timeLeft(this.#core, 'ttl', key, options)
    return ms === null ? null : Math.ceil(ms / 1000)
  }

  /** Milliseconds left; 0 when missing; `null` for ever. */
  pttl(key: Key, options?: CallOptions): Promise<number | null> {
    return timeLeft(this.#core, 'pttl', key, options)
  }

  /** Gives the value this time to live, exact to a millisecond; whether it was there. */
  expire(key: Key, timeout: Timeout, options?: CallOptions): Promise<boolean> {
    return expireKey(this.#core, key, timeout, options)
  }

  /** Lets the value end at `date`; one in the past removes it. Whether it was there. */
  expireAt(key: Key, date: Date, options?: CallOptions): Promise<boolean> {
    return expireKeyAt(this.#core, key, date, options)
  }

  /** Lets the value live for ever; false when it is missing or did so already. */
  persist(key: Key, options?: CallOptions): Promise<boolean> {
    return persistKey(this.#core, key, options)
  }

  /** The keys, as the user wrote them, that match a Redis glob such as `user:*`. */
  keys(pattern: string = '*', options?: WalkOptions): Promise<string[]> {
    return listKeys(this.#core, pattern, options)
  }

  /** As {@link keys}, page by page. A key may come twice when others are written meanwhile. */
  iterKeys(pattern: string = '*', options?: WalkOptions): AsyncIterableIterator<string> {
    return walkKeys(this.#core, pattern, options)
  }

  /** Deletes what matches, page by page; how many were there. */
  deletePattern(pattern: string, options?: DeletePatternOptions): Promise<number> {
    return deleteMatching(this.#core, pattern, options)
  }

  /** Deletes everything under this prefix, all versions; nothing else of the database. */
  clear(options?: ClearOptions): Promise<void> {
    return clearKeys(this.#core, options)
  }

  /** A lock, the same as redis-py's and django-redis'. Nothing is sent before it is acquired. @throws OptionError */
  lock(key: Key, options?: LockOptions): Lock {
    return createLock(this.#locks, key, options)
  }

  /** A hash in Redis; `T` says which fields it has. @throws OptionError where there is no Redis */
  hashAt<T extends object = Record<string, unknown>>(key: Key, options?: HashOptions): HashHandle<T> {
    return openHash<T>(this.#collections, key, options)
  }

  /** A list in Redis. @throws OptionError where there is no Redis */
  listAt<T = unknown>(key: Key, options?: CollectionOptions): ListHandle<T> {
    return new ListHandle<T>(openPlace(this.#collections, 'listAt', key, options))
  }

  /** A set in Redis. @throws OptionError where there is no Redis */
  setAt<T = unknown>(key: Key, options?: CollectionOptions): SetHandle<T> {
    return new SetHandle<T>(openPlace(this.#collections, 'setAt', key, options))
  }

  /** A sorted set in Redis. @throws OptionError where there is no Redis */
  sortedSetAt<T = unknown>(key: Key, options?: CollectionOptions): SortedSetHandle<T> {
    return new SortedSetHandle<T>(openPlace(this.#collections, 'sortedSetAt', key, options))
  }

  /** The client library's own object, connected: as django-redis' `get_redis_connection`. @throws OptionError where there is none */
  async raw<Client = unknown>(options?: { readonly write?: boolean }): Promise<Client> {
    try {
      return (await this.#core.store.raw({ write: options?.write ?? true })) as Client
    } catch (error) {
      // There is no answer instead of a client, so this is never ignored.
      if (isStoreFailure(error)) this.#core.monitor.failed('raw', error)
      throw error
    }
  }

  /** The key as Redis sees it. */
  makeKey(key: Key, version?: Version): string {
    return this.#core.keys.wire(key, version)
  }

  /** What happened so far. */
  stats(): CacheStats {
    return this.#core.monitor.stats(this.#core.store.stats())
  }

  /** Calls `listener` at every such event, until the function that comes back is called. Nobody has to listen to `error`. */
  on<Name extends keyof CacheEvents>(event: Name, listener: (payload: CacheEvents[Name]) => void): () => void {
    return this.#core.monitor.emitter.on(event, listener)
  }

  /** Connects now, so that a wrong address or password shows at the start, as an event alone with `ignoreErrors`. Without it the first call connects. */
  async connect(): Promise<void> {
    try {
      await this.#core.store.connect()
    } catch (error) {
      this.#core.monitor.answer('connect', error, undefined)
    }
  }

  /** Waits for what is under way, then lets go of the connection, within the deadline. A client handed in stays open. */
  async close(): Promise<void> {
    try {
      await this.#core.store.close()
    } catch (error) {
      this.#core.monitor.answer('close', error, undefined)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
