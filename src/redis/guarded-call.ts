import { setTimeout as pause } from 'node:timers/promises'

import type { Waiter } from '../base/deadlines.ts'
import { ConnectionError, DeadlineError, EverwarmError } from '../errors.ts'
import type { LinkWatch } from './link-watch.ts'
import type { Link } from './link.ts'
import { commandFailure, refusalWord } from './refusal.ts'

/** What a call does, and what may be done with it when it fails. */
export interface Work<T> {
  /** The caller's word for it, such as `set`: it stands in errors. */
  readonly operation: string
  readonly send: (link: Link) => Promise<T>
  /** How much it makes wait. */
  readonly bytes: number
  /** Whether it may be sent again though it may have been done: it only reads. */
  readonly isRepeatable: boolean
  /** Whether a refusal means that nothing of it was done. */
  readonly isOneStep: boolean
}

/** What holds for all calls of a guard. */
export interface CallTerms {
  /** How long each may take. */
  readonly deadlineMs: number
  /** Whether a server that is not ready yet is waited for; else the caller goes elsewhere. */
  readonly isPatient: boolean
}

/** A server that says so is well again in a moment, and did nothing of what it was asked. */
const laterWords: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'BUSY', 'TRYAGAIN'])
const pauseMs = 25
/** So often at most a connection is made anew for a call. */
const mostConnections = 3

/** One call under way: it connects when needed, tries again what may be tried again, and knows what to tell its caller. */
export class GuardedCall<T> implements Waiter<T> {
  readonly #watch: LinkWatch
  readonly #work: Work<T>
  readonly #terms: CallTerms
  readonly #epoch: number
  #connections = 0
  /** Whether it was sent on the connection that it waits for now. */
  #isSent = false
  #isOver = false
  #isReleased = false
  /** What the server said to the last try. */
  #refusal: unknown

  constructor(watch: LinkWatch, work: Work<T>, terms: CallTerms) {
    this.#watch = watch
    this.#work = work
    this.#terms = terms
    this.#epoch = watch.breaker?.epoch ?? 0
  }

  /** Sends it now, or as soon as there is a connection; never once its caller has been told that it failed. */
  attempt(): Promise<T> {
    const { link } = this.#watch
    if (link.isReady) {
      this.#isSent = true
      return sent(this.#work, link)
    }
    this.#isSent = false
    return link.open().then(() => {
      this.#watch.opened()
      if (this.#isOver) return new Promise<T>(() => undefined)
      this.#isSent = true
      return this.#work.send(link)
    })
  }

  answered(): void {
    this.#end(true)
    this.#release()
  }

  late(): Error {
    const error = this.#lateError()
    // A deadline of the caller's own that is shorter says nothing about the server.
    const isOwn = this.#terms.deadlineMs < this.#watch.deadlineMs
    this.#end(isOwn ? undefined : false, error)
    // What was sent waits on in the client.
    if (!this.#isSent) this.#release()
    return error
  }

  failed(error: unknown): Error {
    const failure = this.#failure(error)
    this.#end(!isAway(failure), failure)
    this.#release()
    return failure
  }

  again(error: unknown): Promise<T> | undefined {
    const word = refusalWord(error)
    if (word !== undefined) return this.#isMine() ? this.#afterRefusal(word, error) : undefined
    if (!this.#isSent) return this.#refusal === undefined ? undefined : this.#later(this.#refusal)
    if (error instanceof EverwarmError && !(error instanceof ConnectionError)) return undefined
    return this.#work.isRepeatable ? this.#anew() : undefined
  }

  #afterRefusal(word: string, error: unknown): Promise<T> | undefined {
    if (word === 'READONLY') return this.#elsewhere(error)
    return laterWords.has(word) && this.#terms.isPatient ? this.#later(error) : undefined
  }

  /** The server is no primary any more. Sentinels name another one; a host name may stand for another server by now. */
  #elsewhere(error: unknown): Promise<T> | undefined {
    if (!this.#watch.link.isReady) return this.#later(error)
    return this.#watch.mayReconnect() ? this.attempt() : undefined
  }

  /** The answer was lost with its connection. A client that was handed in sees to its connection itself. */
  #anew(): Promise<T> | undefined {
    if (this.#watch.link.isReady || this.#watch.closing !== undefined) return undefined
    return ++this.#connections > mostConnections ? undefined : this.attempt()
  }

  /** Whether what was refused may be sent again. */
  #isMine(): boolean {
    return this.#work.isOneStep || this.#work.isRepeatable
  }

  #later(error: unknown): Promise<T> {
    this.#refusal = error
    this.#isSent = false
    return pause(pauseMs).then(() => (this.#isOver ? new Promise<T>(() => undefined) : this.attempt()))
  }

  /** `isWell`: whether the server was there; `undefined` when this call cannot tell. */
  #end(isWell: boolean | undefined, failure?: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#watch.record(isWell, this.#epoch, failure)
    this.#watch.leave()
  }

  #release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#watch.release(this.#work.bytes)
  }

  /** Why a connection could not be made is news of its own, whatever became of the one before. */
  #failure(error: unknown): Error {
    const { link, givenUp } = this.#watch
    if (refusalWord(error) === 'READONLY' && !link.isReady) return demoted(link.server, this.#work.operation, error)
    const failure =
      error instanceof EverwarmError ? error : commandFailure(link.server, this.#work.operation, givenUp ?? error)
    if (failure instanceof ConnectionError) this.#watch.lost(failure.message)
    return failure
  }

  #lateError(): Error {
    const { link } = this.#watch
    const { operation } = this.#work
    const { deadlineMs: ms } = this.#terms
    this.#watch.timeouts++
    if (this.#refusal !== undefined) return this.#failure(this.#refusal)
    if (!this.#isSent && !link.isReady) return unreachable(operation, link.server, ms)
    void this.#watch.probe()
    const hint = 'the server hangs, is overloaded, or the deadline is too short'
    const message = `${operation}: no answer from ${link.server} within ${ms} ms: ${hint}`
    return new DeadlineError(operation, ms, message, link.server)
  }
}

/** A client that was handed in may throw at once. */
function sent<T>(work: Work<T>, link: Link): Promise<T> {
  try {
    return work.send(link)
  } catch (error) {
    return Promise.reject(error)
  }
}

function demoted(server: string, operation: string, cause: unknown): Error {
  const message = `${operation}: the primary of ${server} has become a replica, and no other one is known yet; the next call asks again`
  return new ConnectionError(server, message, cause)
}

function unreachable(operation: string, server: string, ms: number): Error {
  const message = `${operation}: no connection to ${server} within ${ms} ms: is it running and reachable?`
  return new ConnectionError(server, message, new DeadlineError(operation, ms, 'The time was up while connecting'))
}

/** Whether the server was not to be had: what it refuses it is there for. */
function isAway(failure: Error): boolean {
  if (failure instanceof DeadlineError) return true
  return failure instanceof ConnectionError && refusalWord(failure.cause) === undefined
}
