/**
 * A store for `express-session` and `@fastify/session`, in which requests to one session lose nothing to each other.
 *
 * ```ts
 * import { SessionStore } from 'everwarm/express-session'
 *
 * app.use(session({ store: new SessionStore({ cache }), secret, resave: false, saveUninitialized: false }))
 * ```
 *
 * @module
 */

import { EventEmitter } from 'node:events'

import { kindOf } from '../base/options.ts'
import { SessionRevokedError } from '../errors.ts'
import { PlainRecords } from '../sessions/plain-records.ts'
import { answer, type Callback, type Rest } from './express-session/callback.ts'
import { type Generate, inflate, learnClasses, type SessionClasses } from './express-session/classes.ts'
import { Failures } from './express-session/failures.ts'
import { sessionOf, type StoredSession } from './express-session/fields.ts'
import { checkId, isId } from './express-session/ids.ts'
import { Loads } from './express-session/loads.ts'
import { resolveStore, type SessionStoreOptions } from './express-session/options.ts'
import { saveSession, type StoreHost, touchSession } from './express-session/save.ts'

export type { StoredCookie } from './express-session/cookie.ts'
export type { StoredSession } from './express-session/fields.ts'
export type { SessionStoreOptions } from './express-session/options.ts'

/**
 * Sessions in a cache. Every method takes a callback as its last argument, or answers with a promise, and settles within
 * the cache's deadline: with a `SessionUnavailableError` (`status` 503) when the store fails, and nobody is logged out.
 */
export class SessionStore extends EventEmitter {
  readonly #host: StoreHost
  readonly #failures = new Failures()
  #classes: SessionClasses | undefined

  /** Set by express-session. */
  generate: Generate | undefined = undefined

  /** @throws OptionError naming what cannot be, and what can. */
  constructor(options: SessionStoreOptions) {
    super()
    const config = resolveStore(options)
    this.#host = { config, records: new PlainRecords(options.cache, config.prefix), loads: new Loads() }
  }

