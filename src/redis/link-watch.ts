import type { Deadlines } from '../base/deadlines.ts'
import type { OnState } from '../base/state-change.ts'
import { BreakerOpenError, ConnectionError, OverloadError } from '../errors.ts'
import { Breaker, type BreakerSettings, type BreakerState, usualBreaker } from './breaker.ts'
import type { Command, Link } from './link.ts'

export interface WatchSettings {
  /** `false`: none. @defaultValue {@link usualBreaker} */
  readonly breaker?: BreakerSettings | false | undefined
  /** So many calls may wait at most. @defaultValue 50,000 */
  readonly maxWaiting?: number | undefined
  /** So many bytes may wait at most, unless it is one call that has them. @defaultValue 128 MiB */
  readonly maxWaitingBytes?: number | undefined
  readonly onState?: OnState | undefined
}

/** While it is away a server is probed so often, at random between the two, lest a fleet comes in step. */
const probeAfterMs = 100
const probeBeforeMs = 300
/** A server that nobody has called for so long is left in peace. */
const idleAfterMs = 5000

/**
 * What all calls over one link have in common: the breaker before it, the bounds on what waits for it, and the care for it
 * in the background. A connection that answers nothing is given up here and made anew.
 */
export class LinkWatch {
  readonly link: Link
  readonly breaker: Breaker | undefined
  readonly #maxWaiting: number
  readonly #maxBytes: number
  readonly #onState: OnState
  /** Of the probes. */
  readonly #deadlines: Deadlines
  /** Why the last connection was given up, until there is a new one. */
  givenUp: Error | undefined
  closing: Promise<void> | undefined
  timeouts = 0
  dropped = 0
  #calls = 0
  #underWay = 0
  #waiting = 0
  #bytes = 0
  #drained: (() => void)[] = []
  #wasReady = false
  #probing = false
  #recovering: NodeJS.Timeout | undefined
  #calledAt = 0
  #lastFailure: Error | undefined
  #demotedAt = Number.NEGATIVE_INFINITY

