import { CommandError, SessionUnavailableError } from '../errors.ts'

/**
 * Work of this process on one record, one after the other, each with what the one before it left: as many as write at
 * once need as many round trips, where all of them competing would need the square of that. What others do is not known
 * here, so the work has to be right without.
 */
export class Turns<Outcome> {
  readonly #last = new Map<string, Promise<Outcome>>()

  /** A store that is silent to one is so to those who wait as well: each would have to wait for as long again. */
  take(name: string, work: (before: Outcome | undefined) => Promise<Outcome>): Promise<Outcome> {
    const before = this.#last.get(name)
    const turn = before === undefined ? work(undefined) : this.#after(before, work)
    this.#last.set(name, turn)
    const end = (): void => {
      if (this.#last.get(name) === turn) this.#last.delete(name)
    }
    turn.then(end, end)
    return turn
  }

  async #after(before: Promise<Outcome>, work: (before: Outcome | undefined) => Promise<Outcome>): Promise<Outcome> {
    let left: Outcome | undefined
    try {
      left = await before
    } catch (error) {
      if (isSilence(error)) throw error
    }
    return work(left)
  }
}

/** Not that one was refused, or kept from writing by others. */
function isSilence(error: unknown): boolean {
  if (!(error instanceof SessionUnavailableError)) return false
  return error.cause !== undefined && !(error.cause instanceof CommandError)
}
