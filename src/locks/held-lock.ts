import { type Bytes, fromText, sameBytes } from '../base/bytes.ts'
import type { Duration } from '../base/duration.ts'
import { checkOptions } from '../base/options.ts'
import { LockError } from '../errors.ts'
import { extendLock } from '../redis/scripts/extend-lock.ts'
import type { Store } from '../stores/store.ts'
import { type LockHost, storeOf } from './host.ts'
import { additionOf, type ExtendOptions } from './options.ts'
import { Watch } from './watch.ts'

/** A lock that was just acquired. */
export interface Lease {
  readonly host: LockHost
  readonly key: string
  readonly wireKey: string
  readonly token: Bytes
  /** `null` for ever. */
  readonly ttlMs: number | null
  readonly renew: boolean
  readonly fence: number | undefined
  /** By the monotonic clock, before it was asked for: so it never seems to last longer than it does. */
  readonly askedAt: number
}

/** A lock while it is held: by one owner, until it is released or its time is up. */
export class HeldLock {
  readonly #lease: Lease
  readonly #watch: Watch
  /** Calls of the user's that move the end of the lock, and the renewal under way. */
  #prolonging = 0
  #renewing: Promise<void> | undefined
  #isOver = false
  /** A loss that no caller was told of yet. */
  #untold: LockError | undefined

  /** Use `Lock.hold`. */
  constructor(lease: Lease) {
    this.#lease = lease
    this.#watch = new Watch({
      ttlMs: lease.ttlMs,
      renew: lease.renew ? () => this.#renew() : undefined,
      expired: () => this.#notOwned('its time is up'),
    })
    if (lease.ttlMs !== null) this.#watch.holdUntil(lease.askedAt + lease.ttlMs)
  }

  get key(): string {
    return this.#lease.key
  }

  /**
   * Greater than that of every earlier owner: whoever writes for this lock sends it along, and what is written refuses
   * smaller ones than it has seen. `undefined` without the option `fencing`.
   */
  get fence(): number | undefined {
    return this.#lease.fence
  }

  /** Aborts when the lock is lost: its time is up, or an answer showed that it is somebody else's. The reason is a LockError. */
  get signal(): AbortSignal {
    return this.#watch.signal
  }

  /** Gives the lock back. False only when that failed and failures are ignored. @throws LockError when it is no longer ours */
  async release(): Promise<boolean> {
    this.#tell()
    this.#checkHeld('release')
    this.#watch.end()
    const { host, wireKey, token } = this.#lease
    let wasOurs: boolean
    try {
      wasOurs = await host.store.remove(wireKey, token)
    } catch (error) {
      return host.answer('lock.release', error, false)
    }
    this.#isOver = true
    if (!wasOurs) throw this.#notOwned('it was not released')
    host.turns.wake(wireKey)
    return true
  }

  /** Adds to the time left, or replaces it. False only when that failed and failures are ignored. @throws LockError */
  async extend(additional: Duration, options: ExtendOptions = {}): Promise<boolean> {
    checkOptions(options, ['replace', 'deadline'], 'extend')
    const store = storeOf(this.#lease.host, options)
    const how = options.replace === true ? 'replace' : 'add'
    return this.#prolong('extend', () => moveEnd(this.#lease, store, additionOf(additional), how))
  }

  /** Begins the lock's timeout anew. False only when that failed and failures are ignored. @throws LockError */
  async reacquire(): Promise<boolean> {
    return this.#prolong('reacquire', () => beginAnew(this.#lease))
  }

  /** Whether the lock is still ours, as the store sees it. */
  async owned(): Promise<boolean> {
    if (this.#isOver) return false
    const { host, wireKey, token } = this.#lease
    try {
      const found = await readToken(host.store, 'lock.owned', wireKey)
      return found !== undefined && sameBytes(found, token)
    } catch (error) {
      return host.answer('lock.owned', error, false)
    }
  }

  /** Releases the lock, unless that was done. @throws LockError when it was lost meanwhile */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#tell()
    if (!this.#isOver) await this.release()
  }

  async #prolong(operation: string, work: () => Promise<number | Refused>): Promise<boolean> {
    const { host, key, ttlMs } = this.#lease
    this.#checkHeld(operation)
    if (ttlMs === null) throw noTimeout(key, operation)
    // A renewal that reaches the server after this would make the lock shorter again.
    this.#prolonging++
    await this.#renewing
    const askedAt = performance.now()
    let leftMs: number | Refused
    try {
      leftMs = await work()
    } catch (error) {
      return host.answer(`lock.${operation}`, error, false)
    } finally {
      this.#prolonging--
    }
    if (leftMs === 'no-timeout') throw noTimeout(key, operation)
    if (leftMs === 'not-owned') throw this.#lose('it was not extended')
    this.#watch.holdUntil(askedAt + leftMs)
    return true
  }

  /** Tried again soon where a call of the user's prolongs it just now. */
  #renew(): Promise<void> {
    if (this.#prolonging > 0) return Promise.resolve()
    const renewing = this.#renewNow().finally(() => (this.#renewing = undefined))
    this.#renewing = renewing
    return renewing
  }

  async #renewNow(): Promise<void> {
    const askedAt = performance.now()
    try {
      const leftMs = await beginAnew(this.#lease)
      if (typeof leftMs === 'number') this.#watch.holdUntil(askedAt + leftMs)
      else this.#untold = this.#lose('it could not be renewed')
    } catch (error) {
      this.#lease.host.report('lock.renew', error)
    }
  }

  #lose(consequence: string): LockError {
    const error = this.#notOwned(consequence)
    this.#isOver = true
    this.#watch.lose(error)
    return error
  }

  /** Once: who let an earlier error pass through the end of a scope wants to see that one. */
  #tell(): void {
    const loss = this.#untold
    this.#untold = undefined
    if (loss !== undefined) throw loss
  }

  #checkHeld(operation: string): void {
    if (this.#isOver) throw notHeld(this.#lease.key, operation)
  }

  #notOwned(consequence: string): LockError {
    const advice =
      'what was done meanwhile may have been done twice; give it a longer timeout, extend it or pass { renew: true }'
    return new LockError(this.key, 'not-owned', `lock "${this.key}" is no longer ours, ${consequence}: ${advice}`)
  }
}

