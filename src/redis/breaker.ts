/** When a breaker opens. */
export interface BreakerSettings {
  /** The part of the calls that must have failed, more than 0 and at most 1. */
  readonly failureRatio: number
  /** How far back calls count, in milliseconds. */
  readonly windowMs: number
  /** So many calls at least must have ended in that time. */
  readonly minimumCalls: number
}

export const usualBreaker: BreakerSettings = { failureRatio: 0.5, windowMs: 2000, minimumCalls: 10 }

export type BreakerState = 'closed' | 'open' | 'half-open'

/** While half open so many calls may be under way, and so many successes close it. */
const mostTrials = 5
const enoughSuccesses = 3

/**
 * Whether calls go to a server: `closed`, all of them; `open`, none, since too many have failed; `half-open`, a few that
 * try whether it is well again. It knows no timer: whoever probes the server says {@link admitTrials}.
 */
export class Breaker {
  readonly #settings: BreakerSettings
  readonly #onChange: (state: BreakerState) => void
  #state: BreakerState = 'closed'
  #epoch = 0
  #trials = 0
  #successes = 0
  // The window is two halves: whoever counts over both looks back between half of it and all of it.
  #halfBegan = 0
  #calls = 0
  #failures = 0
  #callsBefore = 0
  #failuresBefore = 0

  constructor(settings: BreakerSettings, onChange: (state: BreakerState) => void) {
    this.#settings = settings
    this.#onChange = onChange
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Changes with the state: what began under another one says nothing about this. */
  get epoch(): number {
    return this.#epoch
  }

  /** Whether a call may go; one that may has to be told of by {@link record}. */
  admits(): boolean {
    if (this.#state === 'closed') return true
    if (this.#state === 'open' || this.#trials >= mostTrials) return false
    this.#trials++
    return true
  }

  /** How a call ended that was let through in `epoch`: `ok` is `undefined` when it says nothing. `now` is by `performance.now()`. */
  record(ok: boolean | undefined, epoch: number, now: number): void {
    if (epoch !== this.#epoch) return
    if (this.#state === 'half-open') return this.#judge(ok)
    if (ok === undefined) return
    this.#turnTo(now)
    this.#calls++
    if (ok) return
    this.#failures++
    if (this.#isTooMuch()) this.trip()
  }

  /** Opens at once, whatever the ratio: the server is known to be away. */
  trip(): void {
    if (this.#state !== 'open') this.#become('open')
  }

  /** The server has answered a probe, or nobody has asked for long. */
  admitTrials(): void {
    if (this.#state === 'open') this.#become('half-open')
  }

  #judge(ok: boolean | undefined): void {
    if (ok === false) return this.#become('open')
    this.#trials--
    if (ok === true && ++this.#successes >= enoughSuccesses) this.#become('closed')
  }

  #become(state: BreakerState): void {
    this.#state = state
    this.#epoch++
    this.#trials = 0
    this.#successes = 0
    this.#calls = this.#failures = this.#callsBefore = this.#failuresBefore = 0
    this.#onChange(state)
  }

  #turnTo(now: number): void {
    const half = this.#settings.windowMs / 2
    const since = now - this.#halfBegan
    if (since < half) return
    const isNext = since < 2 * half
    this.#callsBefore = isNext ? this.#calls : 0
    this.#failuresBefore = isNext ? this.#failures : 0
    this.#calls = this.#failures = 0
    this.#halfBegan = now
  }

  #isTooMuch(): boolean {
    const calls = this.#calls + this.#callsBefore
    const failures = this.#failures + this.#failuresBefore
    return calls >= this.#settings.minimumCalls && failures >= calls * this.#settings.failureRatio
  }
}
