import { Deadlines } from '../base/deadlines.ts'
import { ConnectionError, DeadlineError, EverwarmError } from '../errors.ts'
import type { Command, Link, Reply } from './link.ts'
import { commandFailure } from './refusal.ts'
import { type Script, sendScript } from './script.ts'

/** What the guard has seen so far. */
export interface GuardStats {
  /** The server, as a URL without its password. */
  readonly server: string
  readonly state: 'closed' | 'idle' | 'ready'
  readonly calls: number
  readonly timeouts: number
  readonly dropped: number
}

/**
 * Everything that goes to Redis goes through here: it connects when needed, ends every wait at the deadline, and gives up
 * a connection that has fallen silent. `operation` is the caller's word for what it does, such as `set`: it stands in errors.
 */
export class Guard {
  readonly #link: Link
  readonly #deadlines: Deadlines
  #probing = false
  #closing: Promise<void> | undefined
  /** Calls that wait for the client library to be read, which no deadline counts. */
  #loading = 0
  /** Why the last connection was given up, until there is a new one. */
  #givenUp: Error | undefined
  #calls = 0
  #timeouts = 0
  #dropped = 0

  constructor(link: Link, deadlineMs: number) {
    this.#link = link
    this.#deadlines = new Deadlines(deadlineMs)
  }

  /** The answer to one command. @throws ConnectionError, DeadlineError or CommandError, within the deadline. */
  run(operation: string, command: Command): Promise<Reply> {
    return this.call(operation, (link) => link.send(command))
  }

  /** The answers to several commands sent together; every one of them is waited for. */
  runAll(operation: string, commands: readonly Command[]): Promise<Reply[]> {
    return this.call(operation, async (link) => allOf(commands.map((command) => link.send(command))))
  }

  /** All commands or none. */
  transaction(operation: string, commands: readonly Command[]): Promise<readonly Reply[]> {
    return this.call(operation, (link) => link.transaction(commands))
  }

  /** A script by its digest; its text goes along only when the server has not got it. */
  script<Keys extends readonly string[], Args extends Command, Answer>(
    operation: string,
    script: Script<Keys, Args, Answer>,
    keys: Keys,
    args: Args,
  ): Promise<Answer> {
    return this.call(operation, (link) => sendScript((command) => link.send(command), script, keys, args))
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
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    // Calls that came before this one are begun in their order as soon as the library is there.
    if (this.#loading > 0) await this.#link.load().catch(() => undefined)
    await this.#deadlines.drained()
    const late = () => this.#late('close')
    await this.#deadlines.race(this.#link.close(), late, (error) => commandFailure(this.#link.server, 'close', error))
  }

  stats(): GuardStats {
    const state = this.#closing !== undefined ? 'closed' : this.#link.isReady ? 'ready' : 'idle'
    return { server: this.#link.server, state, calls: this.#calls, timeouts: this.#timeouts, dropped: this.#dropped }
  }

  call<T>(operation: string, work: (link: Link) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closedError(this.#link.server))
    this.#calls++
    const link = this.#link
    if (!link.isReady) return this.#loadFirst(operation, work)
    const failed = (error: unknown) => this.#failed(operation, error)
    return this.#deadlines.race(work(link), () => this.#late(operation), failed)
  }

  #loadFirst<T>(operation: string, work: (link: Link) => Promise<T>): Promise<T> {
    this.#loading++
    return this.#link.load().then(
      () => {
        this.#loading--
        return this.#openFirst(operation, work)
      },
      (error: unknown) => {
        this.#loading--
        throw error
      },
    )
  }

  /** A command is not sent once its caller has been told that it failed, however late the connection comes. */
  #openFirst<T>(operation: string, work: (link: Link) => Promise<T>): Promise<T> {
    const link = this.#link
    let waiting = true
    const opened = link.open().then(() => {
      this.#givenUp = undefined
      return waiting ? work(link) : new Promise<T>(() => undefined)
    })
    const late = () => {
      waiting = false
      return link.isReady ? this.#late(operation) : this.#unreachable(operation)
    }
    return this.#deadlines.race(opened, late, (error) => this.#failed(operation, error))
  }

  /** Why a connection could not be made is news of its own, whatever became of the one before. */
  #failed(operation: string, error: unknown): Error {
    if (error instanceof EverwarmError) return error
    return commandFailure(this.#link.server, operation, this.#givenUp ?? error)
  }

  #unreachable(operation: string): Error {
    this.#timeouts++
    const { server } = this.#link
    const message = `${operation}: no connection to ${server} within ${this.#deadlines.ms} ms: is it running and reachable?`
    return new ConnectionError(
      server,
      message,
      new DeadlineError(operation, this.#deadlines.ms, 'The time was up while connecting'),
    )
  }

  #late(operation: string): Error {
    this.#timeouts++
    void this.#probe()
    const { server } = this.#link
    const hint = 'the server hangs, is overloaded, or the deadline is too short'
    return new DeadlineError(
      operation,
      this.#deadlines.ms,
      `${operation}: no answer from ${server} within ${this.#deadlines.ms} ms: ${hint}`,
    )
  }

  /** A connection that answers nothing, not even a PING, may be dead without anybody having told us. */
  async #probe(): Promise<void> {
    if (this.#probing || !this.#link.isReady) return
    this.#probing = true
    const silent = () =>
      new ConnectionError(
        this.#link.server,
        `${this.#link.server} answered nothing any more; the connection was given up`,
      )
    try {
      await this.#deadlines.race(this.#link.send(['PING']), silent, silent)
    } catch (error) {
      this.#link.drop()
      // A client that was handed in keeps its connection.
      if (this.#link.isReady) return
      this.#dropped++
      this.#givenUp = error as Error
    } finally {
      this.#probing = false
    }
  }
}

/** What a call on a closed cache is told. */
function closedError(server: string): ConnectionError {
  return new ConnectionError(server, `The cache on ${server} is closed: create a new one, or close it later`)
}

/** Waits for all, so that no answer stays unread, then fails as the first that failed. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
