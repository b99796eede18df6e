import type { Bytes } from '../base/bytes.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { Codec } from '../codecs/codec.ts'
import { PyTuple } from '../codecs/pickle/collections.ts'
import { PyHerdMarker } from '../codecs/pickle/values.ts'
import { CommandError, PartialError } from '../errors.ts'
import { answeredBefore, withAnswered } from '../stores/partial.ts'
import type { Commands, Store, StoreStats, Swap, Write } from '../stores/store.ts'

export interface HerdParts {
  readonly store: Store
  /** Of pickles. */
  readonly codec: Codec
  /** How long a value is kept beyond its time, whole seconds: CACHE_HERD_TIMEOUT. */
  readonly graceSeconds: number
  readonly clock?: Clock
  /** From 0 to less than 1. */
  readonly random?: () => number
}

/** What stands in Redis: the value, and when it ends, in seconds since 1970; or a bare value without an end of its own. */
interface Entry {
  readonly value: unknown
  readonly endsAt: number | undefined
}

/**
 * The entries of django-redis' HerdClient: values are tuples with the time they end, and stay for a grace period beyond
 * it. In that period a read misses by chance, ever more often, so that one of many renews the value while the others
 * still have it. The store takes values out of their entries and puts them in; the codec is told what was read already.
 */
export function withHerd(parts: HerdParts): { readonly store: Store; readonly codec: Codec } {
  const entries = new Entries(parts)
  return { store: new HerdStore(parts.store, entries), codec: entries }
}

/** How entries are read and written. */
class Entries implements Codec {
  readonly graceMs: number
  readonly #codec: Codec
  readonly #graceSeconds: number
  readonly #clock: Clock
  readonly #random: () => number
  /** What values became: only these are wrapped, not the bytes of a lock or of whoever else uses the store. */
  readonly #written = new WeakSet<Bytes>()
  /** Values of bytes that a store read and its cache has not asked for yet, so that nothing is unpickled twice. */
  readonly #read = new WeakMap<Bytes, { readonly value: unknown }>()

  constructor({ codec, graceSeconds, clock = systemClock, random = Math.random }: HerdParts) {
    this.#codec = codec
    this.#graceSeconds = graceSeconds
    this.#clock = clock
    this.#random = random
    this.graceMs = graceSeconds * 1000
  }

  async encode(value: unknown): Promise<Bytes> {
    const bytes = await this.#codec.encode(value)
    this.#written.add(bytes)
    return bytes
  }

  async decode(bytes: Bytes, key: string): Promise<unknown> {
    const read = this.#read.get(bytes)
    // Handed out once: two callers with one object could change it for each other.
    this.#read.delete(bytes)
    return read === undefined ? (await this.open(bytes, key)).value : read.value
  }

  /** The entry in these bytes. @throws DecodeError */
  async open(bytes: Bytes, key: string): Promise<Entry> {
    const read = await this.#codec.decode(bytes, key)
    if (!(read instanceof PyTuple) || read.length !== 3 || !(read[0] instanceof PyHerdMarker)) {
      return { value: read, endsAt: undefined }
    }
    const endsAt = Number(read[2])
    return { value: read[1], endsAt: Number.isFinite(endsAt) ? endsAt : undefined }
  }

  /** The bytes of an entry. */
  async close(value: unknown, endsAt: number | undefined): Promise<Bytes> {
    return this.#codec.encode(endsAt === undefined ? value : PyTuple.of<unknown>(new PyHerdMarker(), value, endsAt))
  }

  /** An encoded value as an entry that ends in so many milliseconds, with the time that it is kept. */
  async wrapped(bytes: Bytes, ttlMs: number | null): Promise<{ readonly bytes: Bytes; readonly ttlMs: number | null }> {
    if (ttlMs === null || !this.isValue(bytes)) return { bytes, ttlMs }
    return { bytes: await this.rewrapped(bytes, this.endOf(ttlMs)), ttlMs: ttlMs + this.graceMs }
  }