/** Bytes that redis-py takes for a token of its own: 32 hexadecimal digits. */
export function tokenOf(random: Bytes): Bytes {
  return fromText(Buffer.from(random).toString('hex'))
}

export function notHeld(key: string, operation: string): LockError {
  return new LockError(key, 'not-held', `${operation}: lock "${key}" is not held: acquire it first, release it once`)
}

function noTimeout(key: string, operation: string): LockError {
  return new LockError(key, 'no-timeout', `${operation}: lock "${key}" never ends: only one with a timeout is extended`)
}

type Refused = 'not-owned' | 'no-timeout'

async function beginAnew({ host, wireKey, token, ttlMs }: Lease): Promise<number | Refused> {
  return (await host.store.swap(wireKey, token, token, ttlMs)) === 'swapped' ? (ttlMs ?? 0) : 'not-owned'
}

async function moveEnd(
  { wireKey, token }: Lease,
  store: Store,
  ms: number,
  how: 'add' | 'replace',
): Promise<number | Refused> {
  if (store.commands !== undefined) {
    return store.commands.script('lock.extend', extendLock, [wireKey], [token, String(ms), how])
  }
  const left = await store.ttl(wireKey)
  if (left === null) return 'no-timeout'
  const leftMs = how === 'add' ? ms + (left ?? 0) : ms
  return (await store.swap(wireKey, token, token, leftMs)) === 'swapped' ? leftMs : 'not-owned'
}

/** Asked of the primary itself where there is one: a replica, a batch or a near cache may be behind. */
export async function readToken(store: Store, operation: string, wireKey: string): Promise<Bytes | undefined> {
  if (store.commands === undefined) return store.get(wireKey)
  const reply = await store.commands.run(operation, wireKey, ['GET', wireKey])
  return reply instanceof Uint8Array ? reply : undefined
}
