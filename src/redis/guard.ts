import { Deadlines } from '../base/deadlines.ts'
import { DeadlineError } from '../errors.ts'
import type { BreakerState } from './breaker.ts'
import { type CallTerms, GuardedCall, type Work } from './guarded-call.ts'
import { LinkWatch, type WatchSettings } from './link-watch.ts'
import type { Command, Link, Reply } from './link.ts'
import { commandFailure } from './refusal.ts'
import { isRepeatable } from './repeatable.ts'
import { type Script, sendScript } from './script.ts'

/** What the guard has seen so far. */
export interface GuardStats {
  /** The server, as a URL without its password. */
  readonly server: string
  readonly state: 'closed' | 'idle' | 'ready'
  /** Of the circuit breaker; `off` without one. */
  readonly breaker: BreakerState | 'off'
  readonly calls: number
  /** Calls that were sent, or wait for a connection, and have no answer yet. */
  readonly waiting: number
  readonly timeouts: number
  readonly dropped: number
}

export interface GuardSettings extends WatchSettings {
  readonly deadlineMs: number
  /** Whether a server that is still loading, or has lost its primary, is waited for. @defaultValue true */
  readonly isPatient?: boolean | undefined
}

/** Of a call that is more than commands. */
export interface CallOptions {
  readonly isRepeatable?: boolean
  readonly isOneStep?: boolean
  readonly bytes?: number
}

/** So many other deadlines are kept for those who give one with a call. */
const mostViews = 32

/**
 * Everything that goes to Redis goes through here: it connects when needed, ends every wait at the deadline, gives up a
 * connection that has fallen silent, and sends nothing to a server that is known to be away. `operation` is the caller's
 * word for what it does, such as `set`: it stands in errors.
 */
export class Guard {
  readonly #watch: LinkWatch
  readonly #deadlines: Deadlines
  readonly #terms: CallTerms
  readonly #views: Map<number, Guard>
  /** Calls that wait for the client library to be read, which no deadline counts. */
  #loading = 0

  private constructor(watch: LinkWatch, deadlines: Deadlines, isPatient: boolean, views: Map<number, Guard>) {
    this.#watch = watch
    this.#deadlines = deadlines
    this.#terms = { deadlineMs: deadlines.ms, isPatient }
    this.#views = views
  }

  /** The guard over a link, and over all calls on it. */
  static over(link: Link, settings: GuardSettings): Guard {
    const deadlines = new Deadlines(settings.deadlineMs)
    return new Guard(new LinkWatch(link, deadlines, settings), deadlines, settings.isPatient ?? true, new Map())
  }

  get deadlineMs(): number {
    return this.#deadlines.ms
  }

  /** The same guard, whose calls have another deadline. */
  within(deadlineMs: number): Guard {
    if (deadlineMs === this.#watch.deadlineMs) return this
    let view = this.#views.get(deadlineMs)
    if (view === undefined) {
      view = new Guard(this.#watch, new Deadlines(deadlineMs), this.#terms.isPatient, this.#views)
      if (this.#views.size < mostViews) this.#views.set(deadlineMs, view)
    }
    return view
  }

  /** The answer to one command. @throws ConnectionError, DeadlineError or CommandError, within the deadline. */
  run(operation: string, command: Command): Promise<Reply> {
    return this.#begin({
      operation,
      send: (link) => link.send(command),
      bytes: bytesOf(command),
      isRepeatable: isRepeatable(command),
      isOneStep: true,
    })
  }

  /** The answers to several commands sent together; every one of them is waited for. */
  runAll(operation: string, commands: readonly Command[]): Promise<Reply[]> {
    return this.#begin({
      operation,
      send: (link) => allOf(commands.map((command) => link.send(command))),
      bytes: sum(commands.map(bytesOf)),
      isRepeatable: commands.every(isRepeatable),
      isOneStep: false,
    })
  }

  /** All commands or none. */
  transaction(operation: string, commands: readonly Command[]): Promise<readonly Reply[]> {
    return this.#begin({
      operation,
      send: (link) => link.transaction(commands),
      bytes: sum(commands.map(bytesOf)),
      isRepeatable: false,
      isOneStep: true,
    })
  }

  /** A script by its digest; its text goes along only when the server has not got it. */
  script<Keys extends readonly string[], Args extends Command, Answer>(
    operation: string,
    script: Script<Keys, Args, Answer>,
    keys: Keys,
    args: Args,
  ): Promise<Answer> {
    return this.#begin({
      operation,
      send: (link) => sendScript((command) => link.send(command), script, keys, args),
      bytes: bytesOf(keys) + bytesOf(args),
      isRepeatable: false,
      isOneStep: true,
    })
  }

  /** Connects now. */
  connect(): Promise<void> {
    return this.call('connect', () => Promise.resolve())
  }

  /** The client library's own object. */
  raw(): Promise<unknown> {
    return this.call('raw', (link) => link.raw())
  }

  /** Lets what is under way end, then leaves; within the deadline. */
  close(): Promise<void> {
    this.#watch.closing ??= this.#end()
    return this.#watch.closing
  }

  stats(): GuardStats {
    const { link, closing, breaker, timeouts, dropped } = this.#watch
    const state = closing !== undefined ? 'closed' : link.isReady ? 'ready' : 'idle'
    return { server: link.server, state, breaker: breaker?.state ?? 'off', ...this.#watch.stats(), timeouts, dropped }
  }

  /** Any work on the link. */
  call<T>(operation: string, send: (link: Link) => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { bytes = 0, isRepeatable = false, isOneStep = false } = options
    return this.#begin({ operation, send, bytes, isRepeatable, isOneStep })
  }

  #begin<T>(work: Work<T>): Promise<T> {
    const refusal = this.#watch.refusal(work.operation, work.bytes)
    if (refusal !== undefined) return refused(refusal)
    const call = new GuardedCall(this.#watch, work, this.#terms)
    if (this.#watch.link.isReady) return this.#deadlines.run(call.attempt(), call)
    return this.#loadFirst(call)
  }

  #loadFirst<T>(call: GuardedCall<T>): Promise<T> {
    this.#loading++
    return this.#watch.link.load().then(
      () => {
        this.#loading--
        return this.#deadlines.run(call.attempt(), call)
      },
      (error: unknown) => {
        this.#loading--
        throw call.failed(error)
      },
    )
  }

  async #end(): Promise<void> {
    const { link } = this.#watch
    this.#watch.stop()
    // Calls that came before this one are begun in their order as soon as the library is there.
    if (this.#loading > 0) await link.load().catch(() => undefined)
    await this.#watch.drained()
    this.#watch.stop()
    const { ms } = this.#deadlines
    const late = () => new DeadlineError('close', ms, `close: ${link.server} did not let go within ${ms} ms`)
    await this.#deadlines.race(link.close(), late, (error) => commandFailure(link.server, 'close', error))
  }
}

/** After the event loop's turn: who tries again and again at once would else stop the process, and the probes with it. */
function refused(error: Error): Promise<never> {
  return new Promise((_, reject) => {
    setImmediate(reject, error)
  })
}

function bytesOf(command: Command): number {
  let bytes = 0
  for (const part of command) bytes += part.length
  return bytes
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Waits for all, so that no answer stays unread, then fails as the first that failed. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
