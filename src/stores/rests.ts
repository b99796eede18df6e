import type { Store } from './store.ts'

/** Servers that could not be reached: each is left alone for a while, then asked on the side until it answers. */
export class Rests {
  readonly #ms: number
  readonly #now: () => number
  readonly #until = new Map<Store, number>()

  constructor(ms: number, now: () => number) {
    this.#ms = ms
    this.#now = now
  }

  begin(store: Store): void {
    this.#until.set(store, this.#now() + this.#ms)
  }

  has(store: Store): boolean {
    return this.#until.has(store)
  }

  /** Those that are not resting. */
  awakeOf(stores: readonly Store[]): readonly Store[] {
    return this.#until.size === 0 ? stores : stores.filter((store) => !this.#until.has(store))
  }

  /**
   * Asks those that have rested, one call each, and ends the rest of those that answer. Nobody waits for it: a server that
   * is still silent would cost its caller half a deadline, and after each rest anew.
   */
  tryAgain(ask: (store: Store) => Promise<unknown>, isStillAway: (error: unknown) => boolean): void {
    if (this.#until.size === 0) return
    const now = this.#now()
    for (const [store, until] of this.#until) {
      if (until > now) continue
      this.#until.set(store, Infinity)
      ask(store).then(
        () => this.#until.delete(store),
        (error: unknown) => {
          if (isStillAway(error)) this.begin(store)
          else this.#until.delete(store)
        },
      )
    }
  }
}
