import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, type Timeout, toMs, toTtlMs } from '../base/duration.ts'
import { checkChoice, checkOptions, kindOf } from '../base/options.ts'
import { type Cache, coreOf } from '../cache/cache.ts'
import type { Core } from '../cache/core.ts'
import { OptionError } from '../errors.ts'
import { resolveCookie, type SessionCookieOptions } from './cookie-options.ts'
import { Devices } from './devices.ts'
import type { ExpiryForm, Lifetimes } from './expiry.ts'
import { isOwn } from './fields.ts'
import { plainLayout, type SessionLayout } from './layout.ts'
import type { Merge } from './merge.ts'
import { Records } from './records.ts'
import { Remembered } from './remembered.ts'
import type { Host } from './state.ts'

/** How sessions are made. */
export interface SessionsOptions {
  /** Where they are kept: what `createCache` made. */
  readonly cache: Cache
  readonly cookie?: SessionCookieOptions
  /** How long a session lives at most, from its beginning or its login on, used or not. @defaultValue `null`, for ever */
  readonly age?: Timeout
  /** How long it lives without being used. @defaultValue `age` when that is given, else 14 days */
  readonly idle?: Timeout
  /** Whether each use begins the idle time anew (once a tenth of it has passed); else only saving does. @defaultValue true */
  readonly rolling?: boolean
  /** Whether cookies go when the browser closes. @defaultValue false */
  readonly untilBrowserCloses?: boolean
  /** How long requests under way may still read with a key that was given up for a new one. @defaultValue 10 seconds */
  readonly grace?: Duration
  /** Whether a session is only read when `await session.load()` or another awaited method asks for it. @defaultValue false: when the request comes, if it has the cookie */
  readonly lazy?: boolean
  /** What a request gets whose session cannot be loaded: a `SessionUnavailableError`, or an anonymous session that is not saved. @defaultValue `'error'` */
  readonly onOutage?: 'error' | 'anonymous'
  /** Settles a field that two requests changed at once. @defaultValue the later save wins */
  readonly merge?: Merge
  /** Put before every key in the cache. @defaultValue `'session:'` */
  readonly prefix?: string
  /** Whether only a hash of the key is in the cache, so that whoever reads the cache cannot log in with it. @defaultValue true */
  readonly hashKeys?: boolean
}

/** What belongs to others that share the sessions, or to tests. */
export interface HostParts {
  readonly layout?: SessionLayout
  readonly clock?: Clock
  /** @defaultValue a tenth */
  readonly refreshAfter?: number
  readonly expiryForm?: ExpiryForm
  /** Which counts of several cookies of the session's name. @defaultValue `'first'` */
  readonly takesCookie?: 'first' | 'last'
}

const known: readonly (keyof SessionsOptions)[] = [
  'cache',
  'cookie',
  'age',
  'idle',
  'rolling',
  'untilBrowserCloses',
  'grace',
  'lazy',
  'onOutage',
  'merge',
  'prefix',
  'hashKeys',
]

const switches = ['rolling', 'untilBrowserCloses', 'lazy', 'hashKeys'] as const

/** @throws OptionError for a name that is unknown or a value that cannot be. */
export function resolveSessions(options: SessionsOptions, parts: HostParts = {}): Host {
  checkOptions(options, known, 'createSessions')
  checkTypes(options)
  const { prefix = 'session:', hashKeys = true } = options
  const core = checkCache(options.cache)
  const { clock = systemClock, layout = plainLayout({ codec: core.codec, prefix, hashKeys }) } = parts
  const records = new Records(core, layout, clock)
  return {
    ...resolveManners(options),
    records,
    devices: new Devices(records, prefix, clock),
    layout,
    cookie: resolveCookie(options.cookie, parts.takesCookie),
    lifetimes: resolveLifetimes(options, parts),
    refreshTimes: new Remembered(),
    listedTimes: new Remembered(),
    clock,
  }
}

function resolveManners(options: SessionsOptions): Pick<Host, 'merge' | 'graceMs' | 'lazy' | 'onOutage'> {
  const { merge, grace = 10, lazy = false, onOutage = 'error' } = options
  return {
    merge: merge && ((field, conflict) => (isOwn(field) ? conflict.mine : merge(field, conflict))),
    graceMs: Math.max(1, toMs(grace, 'grace')),
    lazy,
    onOutage: checkChoice(onOutage, ['error', 'anonymous'], 'onOutage'),
  }
}

function checkTypes(options: SessionsOptions): void {
  for (const name of switches) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') {
      throw expected(name, 'true or false', options[name])
    }
  }
  const { prefix, merge } = options
  if (prefix !== undefined && typeof prefix !== 'string') throw expected('prefix', 'a text', prefix)
  if (merge !== undefined && typeof merge !== 'function') throw expected('merge', 'a function', merge)
}

function checkCache(cache: unknown): Core {
  const core = coreOf(cache)
  if (core === undefined) throw expected('cache', 'what createCache() of this package made', cache)
  return core
}

function resolveLifetimes(options: SessionsOptions, { refreshAfter = 0.1, expiryForm }: HostParts): Lifetimes {
  const { age = null, idle = age ?? '14d', rolling = true, untilBrowserCloses = false } = options
  return {
    ageMs: positive(toTtlMs(age, 'age'), 'age'),
    idleMs: positive(toTtlMs(idle, 'idle'), 'idle'),
    rolling,
    untilBrowserCloses,
    refreshAfter,
    form: expiryForm,
  }
}

function positive(ms: number | null, option: string): number | null {
  if (ms !== 0) return ms
  throw new OptionError(option, `${option}: expected more than no time, or null for ever; sessions would end at once`)
}

function expected(option: string, what: string, came: unknown): OptionError {
  return new OptionError(option, `${option}: expected ${what}, got ${kindOf(came)}`)
}
