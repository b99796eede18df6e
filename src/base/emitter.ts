import { checkChoice, kindOf } from './options.ts'

type Listener<Payload> = (payload: Payload) => unknown

/** Events by name. A listener that throws or rejects does not stop the others; nobody listening costs one look-up. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #names: readonly string[]
  readonly #onListenerError: (error: unknown) => void

  constructor(names: readonly (keyof Events & string)[], onListenerError: (error: unknown) => void) {
    this.#names = names
    this.#onListenerError = onListenerError
  }

  /** Calls `listener` at every such event, until the function that comes back is called. @throws OptionError for a name that is none */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    checkChoice(name, this.#names, 'event')
    if (typeof listener !== 'function') throw new TypeError(`on: expected a function, got ${kindOf(listener)}`)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  /** Whether anybody would hear it: lets hot paths leave the payload unmade. */
  hears(name: keyof Events): boolean {
    return this.#listeners.has(name)
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const listeners = this.#listeners.get(name) as ReadonlySet<Listener<Events[Name]>> | undefined
    if (listeners === undefined) return
    for (const listener of [...listeners]) {
      try {
        const answer = listener(payload)
        if (answer instanceof Promise) answer.catch(this.#onListenerError)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }
}
