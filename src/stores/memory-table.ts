import type { Bytes } from '../base/bytes.ts'

/** A value in memory, and when it ends: milliseconds since 1970, `null` never. */
export interface Entry {
  readonly value: Bytes
  expiresAt: number | null
  /** What it counts for. */
  readonly cost: number
}

export interface TableLimits {
  readonly maxEntries: number
  /** Of keys and values together, with {@link entryOverhead} for each. */
  readonly maxBytes: number
}

/** Bytes counted for an entry beside its key and value: about what Node takes for a slot, an entry and a buffer of its own. */
const entryOverhead = 512

/** How many entries each write looks at, so that what nobody reads again leaves too, without a timer. */
const sweptPerWrite = 2

/** Entries within bounds: those that were used longest ago go first, and expired ones are never answered. */
export class EntryTable {
  readonly #limits: TableLimits
  /** In the order of their use, the latest last. */
  readonly #entries = new Map<string, Entry>()
  /**
   * Kept, since a fresh iterator would step over all that was deleted at the front, each time. What it answers is
   * deleted at once, and what is used moves behind all others, so its next key is always the oldest.
   */
  #oldest: Iterator<string>
  #sweep: Iterator<[string, Entry]>
  #leftToSweep = 0
  #newest: string | undefined
  #bytes = 0
  #evictions = 0
  #expirations = 0

  constructor(limits: TableLimits) {
    this.#limits = limits
    this.#oldest = this.#entries.keys()
    this.#sweep = this.#entries.entries()
  }

  /** The entry, if it lives, without it counting as used. */
  peek(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || !isExpired(entry, now)) return entry
    this.#expire(key, entry)
    return undefined
  }

  /** The entry, if it lives; it is the last to go now. */
  use(key: string, now: number): Entry | undefined {
    const entry = this.peek(key, now)
    if (entry === undefined || key === this.#newest) return entry
    this.#entries.delete(key)
    this.#append(key, entry)
    return entry
  }

  /** Whether there is room for such an entry once all others are gone. */
  fits(key: string, value: Bytes): boolean {
    return costOf(key, value) <= this.#limits.maxBytes
  }

  /** Stores what {@link fits}. The bytes belong to the table from now on. */
  put(key: string, value: Bytes, expiresAt: number | null, now: number): void {
    const cost = costOf(key, value)
    this.remove(key)
    this.#append(key, { value, expiresAt, cost })
    this.#bytes += cost
    this.#sweepSome(now)
    this.#evict()
  }

  remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.cost
  }

  /** All keys, those of expired entries too, as they are now. */
  keys(): string[] {
    return [...this.#entries.keys()]
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  facts(): { entries: number; bytes: number; evictions: number; expirations: number } {
    return {
      entries: this.#entries.size,
      bytes: this.#bytes,
      evictions: this.#evictions,
      expirations: this.#expirations,
    }
  }

  #append(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#newest = key
  }

  #expire(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= entry.cost
    this.#expirations++
  }

  #evict(): void {
    while (this.#entries.size > this.#limits.maxEntries || this.#bytes > this.#limits.maxBytes) {
      const next = this.#oldest.next()
      if (next.done === true) {
        this.#oldest = this.#entries.keys()
        continue
      }
      this.remove(next.value)
      this.#evictions++
    }
  }

  /** Begins anew after as many steps as there are entries: reads move entries behind the sweep faster than it walks. */
  #sweepSome(now: number): void {
    for (let step = 0; step < sweptPerWrite; step++) {
      const next = this.#leftToSweep > 0 ? this.#sweep.next() : undefined
      if (next === undefined || next.done === true) {
        this.#sweep = this.#entries.entries()
        this.#leftToSweep = this.#entries.size
        return
      }
      this.#leftToSweep--
      const [key, entry] = next.value
      if (isExpired(entry, now)) this.#expire(key, entry)
    }
  }
}

function isExpired(entry: Entry, now: number): boolean {
  return entry.expiresAt !== null && entry.expiresAt <= now
}

function costOf(key: string, value: Bytes): number {
  return Buffer.byteLength(key) + value.byteLength + entryOverhead
}
