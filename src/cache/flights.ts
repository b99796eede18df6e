import { matchGlob } from '../base/glob.ts'

/** One load on its way, and whether a write has overtaken it meanwhile. */
export interface Flight<T> {
  readonly outcome: Promise<T>
  overtaken: boolean
}

/** Loads under way by wire key: one at a time for each. */
export class Flights {
  readonly #flights = new Map<string, Flight<unknown>>()

  /** The load under way for this key, when there is one. */
  current<T>(wireKey: string): Flight<T> | undefined {
    return this.#flights.get(wireKey) as Flight<T> | undefined
  }

  /** Begins a load. Its end is known here before any caller learns of it, so a failed one is never handed out twice. */
  begin<T>(wireKey: string, load: (flight: Flight<T>) => Promise<T>): Flight<T> {
    const flight: { outcome: Promise<T>; overtaken: boolean } = {
      outcome: Promise.resolve() as never,
      overtaken: false,
    }
    flight.outcome = load(flight).finally(() => {
      if (this.#flights.get(wireKey) === flight) this.#flights.delete(wireKey)
    })
    this.#flights.set(wireKey, flight)
    return flight
  }

  /** A value set or deleted while a load is running wins over it. */
  overtake(wireKey: string): void {
    if (this.#flights.size === 0) return
    const flight = this.#flights.get(wireKey)
    if (flight === undefined) return
    flight.overtaken = true
    this.#flights.delete(wireKey)
  }

  /** The same for all keys that a Redis glob matches. */
  overtakeMatching(glob: string): void {
    if (this.#flights.size === 0) return
    const matches = matchGlob(glob)
    for (const wireKey of [...this.#flights.keys()]) if (matches(wireKey)) this.overtake(wireKey)
  }
}
