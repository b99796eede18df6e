/** What is known of a session's end without asking. */
export interface KnownEnd {
  /** Milliseconds since 1970, or `null` never: not before then does it end. */
  readonly endsAt: number | null
  /** When it is worth a command to begin its idle time anew; `null` never. */
  readonly dueAt: number | null
  /** The lifetime of its own for which that was worked out. */
  readonly expiry: unknown
}

/** How many sessions are remembered: what is forgotten costs one command more. */
const most = 10_000

/**
 * When each session was last seen to end, so that a read need not ask for its time to live again until a tenth of it has
 * passed. Others may have prolonged it meanwhile; then asking tells.
 */
export class RefreshTimes {
  readonly #known = new Map<string, KnownEnd>()

  get(name: string): KnownEnd | undefined {
    return this.#known.get(name)
  }

  set(name: string, end: KnownEnd): void {
    this.#known.delete(name)
    this.#known.set(name, end)
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
