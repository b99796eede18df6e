import type { LockError } from '../errors.ts'

export interface WatchSettings {
  /** How long each renewal lasts; `null` for ever. */
  readonly ttlMs: number | null
  /** Extends the lock; never rejects. `undefined` where nothing is renewed. */
  readonly renew: (() => Promise<void>) | undefined
  readonly expired: () => LockError
}

/** The longest that a timer takes. */
const longestMs = 2 ** 31 - 1

/** Keeps time for a lock that is held: renews it where asked, and tells when it is lost. Its timer keeps no process alive. */
export class Watch {
  readonly #settings: WatchSettings
  #expiresAt = Number.POSITIVE_INFINITY
  #renewAt = Number.POSITIVE_INFINITY
  #isRenewing = false
  #isOver = false
  #abort: AbortController | undefined
  #loss: LockError | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(settings: WatchSettings) {
    this.#settings = settings
  }

  /** Aborts when the lock is lost, with the error that says why. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#loss !== undefined) this.#abort.abort(this.#loss)
      this.#arm()
    }
    return this.#abort.signal
  }

  /** The lock ends then, by this process' own monotonic clock; Infinity never. */
  holdUntil(expiresAt: number): void {
    const { renew, ttlMs } = this.#settings
    this.#expiresAt = expiresAt
    // A third of the time has gone by then, and a lock that was extended by more than that is never made shorter.
    if (renew !== undefined && ttlMs !== null) this.#renewAt = expiresAt - (ttlMs * 2) / 3
    this.#arm()
  }

  lose(error: LockError): void {
    if (this.#isOver) return
    this.end()
    this.#loss = error
    this.#abort?.abort(error)
  }

  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const isAsked = this.#abort !== undefined || this.#settings.renew !== undefined
    const dueAt = Math.min(this.#expiresAt, this.#renewAt)
    if (this.#isOver || !isAsked || dueAt === Number.POSITIVE_INFINITY) return
    const ms = Math.min(Math.max(dueAt - performance.now(), 1), longestMs)
    this.#timer = setTimeout(() => this.#check(), ms).unref()
  }

  #check(): void {
    const now = performance.now()
    if (now >= this.#expiresAt) return this.lose(this.#settings.expired())
    if (now >= this.#renewAt) this.#renew(now)
    this.#arm()
  }

  /** One at a time; where it fails, it is tried again as long as the lock may still be ours. */
  #renew(now: number): void {
    this.#renewAt = now + Math.max(1, (this.#settings.ttlMs ?? 0) / 10)
    if (this.#isRenewing) return
    this.#isRenewing = true
    void this.#settings.renew?.().finally(() => (this.#isRenewing = false))
  }
}
