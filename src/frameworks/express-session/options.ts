import { type Timeout, toTtlMs } from '../../base/duration.ts'
import { checkFlag, checkOptions, kindOf } from '../../base/options.ts'
import { OptionError } from '../../errors.ts'
import type { Merge, SessionsOptions } from '../../sessions/index.ts'
import type { StoredSession } from './fields.ts'

/** How a store is made. */
export interface SessionStoreOptions {
  /** Where sessions are kept: what `createCache` made. */
  readonly cache: SessionsOptions['cache']
  /** Put before every id in the cache. @defaultValue `'sess:'` */
  readonly prefix?: string
  /**
   * How long a session lives whose cookie does not say, without being used. A function is asked for every session, whatever
   * its cookie says.
   *
   * @defaultValue 1 day
   */
  readonly ttl?: Timeout | ((session: StoredSession) => Timeout)
  /** Whether a session that is only read lives no longer for it. @defaultValue false */
  readonly disableTouch?: boolean
  /** Settles a field that two requests changed at once; the cookie is merged by itself. @defaultValue the later save wins */
  readonly merge?: Merge
}

/** The options, whole and checked. */
export interface SessionStoreConfig {
  readonly prefix: string
  /** Milliseconds for sessions whose cookie does not say; `null` for ever. */
  readonly ttlMs: number | null
  /** What the user's function says instead, in milliseconds. */
  readonly ttlOf: ((session: StoredSession) => number | null) | undefined
  readonly disableTouch: boolean
  readonly merge: Merge | undefined
}

const known: readonly (keyof SessionStoreOptions)[] = ['cache', 'prefix', 'ttl', 'disableTouch', 'merge']
const usualTtl = '1d'

/** @throws OptionError */
export function resolveStore(options: SessionStoreOptions): SessionStoreConfig {
  checkOptions(options, known, 'SessionStore')
  const { prefix = 'sess:', ttl = usualTtl, disableTouch = false, merge } = options
  if (typeof prefix !== 'string') throw expected('prefix', 'a text', prefix)
  if (merge !== undefined && typeof merge !== 'function') throw expected('merge', 'a function', merge)
  checkFlag(disableTouch, 'disableTouch')
  const isAsked = typeof ttl === 'function'
  const ttlMs = toTtlMs(isAsked ? usualTtl : ttl, 'ttl')
  if (ttlMs === 0) throw expected('ttl', 'more than no time, or null for ever', ttl)
  return { prefix, ttlMs, ttlOf: isAsked ? (session) => toTtlMs(ttl(session), 'ttl') : undefined, disableTouch, merge }
}

function expected(option: string, what: string, came: unknown): OptionError {
  return new OptionError(option, `${option}: expected ${what}, got ${kindOf(came)}`)
}
