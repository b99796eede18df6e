import type { Bytes } from '../base/bytes.ts'
import { escapeGlob } from '../base/glob.ts'
import { kindOf } from '../base/options.ts'
import { type Cache, coreOf } from '../cache/cache.ts'
import type { Core } from '../cache/core.ts'
import { isStoreFailure } from '../cache/events.ts'
import { OptionError } from '../errors.ts'
import { untilDone } from './attempts.ts'
import { gone, unavailable } from './failures.ts'
import { type Fields, toFields, toRecord } from './fields.ts'
import { withoutKey } from './layout.ts'

/** A record as it was last seen. */
export interface Seen {
  /** What a compare-and-swap expects there. */
  readonly bytes: Bytes
  readonly fields: Fields
}

/** What is to be stored, and for how long: milliseconds, `null` for ever, `undefined` for what is left. */
export interface Draft {
  readonly fields: Fields
  readonly ttlMs: number | null | undefined
}

/** Keys that are asked for together. */
const pageSize = 500

/**
 * Sessions whose keys others make and hand out: a record each under the prefix and the plain key, nothing besides. Each
 * call settles within the cache's deadline, with a SessionUnavailableError when the store fails.
 */
export class PlainRecords {
  readonly #core: Core
  readonly #prefix: string

  /** @throws OptionError for what is no cache of this package. */
  constructor(cache: Cache, prefix: string) {
    const core = coreOf(cache)
    if (core === undefined) {
      throw new OptionError('cache', `cache: expected what createCache() of this package made, got ${kindOf(cache)}`)
    }
    this.#core = core
    this.#prefix = prefix
  }

  /** From the primary: what a replica does not have yet would look like a logout. @throws DecodeError */
  async read(key: string): Promise<Seen | undefined> {
    const bytes = await this.#guarded('load', () => this.#readBytes(this.#wire(key)))
    return bytes === undefined ? undefined : this.#readable(bytes)
  }

  /** Those that are there, by their keys. @throws DecodeError */
  async readMany(keys: readonly string[]): Promise<Map<string, Fields>> {
    const wires = keys.map((key) => this.#wire(key))
    const values = await this.#guarded('list', () => this.#core.store.getMany(wires))
    const found = new Map<string, Fields>()
    for (const [index, key] of keys.entries()) {
      const bytes = values[index]
      const seen = bytes === undefined ? undefined : await this.#readable(bytes)
      if (seen !== undefined) found.set(key, seen.fields)
    }
    return found
  }

  /** What the bytes hold, in objects that nobody else has. */
  async decode(bytes: Bytes): Promise<Fields> {
    const told = withoutKey(this.#prefix)
    return toFields(await this.#core.codec.decode(bytes, told), told)
  }

  /** @throws TypeError for a value that cannot be stored. */
  async encode(fields: Fields): Promise<Bytes> {
    return this.#core.codec.encode(toRecord(fields))
  }

  /** Stores a record, whatever is there. */
  async put(key: string, fields: Fields, ttlMs: number | null): Promise<Seen> {
    const bytes = await this.encode(fields)
    const isStored = await this.#guarded('save', () => this.#core.store.set(this.#wire(key), bytes, { ttlMs }))
    if (!isStored) throw unavailable('save', new Error('the store did not keep it; it may be too large'))
    return { bytes, fields }
  }

  /**
   * Writes what `compute` makes of the newest fields, again and again until nobody was faster.
   *
   * @throws SessionRevokedError when the record is gone.
   */
  update(key: string, last: Seen, compute: (theirs: Fields) => Draft): Promise<Seen> {
    let seen: Seen | undefined = last
    return untilDone('save', async () => {
      seen ??= await this.read(key)
      if (seen === undefined) throw gone('save')
      const { bytes } = seen
      const { fields, ttlMs } = compute(seen.fields)
      const written = await this.encode(fields)
      const outcome = await this.#guarded('save', () => this.#core.store.swap(this.#wire(key), bytes, written, ttlMs))
      if (outcome === 'missing') throw gone('save')
      seen = undefined
      return outcome === 'swapped' ? { bytes: written, fields } : undefined
    })
  }

  /** Gives it that long from now on, 0 ends it; whether it was there. */
  expire(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#guarded('refresh', () => this.#core.store.expire(this.#wire(key), ttlMs))
  }

  async delete(key: string): Promise<void> {
    await this.#guarded('end', () => this.#core.store.delete([this.#wire(key)]))
  }

  /** The keys there are, in pages; one may come twice. */
  async *keys(): AsyncGenerator<readonly string[], void, undefined> {
    for await (const page of this.#pages()) {
      yield page.map((wire) => this.#core.keys.user(wire).slice(this.#prefix.length))
    }
  }

  async clear(): Promise<void> {
    for await (const page of this.#pages()) await this.#guarded('end', () => this.#core.store.delete(page))
  }

  /** Tells of an error that no caller sees. */
  report(error: unknown): void {
    this.#core.monitor.ignored('session', error)
  }

  #wire(key: string): string {
    return this.#core.keys.wire(this.#prefix + key, undefined)
  }

  async *#pages(): AsyncGenerator<readonly string[], void, undefined> {
    const glob = this.#core.keys.pattern(`${escapeGlob(this.#prefix)}*`, undefined)
    const pages = this.#core.store.scan(glob, pageSize)[Symbol.asyncIterator]()
    for (;;) {
      const page = await this.#guarded('list', () => pages.next())
      if (page.done === true) return
      yield page.value
    }
  }

  async #readBytes(wire: string): Promise<Bytes | undefined> {
    const { store } = this.#core
    if (store.stats()['replicas'] === undefined || store.commands === undefined) return store.get(wire)
    const reply = await store.commands.run('get', wire, ['GET', wire])
    return reply instanceof Uint8Array ? reply : undefined
  }

  /** `undefined` where the cache has what cannot be read as a miss. */
  async #readable(bytes: Bytes): Promise<Seen | undefined> {
    try {
      return { bytes, fields: await this.decode(bytes) }
    } catch (error) {
      return this.#core.monitor.answer('session', error, undefined)
    }
  }

  async #guarded<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      this.#core.monitor.failed('session', error)
      throw unavailable(operation, error)
    }
  }
}
