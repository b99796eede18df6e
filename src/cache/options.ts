import type { ConnectionOptions } from 'node:tls'

import type { Duration, Timeout } from '../base/duration.ts'
import { toDeadlineMs, toMs, toTtlMs } from '../base/duration.ts'
import { checkChoice, checkOptions, kindOf } from '../base/options.ts'
import { createCodec } from '../codecs/chain.ts'
import type { Codec, Compressor, Serializer } from '../codecs/codec.ts'
import { structured } from '../codecs/structured.ts'
import { OptionError } from '../errors.ts'
import { type BreakerSettings, usualBreaker } from '../redis/breaker.ts'
import type { GuardSettings } from '../redis/guard.ts'
import type { SentinelAccess } from '../redis/sentinel-link.ts'
import type { ReadFrom } from '../stores/replicas.ts'
import {
  checkVersion,
  createKeySpace,
  type KeyFunction,
  type KeySpace,
  type ReverseKeyFunction,
  type Version,
} from './key-space.ts'
import type { Logger } from './log.ts'

/** How a cache is made. Names and defaults are Django's where Django has the option. */
export interface CacheOptions {
  /**
   * Where the values are: `memory:` (in this process), `dummy:` (nowhere), `redis://host:port/database`,
   * `rediss://...` (TLS), `unix:///path?db=0`, `redis+sentinel://host1,host2/service/database` or
   * `redis+cluster://host1,host2`. Of several the first is the primary and the others are its replicas, which answer
   * reads; or each keeps a part of the keys, with `shards`.
   *
   * @defaultValue `'memory:'`
   */
  readonly location?: string | readonly string[]
  /**
   * Spreads the keys over all locations. `true`: by django-redis' hash ring, whose nodes are the locations as they are
   * written. `'rendezvous'`: by highest random weight, evener, by host, port and database alone, and with one of n
   * servers more or less 1/n of the keys move. @defaultValue false
   */
  readonly shards?: boolean | 'rendezvous'
  /**
   * With replicas, who answers reads: `'replicas'`, and the primary when none of them can be reached; `'replicas-only'`,
   * and else the read fails; `'all'`, the primary as one of them. @defaultValue `'replicas'`
   */
  readonly readFrom?: ReadFrom
  /**
   * With replicas, which lag: for how long after this process wrote a key it reads the key from the primary alone.
   * Longer than replicas ever lag. @defaultValue false
   */
  readonly readYourWrites?: Duration | false
  /** User, password and TLS of the Sentinels themselves; those of the servers stand in the URL. */
  readonly sentinel?: SentinelAccess
  /**
   * A client to use instead of a location, of node-redis, ioredis or iovalkey: for one server, with Sentinels or for a
   * Cluster. It is connected when it is not yet, and never closed.
   */
  readonly client?: object
  /** User of the server's ACL, unless the URL names one. */
  readonly username?: string
  /** Password of the server, unless the URL has one. */
  readonly password?: string
  /** For `rediss:`: certificates and what else `node:tls` takes. */
  readonly tls?: ConnectionOptions
  /** How long values live that are set without a `timeout`; `null` for ever. @defaultValue 300 seconds, as Django's TIMEOUT */
  readonly timeout?: Timeout
  /** Put before every key, so that several caches share one database. @defaultValue `''`, as Django's KEY_PREFIX */
  readonly keyPrefix?: string
  /** The version of keys used without one. @defaultValue 1, as Django's VERSION */
  readonly version?: Version
  /** Makes the wire key. Patterns go through it too. @defaultValue `prefix:version:key`, as Django's KEY_FUNCTION */
  readonly keyFunction?: KeyFunction
  /** The key that a wire key was made of. Needed with a `keyFunction` for what lists keys. */
  readonly reverseKeyFunction?: ReverseKeyFunction
  /** Values to bytes; of a list the first writes and all read. @defaultValue `structured()` */
  readonly serializer?: Serializer | readonly Serializer[]
  /** Makes large values smaller; of a list the first writes and all read. @defaultValue none */
  readonly compressor?: Compressor | readonly Compressor[]
  /** The longest that any call may take that goes to Redis. @defaultValue 1 second */
  readonly deadline?: Duration
  /**
   * Whether calls to a server that keeps failing are answered at once with a `BreakerOpenError`, until it answers again.
   * Each server has a breaker of its own. @defaultValue on: half of at least 10 calls in 2 seconds failed, or a silent connection
   */
  readonly breaker?: boolean | BreakerOptions
  /** How many calls may wait for a server at once; one more is answered with an `OverloadError`. @defaultValue 50,000 */
  readonly maxWaiting?: number
  /** How many bytes may wait for a server at once. @defaultValue 128 MiB */
  readonly maxWaitingBytes?: number
  /** Redis' failures are answered as misses and `false` instead of thrown, and reported as `error` events; as django-redis' IGNORE_EXCEPTIONS. @defaultValue false */
  readonly ignoreErrors?: boolean
  /** What bytes that cannot be read back are: a `DecodeError`, or a miss. @defaultValue `'throw'` */
  readonly onDecodeError?: 'throw' | 'miss'
  /**
   * Told of connections and breakers, of errors that nobody saw (of each kind once a second) and, at its level `debug`, of
   * all that events tell. Keys are named at that level alone.
   */
  readonly logger?: Logger
  /** For `memory:`: how many entries at most; the least recently used goes first. @defaultValue 100,000 */
  readonly maxEntries?: number
  /** For `memory:`: how many bytes at most. @defaultValue 128 MiB */
  readonly maxBytes?: number
}