  constructor(link: Link, deadlines: Deadlines, settings: WatchSettings) {
    this.link = link
    this.#deadlines = deadlines
    this.#maxWaiting = settings.maxWaiting ?? 50_000
    this.#maxBytes = settings.maxWaitingBytes ?? 128 * 2 ** 20
    this.#onState = settings.onState ?? (() => undefined)
    const { breaker = usualBreaker } = settings
    if (breaker !== false) this.breaker = new Breaker(breaker, (state) => this.#breakerChanged(state))
  }

  get deadlineMs(): number {
    return this.#deadlines.ms
  }

  /** Counts a call in, or says why it is not to be sent. Whoever came in has to {@link leave} and to {@link release}. */
  refusal(operation: string, bytes: number): Error | undefined {
    if (this.closing !== undefined) return closedError(this.link.server)
    this.#calls++
    if (this.#waiting >= this.#maxWaiting || (this.#bytes + bytes > this.#maxBytes && this.#waiting > 0)) {
      return this.#overload(operation)
    }
    if (this.breaker?.admits() === false) {
      this.#calledAt = performance.now()
      return this.#breakerOpen(operation)
    }
    this.#underWay++
    this.#waiting++
    this.#bytes += bytes
    return undefined
  }

  /** The caller has been answered. */
  leave(): void {
    this.#underWay--
    if (this.#underWay === 0 && this.#drained.length > 0) for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** Nothing of the call waits any more, neither here nor in the client. */
  release(bytes: number): void {
    this.#waiting--
    this.#bytes -= bytes
  }

  /** When no caller waits any more: after their deadlines at most. */
  drained(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  /** A call that began in `epoch` of the breaker has ended. `isWell`: whether the server was there; `undefined`: nobody knows. */
  record(isWell: boolean | undefined, epoch: number, failure: Error | undefined): void {
    if (this.breaker === undefined) return
    const now = performance.now()
    if (isWell === false) {
      this.#lastFailure = failure
      this.#calledAt = now
    }
    this.breaker.record(isWell, epoch, now)
  }

  /** There is a connection. */
  opened(): void {
    this.givenUp = undefined
    if (this.#wasReady) return
    this.#wasReady = true
    this.#onState({ server: this.link.server, state: 'ready' })
  }

  /** A call has failed with the connection: it may be gone. */
  lost(reason: string): void {
    if (!this.#wasReady || this.link.isReady) return
    this.#wasReady = false
    this.#onState({ server: this.link.server, state: 'lost', reason })
  }

  /** The server takes no writes: a new connection may lead to one that does. Not again and again: it may be meant so. */
  mayReconnect(): boolean {
    const now = performance.now()
    if (now - this.#demotedAt < 1000) return false
    this.#demotedAt = now
    this.link.drop()
    return !this.link.isReady
  }

  /** A connection that answers nothing, not even a PING, may be dead without anybody having told us. */
  async probe(): Promise<void> {
    if (this.#probing || !this.link.isReady) return
    this.#probing = true
    try {
      await this.#ping()
    } catch (error) {
      // One that was lost meanwhile is nobody's any more: there may be a new one by now.
      if (error instanceof SilenceError) this.#giveUp(error)
    } finally {
      this.#probing = false
    }
  }

  stats(): { readonly calls: number; readonly waiting: number } {
    return { calls: this.#calls, waiting: this.#waiting }
  }

  /** No timer is left, so that the link can be closed. */
  stop(): void {
    clearTimeout(this.#recovering)
    this.#recovering = undefined
  }

  #ping(): Promise<unknown> {
    const late = () => new SilenceError(this.link.server)
    return this.#deadlines.race(this.link.send(ping), late, (error) => error as Error)
  }

  #giveUp(silence: SilenceError): void {
    this.link.drop()
    this.#lastFailure = silence
    this.breaker?.trip()
    // A client that was handed in keeps its connection.
    if (this.link.isReady) return
    this.dropped++
    this.#calledAt = performance.now()
    this.givenUp = silence
    this.lost(silence.message)
    this.#recoverSoon()
  }

  #breakerChanged(state: BreakerState): void {
    const { server } = this.link
    if (state !== 'open') return this.#onState({ server, state })
    this.#onState({ server, state, ...(this.#lastFailure && { reason: this.#lastFailure.message }) })
    this.#calledAt = performance.now()
    this.#recoverSoon()
  }

  #recoverSoon(): void {
    if (this.#recovering !== undefined || this.closing !== undefined) return
    const ms = probeAfterMs + Math.random() * (probeBeforeMs - probeAfterMs)
    this.#recovering = setTimeout(() => void this.#recover(), ms).unref()
  }

  /** Makes the connection anew, in the background, until the server answers on it. */
  async #recover(): Promise<void> {
    const isWanted = performance.now() - this.#calledAt < idleAfterMs
    const isWell = isWanted && (await this.#answers())
    this.#recovering = undefined
    if (isWell || !isWanted) this.breaker?.admitTrials()
    else this.#recoverSoon()
  }

  async #answers(): Promise<boolean> {
    const { link } = this
    const unreachable = (error?: unknown) => (error instanceof Error ? error : new Error('no answer in time'))
    try {
      await this.#deadlines.race(link.open(), unreachable, unreachable)
      if (this.closing !== undefined) return false
      this.opened()
      await this.#ping()
      return true
    } catch (error) {
      this.#lastFailure = error as Error
      if (link.isReady) link.drop()
      return false
    }
  }

  #breakerOpen(operation: string): Error {
    const { server } = this.link
    const last = this.#lastFailure
    const reason = last === undefined ? 'too many calls have failed' : `it has failed before: ${last.message}`
    const message = `${operation}: not sent to ${server}; ${reason}. It is probed, and called again as soon as it answers`
    return new BreakerOpenError(operation, server, message, last)
  }

  #overload(operation: string): Error {
    const { server } = this.link
    const much = `${this.#waiting} calls with ${this.#bytes} bytes`
    const message = `${operation}: not sent to ${server}: ${much} wait for it already; call less at once, or raise maxWaiting and maxWaitingBytes`
    return new OverloadError(operation, server, message)
  }
}

const ping: Command = ['PING']

class SilenceError extends ConnectionError {
  constructor(server: string) {
    super(server, `${server} answered nothing any more; the connection was given up`)
    this.name = 'ConnectionError'
  }
}

/** What a call on a closed cache is told. */
function closedError(server: string): ConnectionError {
  return new ConnectionError(server, `The cache on ${server} is closed: create a new one, or close it later`)
}
