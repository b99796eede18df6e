import type { Bytes } from '../../base/bytes.ts'

/** What is known of a session since it was loaded or saved. */
export interface Load {
  readonly id: string
  /** Its record as last seen. */
  readonly seen: Bytes
  /** The fields as this request had them then: what differs now, it has changed. */
  readonly base: Bytes
}

const mark: unique symbol = Symbol('everwarm.load')

/** Remembers what each session was when it was loaded, by the very object that a request has of it. */
export class Loads {
  readonly #loads = new WeakMap<object, Load>()

  set(session: object, load: Load): void {
    this.#loads.set(session, load)
  }

  /** The load of `session` under this id; one of another id is none. */
  of(session: object, id: string): Load | undefined {
    const load = this.#loads.get(session) ?? this.#marked(session)
    return load?.id === id ? load : undefined
  }

  /** `copy` was made of `session`. */
  pass(session: object, copy: object): void {
    const load = this.#loads.get(session)
    if (load !== undefined) this.#loads.set(copy, load)
  }

  /**
   * Marks a cookie with the load of its session. What @fastify/session gives a handler is a copy field by field, of which
   * the store sees nothing before it is saved. But all that the cookie has, symbols too, is kept by the copy under a symbol.
   */
  mark(cookie: object, session: object): void {
    const load = this.#loads.get(session)
    if (load === undefined) return
    const token = Object.freeze({})
    this.#loads.set(token, load)
    Object.assign(cookie, { [mark]: token })
  }

  #marked(session: object): Load | undefined {
    for (const symbol of Object.getOwnPropertySymbols(session)) {
      const kept: unknown = Reflect.get(session, symbol)
      const token: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, mark) : undefined
      const load = typeof token === 'object' && token !== null ? this.#loads.get(token) : undefined
      if (load !== undefined) return load
    }
    return undefined
  }
}
