import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Duration } from '../base/duration.ts'
import { checkOptions } from '../base/options.ts'
import { isEverwarmError, LockError } from '../errors.ts'
import type { Store } from '../stores/store.ts'
import { HeldLock, notHeld, readToken, tokenOf } from './held-lock.ts'
import { type LockHost, storeOf } from './host.ts'
import {
  type AcquireOptions,
  type ExtendOptions,
  type LockConfig,
  type LockOptions,
  resolveLockOptions,
  waitOf,
} from './options.ts'
import { take } from './take.ts'

/** A lock by its key. Nothing is asked of the store yet. @throws OptionError */
export function createLock(host: LockHost, key: string | number, options: LockOptions = {}): Lock {
  const config = resolveLockOptions(options)
  const own = options.deadline === undefined ? host : { ...host, store: storeOf(host, options) }
  return new Lock({ host: own, key: String(key), wireKey: host.wire(key, options.version), config })
}

interface LockSettings {
  readonly host: LockHost
  readonly key: string
  readonly wireKey: string
  readonly config: LockConfig
}

/**
 * A lock that one owner has at a time, in whatever process: the same as redis-py's and django-redis'. It is not
 * reentrant, and one object stands for one owner: make one for each task, or take {@link hold}, which answers one.
 */
export class Lock {
  readonly #settings: LockSettings
  #held: HeldLock | undefined

  /** Use `cache.lock`. */
  constructor(settings: LockSettings) {
    this.#settings = settings
  }

  get key(): string {
    return this.#settings.key
  }

  /** What {@link acquire} got; `undefined` before that and after {@link release}. */
  get held(): HeldLock | undefined {
    return this.#held
  }

  /**
   * Takes the lock, waiting for it as long as `wait` says; whether it is ours now. Also false when Redis failed and
   * failures are ignored: a lock is never taken for granted.
   */
  async acquire(options: AcquireOptions = {}): Promise<boolean> {
    try {
      const held = await this.#obtain(options)
      if (held !== undefined) this.#held = held
      return held !== undefined
    } catch (error) {
      return this.#settings.host.answer('lock.acquire', error, false)
    }
  }

  /** As {@link acquire}, for `await using held = await lock.hold()`. @throws LockError when the lock was not to be had */
  async hold(options: AcquireOptions = {}): Promise<HeldLock> {
    let failure: unknown
    const held = await this.#obtain(options).catch((error: unknown) => {
      failure = error
      return this.#settings.host.answer('lock.hold', error, undefined)
    })
    if (held !== undefined) return held
    throw unavailable(this.key, failure)
  }

  /** Runs `task` while holding the lock, and releases it however that ends. @throws LockError when the lock was not to be had */
  async run<T>(task: (held: HeldLock) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    await using held = await this.hold(options)
    return await task(held)
  }

  /** As {@link HeldLock.release}. @throws LockError */
  async release(): Promise<boolean> {
    const held = this.#current('release')
    try {
      const released = await held.release()
      if (released) this.#forget(held)
      return released
    } catch (error) {
      if (error instanceof LockError) this.#forget(held)
      throw error
    }
  }

  /** As {@link HeldLock.extend}. @throws LockError */
  async extend(additional: Duration, options?: ExtendOptions): Promise<boolean> {
    return this.#current('extend').extend(additional, options)
  }

  /** As {@link HeldLock.reacquire}. @throws LockError */
  async reacquire(): Promise<boolean> {
    return this.#current('reacquire').reacquire()
  }

  /** Whether the lock is ours, as the store sees it. */
  async owned(): Promise<boolean> {
    return this.#held === undefined ? false : this.#held.owned()
  }

  /** Whether anybody has the lock. */
  async locked(): Promise<boolean> {
    const { host, wireKey } = this.#settings
    try {
      return (await readToken(host.store, 'lock.locked', wireKey)) !== undefined
    } catch (error) {
      return host.answer('lock.locked', error, false)
    }
  }

  /** Releases the lock if it is held. @throws LockError when it was lost meanwhile */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held
    this.#held = undefined
    await held?.[Symbol.asyncDispose]()
  }

  #current(operation: string): HeldLock {
    if (this.#held === undefined) throw notHeld(this.key, operation)
    return this.#held
  }

  #forget(held: HeldLock): void {
    if (this.#held === held) this.#held = undefined
  }

  async #obtain(options: AcquireOptions): Promise<HeldLock | undefined> {
    checkOptions(options, ['wait', 'signal', 'deadline'], 'acquire')
    const { wait, signal } = options
    const waitMs = wait === undefined ? this.#settings.config.waitMs : waitOf(wait)
    const trying = { ...this.#settings, store: storeOf(this.#settings.host, options) }
    signal?.throwIfAborted()
    return waitMs === 0 ? attempt(trying) : waitInLine(trying, waitMs, signal)
  }
}

interface Trying extends LockSettings {
  readonly store: Store
}

async function waitInLine(
  trying: Trying,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<HeldLock | undefined> {
  const { turns } = trying.host
  const { wireKey, config } = trying
  const until = performance.now() + waitMs
  const turn = turns.enter(wireKey)
  try {
    for (;;) {
      signal?.throwIfAborted()
      turn.look()
      const held = turn.isFirst ? await attempt(trying) : undefined
      if (held !== undefined) return held
      const left = until - performance.now()
      if (left <= 0) return undefined
      await turn.rest(turn.isFirst ? Math.min(left, jittered(config.retryMs)) : left, signal)
    }
  } finally {
    turns.leave(wireKey, turn)
  }
}

async function attempt({ host, store, key, wireKey, config }: Trying): Promise<HeldLock | undefined> {
  const token = tokenOf(randomBytes(16))
  const askedAt = performance.now()
  const { ttlMs, renew, fencing } = config
  try {
    const taken = await take(store, wireKey, { token, ttlMs, fencing })
    return taken && new HeldLock({ host, key, wireKey, token, ttlMs, renew, fence: taken.fence, askedAt })
  } catch (error) {
    if (isOutcomeUnknown(error)) void giveBack(host, wireKey, token)
    throw error
  }
}

/**
 * Nobody would ever release a lock that was taken and whose answer got lost. Nobody waits for this either, and what it
 * fails of was reported by the acquisition.
 */
async function giveBack(host: LockHost, wireKey: string, token: Uint8Array): Promise<void> {
  for (const pauseMs of [500, 1000, 0]) {
    try {
      await host.store.remove(wireKey, token)
      return
    } catch {
      await sleep(pauseMs, undefined, { ref: false })
    }
  }
}

function isOutcomeUnknown(error: unknown): boolean {
  return isEverwarmError(error) && (error.code === 'ERR_DEADLINE' || error.code === 'ERR_CONNECTION')
}

/** So that processes which began to wait together do not all ask together. */
function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2)
}

function unavailable(key: string, failure: unknown): LockError {
  if (failure !== undefined) {
    return new LockError(key, 'timeout', `lock "${key}" was not acquired: Redis failed, see cause`, failure)
  }
  const advice = "wait longer for it, such as with { wait: '5s' }, or do without"
  return new LockError(key, 'timeout', `lock "${key}" is held by somebody else: ${advice}`)
}
