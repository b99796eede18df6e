/** What is known of a session's end without asking. */
export interface KnownEnd {
  /** Milliseconds since 1970, or `null` never: not before then does it end. */
  readonly endsAt: number | null
  /** When it is worth a command to begin its idle time anew; `null` never. */
  readonly dueAt: number | null
  /** The lifetime of its own for which that was worked out. */
  readonly expiry: unknown
}

/** How many sessions are remembered: what is forgotten costs one command, or one hash, more. */
const most = 10_000

/**
 * What is remembered of each session, such as when it was last seen to end, so that a read need not ask for its time to
 * live again until a tenth of it has passed. Others may have prolonged it meanwhile; then asking tells.
 */
export class Remembered<Fact = KnownEnd> {
  readonly #known = new Map<string, Fact>()

  get(name: string): Fact | undefined {
    return this.#known.get(name)
  }

  set(name: string, fact: Fact): void {
    this.#known.delete(name)
    this.#known.set(name, fact)
    if (this.#known.size <= most) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }

  delete(name: string): void {
    this.#known.delete(name)
  }
}
