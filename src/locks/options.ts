import { type DeadlineOption, type Duration, type Timeout, toMs, toTtlMs } from '../base/duration.ts'
import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** Of `lock`. The deadline is that of each call to the store, and not of waiting for the lock. */
export interface LockOptions extends DeadlineOption {
  /**
   * How long the lock is held at most, so that an owner that dies does not keep it. `null` for ever, as redis-py's
   * default: after a crash somebody has to delete the key by hand.
   *
   * @defaultValue 30 seconds
   */
  readonly timeout?: Timeout
  /** How long to wait for a lock that somebody else has; 0 tries once, `null` waits for ever. @defaultValue 0 */
  readonly wait?: Timeout
  /** How often to look whether another process gave the lock back, give or take a quarter. @defaultValue 100 ms */
  readonly retryEvery?: Duration
  /** Extends the lock while this process lives and holds it, a third of its timeout after each start. @defaultValue false */
  readonly renew?: boolean
  /** Numbers every acquisition, ever growing, at the cost of a second key: see `HeldLock.fence`. @defaultValue false */
  readonly fencing?: boolean
  /** Instead of the cache's own version. */
  readonly version?: number | string
}

/** Of one attempt to get a lock. */
export interface AcquireOptions extends Pick<LockOptions, 'wait' | 'deadline'> {
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Of `extend`. */
export interface ExtendOptions extends DeadlineOption {
  /** The time counts from now, instead of from when the lock would have ended. @defaultValue false */
  readonly replace?: boolean
}

export interface LockConfig {
  /** `null` for ever. */
  readonly ttlMs: number | null
  /** Infinity for ever. */
  readonly waitMs: number
  readonly retryMs: number
  readonly renew: boolean
  readonly fencing: boolean
}

/** @throws OptionError */
export function resolveLockOptions(options: LockOptions): LockConfig {
  checkOptions(options, ['timeout', 'wait', 'retryEvery', 'renew', 'fencing', 'version', 'deadline'], 'lock')
  const { timeout = 30, wait = 0, retryEvery = '100ms', renew = false, fencing = false } = options
  const ttlMs = toTtlMs(timeout, 'timeout')
  if (ttlMs === 0) {
    throw new OptionError('timeout', 'timeout: a lock is held for some time, or for ever with null; got nothing')
  }
  if (ttlMs === null && checkFlag(renew, 'renew')) {
    throw new OptionError('renew', 'renew: a lock that is held for ever has nothing to renew; give it a timeout')
  }
  return {
    ttlMs,
    waitMs: waitOf(wait),
    retryMs: Math.max(1, toMs(retryEvery, 'retryEvery')),
    renew: checkFlag(renew, 'renew'),
    fencing: checkFlag(fencing, 'fencing'),
  }
}

/** Milliseconds; Infinity for ever. @throws OptionError */
export function waitOf(wait: Timeout): number {
  return toTtlMs(wait, 'wait') ?? Number.POSITIVE_INFINITY
}

/** Milliseconds, more than none. @throws OptionError */
export function additionOf(additional: Duration): number {
  const ms = toMs(additional, 'additional')
  if (ms > 0) return ms
  throw new OptionError('additional', 'extend: expected some time to extend the lock by, got none; release() ends it')
}

function checkFlag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value
  throw new OptionError(option, `${option}: expected true or false, got ${kindOf(value)}`)
}