/** When the breaker opens. */
export interface BreakerOptions {
  /** The part of the calls that has to fail, more than 0 and at most 1. @defaultValue 0.5 */
  readonly failureRatio?: number
  /** The time over which calls are counted. @defaultValue 2 seconds */
  readonly window?: Duration
  /** How many calls must have ended in that time. @defaultValue 10 */
  readonly minimumCalls?: number
}

/** The options, whole and checked. */
export interface CacheConfig {
  readonly ttlMs: number | null
  readonly keys: KeySpace
  readonly codec: Codec
  /** For what goes to a server. */
  readonly guard: GuardSettings
  readonly ignoreErrors: boolean
  readonly onDecodeError: 'throw' | 'miss'
  readonly logger: Logger | undefined
}

const known: readonly (keyof CacheOptions)[] = [
  'location',
  'shards',
  'readFrom',
  'readYourWrites',
  'sentinel',
  'client',
  'username',
  'password',
  'tls',
  'timeout',
  'keyPrefix',
  'version',
  'keyFunction',
  'reverseKeyFunction',
  'serializer',
  'compressor',
  'deadline',
  'breaker',
  'maxWaiting',
  'maxWaitingBytes',
  'ignoreErrors',
  'onDecodeError',
  'logger',
  'maxEntries',
  'maxBytes',
]

/** @throws OptionError for a name that is unknown or a value that cannot be. */
export function resolveCacheOptions(options: CacheOptions): CacheConfig {
  checkOptions(options, known, 'createCache')
  const { timeout = 300, ignoreErrors = false, onDecodeError = 'throw' } = options
  if (typeof ignoreErrors !== 'boolean') throw expected('ignoreErrors', 'true or false', ignoreErrors)
  return {
    ttlMs: toTtlMs(timeout, 'timeout'),
    keys: resolveKeys(options),
    codec: createCodec({
      serializers: listOf(options.serializer ?? structured(), 'serializer', isSerializer),
      compressors: listOf(options.compressor ?? [], 'compressor', isCompressor),
    }),
    guard: resolveGuard(options),
    ignoreErrors,
    onDecodeError: checkChoice(onDecodeError, ['throw', 'miss'], 'onDecodeError'),
    logger: checkLogger(options.logger),
  }
}

function resolveKeys(options: CacheOptions): KeySpace {
  const { keyPrefix = '', version = 1, keyFunction, reverseKeyFunction } = options
  if (typeof keyPrefix !== 'string') throw expected('keyPrefix', 'a text', keyPrefix)
  for (const [name, made] of Object.entries({ keyFunction, reverseKeyFunction })) {
    if (made !== undefined && typeof made !== 'function') throw expected(name, 'a function', made)
  }
  return createKeySpace({ keyPrefix, version: checkVersion(version), keyFunction, reverseKeyFunction })
}

function resolveGuard({ deadline = 1, breaker = true, maxWaiting, maxWaitingBytes }: CacheOptions): GuardSettings {
  return {
    deadlineMs: toDeadlineMs(deadline),
    breaker: resolveBreaker(breaker),
    maxWaiting: atLeastOne('maxWaiting', maxWaiting),
    maxWaitingBytes: atLeastOne('maxWaitingBytes', maxWaitingBytes),
  }
}

function resolveBreaker(breaker: boolean | BreakerOptions): BreakerSettings | false {
  if (typeof breaker === 'boolean') return breaker && usualBreaker
  checkOptions(breaker, ['failureRatio', 'window', 'minimumCalls'], 'breaker')
  const { failureRatio = usualBreaker.failureRatio, window = usualBreaker.windowMs / 1000, minimumCalls } = breaker
  if (typeof failureRatio !== 'number' || !(failureRatio > 0 && failureRatio <= 1)) {
    throw expected('breaker.failureRatio', 'a number above 0 and up to 1, such as 0.5', failureRatio)
  }
  const windowMs = toMs(window, 'breaker.window')
  if (windowMs <= 0) throw expected('breaker.window', 'more than nothing', window)
  const calls = atLeastOne('breaker.minimumCalls', minimumCalls)
  return { failureRatio, windowMs, minimumCalls: calls ?? usualBreaker.minimumCalls }
}

function atLeastOne(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value
  throw expected(option, 'a whole number above 0', value)
}

function checkLogger(logger: Logger | undefined): Logger | undefined {
  if (logger === undefined || hasMethods(logger, ['debug', 'info', 'warn'])) return logger
  throw expected('logger', 'a logger with the methods debug, info and warn, such as console', logger)
}

function listOf<T>(given: T | readonly T[], option: string, isOne: (value: unknown) => boolean): readonly T[] {
  const list = (Array.isArray(given) ? given : [given]) as readonly T[]
  const wrong = list.find((item) => !isOne(item))
  if (wrong !== undefined)
    throw expected(
      option,
      `what a function of 'everwarm/codecs' returns, such as ${option === 'serializer' ? 'json()' : 'zlib()'}`,
      wrong,
    )
  return list
}

function isSerializer(value: unknown): boolean {
  return hasMethods(value, ['serialize', 'deserialize', 'accepts'])
}

function isCompressor(value: unknown): boolean {
  return hasMethods(value, ['compress', 'decompress', 'accepts'])
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}

function expected(option: string, what: string, came: unknown): OptionError {
  return new OptionError(option, `${option}: expected ${what}, got ${kindOf(came)}`)
}
