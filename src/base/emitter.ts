type Listener<Payload> = (payload: Payload) => void

/** Events by name. A listener that throws does not stop the others; nobody listening costs one look-up. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #onListenerError: (error: unknown) => void

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError
  }

  /** Calls `listener` at every such event, until the function that comes back is called. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
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
        listener(payload)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }
}