  async rewrapped(bytes: Bytes, endsAt: number | undefined): Promise<Bytes> {
    return this.close(await this.#codec.decode(bytes, ''), endsAt)
  }

  /** Whether the bytes are a value, encoded here. */
  isValue(bytes: Bytes): boolean {
    return this.#written.has(bytes)
  }

  /** As {@link open}, for what may be anything. */
  async look(bytes: Bytes | undefined): Promise<Entry | undefined> {
    return bytes === undefined ? undefined : this.open(bytes, '').catch(() => undefined)
  }

  endOf(ttlMs: number): number {
    return Math.floor(this.now() / 1000) + ttlMs / 1000
  }

  now(): number {
    return this.#clock.now()
  }

  /** Lets the cache have what was read. What cannot be decoded is the cache's to say. */
  async shown(bytes: Bytes | undefined): Promise<Bytes | undefined> {
    const entry = await this.look(bytes)
    if (bytes === undefined || entry === undefined) return bytes
    if (this.#isToRenew(entry)) return undefined
    this.#read.set(bytes, { value: entry.value })
    return bytes
  }

  isOver({ endsAt }: Entry): boolean {
    return endsAt !== undefined && endsAt < Math.floor(this.now() / 1000)
  }

  /** With a chance that grows over the grace period, as there. */
  #isToRenew(entry: Entry): boolean {
    if (entry.endsAt === undefined || !this.isOver(entry)) return false
    const since = Math.floor(this.now() / 1000) - entry.endsAt
    return since + 1 + Math.floor(this.#random() * this.#graceSeconds) >= this.#graceSeconds
  }
}

class HerdStore implements Store {
  readonly #store: Store
  readonly #entries: Entries
  readonly commands?: Commands

  constructor(store: Store, entries: Entries) {
    this.#store = store
    this.#entries = entries
    if (store.commands !== undefined) this.commands = store.commands
  }

  async get(key: string): Promise<Bytes | undefined> {
    return this.#entries.shown(await this.#store.get(key))
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const shown = (found: readonly (Bytes | undefined)[]) =>
      Promise.all(found.map((bytes) => this.#entries.shown(bytes)))
    try {
      return await shown(await this.#store.getMany(keys))
    } catch (error) {
      const { values } = answeredBefore(error)
      if (values === undefined || !(error instanceof PartialError)) throw error
      throw withAnswered(error, { values: await shown(values) })
    }
  }

  async set(key: string, value: Bytes, { ttlMs, when }: Write): Promise<boolean> {
    const entry = await this.#entries.wrapped(value, ttlMs)
    if (await this.#store.set(key, entry.bytes, { ttlMs: entry.ttlMs, when })) return true
    return when === 'absent' && this.#entries.isValue(value) && this.#renew(key, entry.bytes, entry.ttlMs)
  }

  async setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    const wrapped = entries.map(
      async ([key, value]) => [key, (await this.#entries.wrapped(value, ttlMs)).bytes] as const,
    )
    await this.#store.setMany(await Promise.all(wrapped), ttlMs === null ? null : ttlMs + this.#entries.graceMs)
  }

  async swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    if (ttlMs !== undefined) {
      const entry = await this.#entries.wrapped(value, ttlMs)
      return this.#store.swap(key, expected, entry.bytes, entry.ttlMs)
    }
    const endsAt = this.#entries.isValue(value) ? (await this.#entries.look(expected))?.endsAt : undefined
    const bytes = endsAt === undefined ? value : await this.#entries.rewrapped(value, endsAt)
    return this.#store.swap(key, expected, bytes, undefined)
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#store.remove(key, expected)
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#store.delete(keys)
  }

  has(key: string): Promise<boolean> {
    return this.#store.has(key)
  }

  /** A counter with an end of its own is a tuple, which Redis cannot add to: it is added to here, and swapped. */
  async add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    for (;;) {
      const bytes = await this.#store.get(key)
      const entry = await this.#entries.look(bytes)
      if (bytes === undefined || entry?.endsAt === undefined) return this.#store.add(key, delta, create)
      if (typeof entry.value !== 'number' && typeof entry.value !== 'bigint') throw notAnInteger()
      if (!Number.isInteger(Number(entry.value))) throw notAnInteger()
      const sum = BigInt(entry.value) + delta
      const value = Number.isSafeInteger(Number(sum)) ? Number(sum) : sum
      const swapped = await this.#store.swap(key, bytes, await this.#entries.close(value, entry.endsAt), undefined)
      if (swapped === 'swapped') return sum
    }
  }

  move(from: string, to: string): Promise<boolean> {
    return this.#store.move(from, to)
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const [ttlMs, bytes] = await Promise.all([this.#store.ttl(key), this.#store.get(key)])
    if (ttlMs === null || ttlMs === undefined) return ttlMs
    const entry = await this.#entries.look(bytes)
    return entry?.endsAt === undefined ? ttlMs : Math.max(0, ttlMs - this.#entries.graceMs)
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    if (ttlMs !== null && ttlMs <= 0) return this.#store.expire(key, ttlMs)
    return this.#endAnew(key, ttlMs, (store) => store.expire(key, ttlMs))
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    const ttlMs = Math.ceil(timestampMs - this.#entries.now())
    if (ttlMs <= 0) return this.#store.expireAt(key, timestampMs)
    return this.#endAnew(key, ttlMs, (store) => store.expireAt(key, timestampMs))
  }

  persist(key: string): Promise<boolean> {
    return this.#endAnew(key, null, (store) => store.persist(key))
  }

  scan(pattern: string, batch: number): AsyncIterable<readonly string[]> {
    return this.#store.scan(pattern, batch)
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  connect(): Promise<void> {
    return this.#store.connect()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  raw(options: { readonly write: boolean }): Promise<unknown> {
    return this.#store.raw(options)
  }

  stats(): StoreStats {
    return this.#store.stats()
  }

  within(deadlineMs: number): Store {
    return new HerdStore(this.#store.within(deadlineMs), this.#entries)
  }

  /** What is over may be replaced as if it were gone; django-redis cannot, and stores nothing in the grace period. */
  async #renew(key: string, value: Bytes, keptMs: number | null): Promise<boolean> {
    const old = await this.#store.get(key)
    const entry = await this.#entries.look(old)
    if (old === undefined || entry === undefined || !this.#entries.isOver(entry)) return false
    return (await this.#store.swap(key, old, value, keptMs)) === 'swapped'
  }

  /** An entry is written anew with its new end; a bare value is left to `otherwise`. */
  async #endAnew(key: string, ttlMs: number | null, otherwise: (store: Store) => Promise<boolean>): Promise<boolean> {
    for (;;) {
      const bytes = await this.#store.get(key)
      if (bytes === undefined) return false
      const entry = await this.#entries.look(bytes)
      if (entry?.endsAt === undefined) return otherwise(this.#store)
      const endsAt = ttlMs === null ? undefined : this.#entries.endOf(ttlMs)
      const keptMs = ttlMs === null ? null : ttlMs + this.#entries.graceMs
      const renewed = await this.#entries.close(entry.value, endsAt)
      const swapped = await this.#store.swap(key, bytes, renewed, keptMs)
      if (swapped !== 'changed') return swapped === 'swapped'
    }
  }
}

function notAnInteger(): CommandError {
  return new CommandError('incr', 'ERR', 'incr: the value is no integer; only whole numbers set as such can be counted')
}
