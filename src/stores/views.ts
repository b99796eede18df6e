import type { Store } from './store.ts'

/** So many are kept; a program has few deadlines. */
const mostViews = 32

/** A store as it is for calls that have another deadline, one for each. */
export class Views {
  readonly #make: (deadlineMs: number) => Store
  readonly #views = new Map<number, Store>()

  constructor(make: (deadlineMs: number) => Store) {
    this.#make = make
  }

  of(deadlineMs: number): Store {
    const known = this.#views.get(deadlineMs)
    if (known !== undefined) return known
    const view = this.#make(deadlineMs)
    if (this.#views.size < mostViews) this.#views.set(deadlineMs, view)
    return view
  }
}