  /** The session; `undefined` when there is none. What `set` is given of it later is merged with what others saved. */
  get<Data extends object = StoredSession>(id: string): Promise<Data | undefined>
  get<Data extends object = StoredSession>(id: string, callback: Callback<Data | undefined>): void
  get(id: string, ...rest: Rest<StoredSession | undefined>): unknown {
    return answer(this.#get(id, typeof rest[0] === 'function'), rest)
  }

  /**
   * Saves what was changed since the session was loaded; of one that was not, all. When it was destroyed meanwhile, nothing
   * is saved: the promise rejects with a `SessionRevokedError`. A callback is told of no error then, since to both
   * libraries it would be a broken response; the cache tells of it by its event `error`.
   */
  set(id: string, session: object): Promise<void>
  set(id: string, session: object, callback: Callback<void> | undefined): void
  set(id: string, session: object, ...rest: Rest<void>): unknown {
    const work = this.#set(id, session)
    return answer(rest.length > 0 ? work.catch((error: unknown) => this.#refused(error)) : work, rest)
  }

  /** Ends the session, for those too who have loaded it. */
  destroy(id: string): Promise<void>
  destroy(id: string, callback: Callback<void> | undefined): void
  destroy(id: string, ...rest: Rest<void>): unknown {
    return answer(this.#destroy(id), rest)
  }

  /** Gives the session its time anew and writes nothing. One that was destroyed stays so. */
  touch(id: string, session: object): Promise<void>
  touch(id: string, session: object, callback: Callback<void> | undefined): void
  touch(id: string, session: object, ...rest: Rest<void>): unknown {
    return answer(this.#touch(id, session), rest)
  }

  /** All sessions there are, each with its `id`. */
  all<Data extends object = StoredSession>(): Promise<(Data & { id: string })[]>
  all<Data extends object = StoredSession>(callback: Callback<(Data & { id: string })[]>): void
  all(...rest: Rest<(StoredSession & { id: string })[]>): unknown {
    return answer(this.#all(), rest)
  }

  /** The ids of all sessions. */
  ids(): Promise<string[]>
  ids(callback: Callback<string[]>): void
  ids(...rest: Rest<string[]>): unknown {
    return answer(this.#ids(), rest)
  }

  /** How many sessions there are. */
  length(): Promise<number>
  length(callback: Callback<number>): void
  length(...rest: Rest<number>): unknown {
    return answer(
      this.#ids().then((ids) => ids.length),
      rest,
    )
  }

  /** Ends all sessions; what else is in the cache stays. */
  clear(): Promise<void>
  clear(callback: Callback<void> | undefined): void
  clear(...rest: Rest<void>): unknown {
    return answer(this.#host.records.clear(), rest)
  }

  /** For express-session: makes `request.session` of what {@link get} gave. */
  createSession<Session extends object>(request: object, data: Partial<NoInfer<Session>>): Session {
    this.#classes ??= learnClasses(this.#generate(), request)
    const session = inflate(this.#classes, request, data)
    this.#host.loads.pass(data, session)
    return session as Session
  }

  /** For express-session: ends the request's session and begins a new one. */
  regenerate(request: object, callback: Callback<void>): void {
    const generate = this.#generate()
    void answer(this.#destroy(Reflect.get(request, 'sessionID')), [
      (error) => {
        generate(request)
        callback(error)
      },
    ])
  }

  /** A session by its id where there is no request, such as in a WebSocket. */
  load<Session extends object>(id: string, callback: Callback<Session | undefined>): void {
    void answer(this.#load<Session>(id), [callback])
  }

  async #load<Session extends object>(id: string): Promise<Session | undefined> {
    const data = await this.#get(id, true)
    // What express-session looks at when it begins a session.
    const request = { sessionID: id, sessionStore: this, headers: {}, connection: {} }
    return data === undefined ? undefined : (this.createSession<object>(request, data) as Session)
  }

  async #get(id: string, isCalledBack: boolean): Promise<StoredSession | undefined> {
    const { records, loads } = this.#host
    const seen = isId(id) ? await records.read(id) : undefined
    if (seen === undefined) return undefined
    const session = sessionOf(seen.fields)
    loads.set(session, { id, seen: seen.bytes, base: seen.bytes })
    if (isCalledBack) loads.mark(session.cookie, session)
    return session
  }

  async #set(id: string, session: object): Promise<void> {
    checkId(id, 'set')
    if (typeof session !== 'object' || session === null) {
      throw new TypeError(`set: expected a session, got ${kindOf(session)}`)
    }
    await this.#failures.guard(session, () => saveSession(this.#host, id, session))
  }

  async #destroy(id: unknown): Promise<void> {
    if (isId(id)) await this.#host.records.delete(id)
  }

  async #touch(id: string, session: object): Promise<void> {
    if (isId(id)) await this.#failures.guard(session, () => touchSession(this.#host, id, session))
  }

  async #ids(): Promise<string[]> {
    const ids = new Set<string>()
    for await (const page of this.#host.records.keys()) for (const id of page.filter(isId)) ids.add(id)
    return [...ids]
  }

  async #all(): Promise<(StoredSession & { id: string })[]> {
    const sessions = new Map<string, StoredSession & { id: string }>()
    for await (const page of this.#host.records.keys()) {
      const found = await this.#host.records.readMany(page.filter((id) => isId(id) && !sessions.has(id)))
      for (const [id, fields] of found) sessions.set(id, { ...sessionOf(fields), id })
    }
    return [...sessions.values()]
  }

  #refused(error: unknown): void {
    if (!(error instanceof SessionRevokedError)) throw error
    this.#host.records.report(error)
  }

  #generate(): Generate {
    if (this.generate !== undefined) return this.generate
    throw new TypeError('SessionStore: expected to be the store of express-session: session({ store })')
  }
}
