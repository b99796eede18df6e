import { type Bytes, fromText, sameBytes } from '../base/bytes.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { matchGlob } from '../base/glob.ts'
import { integerOf } from '../base/integers.ts'
import { checkInteger } from '../base/options.ts'
import { CommandError, ConnectionError, OptionError } from '../errors.ts'
import { EntryTable } from './memory-table.ts'
import type { Store, StoreStats, Swap, Write } from './store.ts'

export interface MemoryStoreOptions {
  /** How many entries are kept at most. @defaultValue 100_000 */
  readonly maxEntries?: number | undefined
  /** Bytes of keys and values together at most, with 512 for each entry. @defaultValue 128 MiB */
  readonly maxBytes?: number | undefined
  readonly clock?: Clock | undefined
}

/**
 * Values in the memory of this process, as bytes: what is handed out never leads back to what is kept. What was used
 * longest ago makes room. No timer runs: expired entries go when they are read or while others are written.
 *
 * A value that could not fit even alone is not stored: `set` answers false and takes the key's old value away, so that
 * nobody reads what is out of date; the other writes reject with a CommandError of the reason `OOM`.
 *
 * @throws OptionError
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxEntries = 100_000, maxBytes = 128 * 1024 * 1024, clock = systemClock } = options
  const most = Number.MAX_SAFE_INTEGER
  const limits = {
    maxEntries: checkInteger(maxEntries, [1, most], 'maxEntries'),
    maxBytes: checkInteger(maxBytes, [1, most], 'maxBytes'),
  }
  return new MemoryStore(new EntryTable(limits), clock)
}

class MemoryStore implements Store {
  readonly #table: EntryTable
  readonly #clock: Clock
  #isClosed = false

  constructor(table: EntryTable, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  async get(key: string): Promise<Bytes | undefined> {
    return this.#read(this.#open(), key, this.#clock.now())
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const table = this.#open()
    const now = this.#clock.now()
    return keys.map((key) => this.#read(table, key, now))
  }

  async set(key: string, value: Bytes, { ttlMs, when }: Write): Promise<boolean> {
    const table = this.#open()
    const now = this.#clock.now()
    if (when !== undefined && (table.peek(key, now) !== undefined) !== (when === 'present')) return false
    return this.#put(key, value, ttlMs, now)
  }

  async setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    const table = this.#open()
    const now = this.#clock.now()
    const refused = entries.filter(([key, value]) => !table.fits(key, value))
    if (refused.length > 0) throw tooLarge('setMany', `${refused.length} of ${entries.length} values`)
    for (const [key, value] of entries) this.#put(key, value, ttlMs, now)
  }

  async swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    const table = this.#open()
    const now = this.#clock.now()
    const entry = table.use(key, now)
    if (entry === undefined) return 'missing'
    if (!sameBytes(entry.value, expected)) return 'changed'
    if (!table.fits(key, value)) throw tooLarge('swap', 'the value')
    const expiresAt = ttlMs === undefined ? entry.expiresAt : expiryOf(ttlMs, now)
    table.put(key, copyOf(value), expiresAt, now)
    return 'swapped'
  }

  async remove(key: string, expected: Bytes): Promise<boolean> {
    const table = this.#open()
    const entry = table.use(key, this.#clock.now())
    if (entry === undefined || !sameBytes(entry.value, expected)) return false
    table.remove(key)
    return true
  }

  async delete(keys: readonly string[]): Promise<number> {
    const table = this.#open()
    const now = this.#clock.now()
    return keys.filter((key) => removeLiving(table, key, now)).length
  }

  async has(key: string): Promise<boolean> {
    return this.#open().peek(key, this.#clock.now()) !== undefined
  }

  async add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    const table = this.#open()
    const now = this.#clock.now()
    const found = table.use(key, now)
    if (found === undefined && create === undefined) return undefined
    const sum = found === undefined ? delta : integerOf(found.value, 'incr') + delta
    const value = fromText(String(sum))
    if (!table.fits(key, value)) throw tooLarge('incr', 'the sum')
    const expiresAt = found === undefined ? expiryOf(create?.ttlMs ?? null, now) : found.expiresAt
    table.put(key, value, expiresAt, now)
    return sum
  }

  async move(from: string, to: string): Promise<boolean> {
    const table = this.#open()
    const now = this.#clock.now()
    const entry = table.use(from, now)
    if (entry === undefined) return false
    if (!table.fits(to, entry.value)) throw tooLarge('move', 'the value with its new key')
    table.remove(from)
    table.put(to, entry.value, entry.expiresAt, now)
    return true
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const now = this.#clock.now()
    const entry = this.#open().peek(key, now)
    if (entry === undefined || entry.expiresAt === null) return entry?.expiresAt
    return entry.expiresAt - now
  }

  async expire(key: string, ttlMs: number | null): Promise<boolean> {
    const now = this.#clock.now()
    return this.#expireAt(key, expiryOf(ttlMs, now), now)
  }

  async expireAt(key: string, timestampMs: number): Promise<boolean> {
    return this.#expireAt(key, timestampMs, this.#clock.now())
  }

  async persist(key: string): Promise<boolean> {
    const entry = this.#open().use(key, this.#clock.now())
    if (entry === undefined || entry.expiresAt === null) return false
    entry.expiresAt = null
    return true
  }

  async *scan(pattern: string, batch: number): AsyncGenerator<readonly string[], void, undefined> {
    const matches = matchGlob(pattern)
    let page: string[] = []
    // A list taken beforehand: in the table itself, whoever reads what this walk answers moves it to the end again.
    for (const key of this.#open().keys()) {
      if (!matches(key) || this.#open().peek(key, this.#clock.now()) === undefined) continue
      page.push(key)
      if (page.length < batch) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async flush(): Promise<void> {
    this.#open().clear()
  }

  async connect(): Promise<void> {
    this.#open()
  }

  async close(): Promise<void> {
    this.#table.clear()
    this.#isClosed = true
  }

  async raw(): Promise<unknown> {
    this.#open()
    const expected = 'expected a location with a client, such as redis://localhost:6379'
    throw new OptionError('location', `raw: ${expected}, got memory:, which has none`)
  }

  within(): Store {
    return this
  }

  stats(): StoreStats {
    return { store: 'memory', ...this.#table.facts() }
  }

  #open(): EntryTable {
    if (!this.#isClosed) return this.#table
    throw new ConnectionError('memory:', 'The cache on memory: is closed: create a new one, or close it later')
  }

  /** Copied on the way out too: a codec may answer views of the bytes it got, and who has a view can write. */
  #read(table: EntryTable, key: string, now: number): Bytes | undefined {
    const entry = table.use(key, now)
    return entry === undefined ? undefined : Buffer.from(entry.value)
  }

  #put(key: string, value: Bytes, ttlMs: number | null, now: number): boolean {
    if (!this.#table.fits(key, value)) {
      this.#table.remove(key)
      return false
    }
    this.#table.put(key, copyOf(value), expiryOf(ttlMs, now), now)
    return true
  }

  #expireAt(key: string, expiresAt: number | null, now: number): boolean {
    const table = this.#open()
    const entry = table.use(key, now)
    if (entry === undefined) return false
    if (expiresAt !== null && expiresAt <= now) table.remove(key)
    else entry.expiresAt = expiresAt
    return true
  }
}

function removeLiving(table: EntryTable, key: string, now: number): boolean {
  if (table.peek(key, now) === undefined) return false
  table.remove(key)
  return true
}

function expiryOf(ttlMs: number | null, now: number): number | null {
  return ttlMs === null ? null : now + ttlMs
}

/** In memory of its own: out of Node's pool, one small value that stays would keep 8 KiB. */
function copyOf(value: Bytes): Bytes {
  return new Uint8Array(value)
}

function tooLarge(operation: string, what: string): CommandError {
  const advice = 'store less in one key, or raise maxBytes'
  return new CommandError(operation, 'OOM', `${operation}: ${what} cannot fit into the memory store: ${advice}`)
}
