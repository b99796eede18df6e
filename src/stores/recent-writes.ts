/** How many keys are remembered at most, before all count as written. */
const usualLimit = 10_000

/**
 * The keys that were written lately: each is remembered for `ms` at least and twice that at most, so that no key needs a
 * time of its own. Of too many, all keys count as written for that long.
 */
export class RecentWrites {
  readonly #ms: number
  readonly #now: () => number
  readonly #limit: number
  #young = new Set<string>()
  #old = new Set<string>()
  /** When the young become the old. */
  #turnsAt = 0
  #allUntil = -Infinity

  constructor(ms: number, now: () => number, limit: number = usualLimit) {
    this.#ms = ms
    this.#now = now
    this.#limit = limit
  }

  add(keys: readonly string[]): void {
    this.#turn()
    for (const key of keys) this.#young.add(key)
    if (this.#young.size > this.#limit) this.addAll()
  }

  /** Whatever there is was written. */
  addAll(): void {
    this.#allUntil = this.#now() + this.#ms
    this.#young.clear()
    this.#old.clear()
  }

  hasAny(keys: readonly string[]): boolean {
    if (this.#now() < this.#allUntil) return true
    if (this.#young.size === 0 && this.#old.size === 0) return false
    this.#turn()
    return keys.some((key) => this.#young.has(key) || this.#old.has(key))
  }

  #turn(): void {
    const now = this.#now()
    if (now < this.#turnsAt) return
    const isLongAgo = now >= this.#turnsAt + this.#ms
    this.#old = isLongAgo ? new Set() : this.#young
    this.#young = new Set()
    this.#turnsAt = now + this.#ms
  }
}
