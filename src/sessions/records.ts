import { type Bytes, fromText } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Core } from '../cache/core.ts'
import { isStoreFailure } from '../cache/events.ts'
import type { MaybePromise } from '../codecs/codec.ts'
import { DecodeError } from '../errors.ts'
import type { Commands, Store } from '../stores/store.ts'
import { untilDone } from './attempts.ts'
import { gone, unavailable } from './failures.ts'
import { type Fields, type Moved, movedIn, movedOf, noFields } from './fields.ts'
import { type Decoded, type Encoded, type Found, type Look, nowhere, type Read, type Trail } from './found.ts'
import type { SessionLayout, SharedRecords } from './layout.ts'
import { type BytesRead, readBytes, ttlOf } from './primary.ts'
import { Turns } from './turns.ts'

/** An old key may lead to the next one, and that on to another, for as long as their graces last. */
const mostHops = 8

/**
 * Sessions as records in the store: each call settles within the store's deadline, with a SessionUnavailableError when it
 * fails. Reads go to the primary, since what a replica does not have yet would look like a logout.
 */
export class Records {
  readonly #store: Store
  /** Where replicas answer the store's own reads. */
  readonly #primary: Commands | undefined
  readonly #core: Core
  readonly #layout: SessionLayout
  readonly #clock: Clock
  readonly #turns = new Turns<Found>()

  constructor(core: Core, layout: SessionLayout, clock: Clock) {
    this.#clock = clock
    this.#core = core
    this.#store = core.store
    this.#primary = core.store.stats()['replicas'] === undefined ? undefined : core.store.commands
    this.#layout = layout
  }

  /** @throws DecodeError for bytes that hold no session, unless the cache has them as a miss or others share the records. */
  read(name: string, withTtl: boolean = false): Promise<Read> {
    return this.#read(name, withTtl)
  }

  /** As {@link read}, with what is told of where the session went. */
  look(name: string, withTtl: boolean = false): Promise<Look> {
    const { shared } = this.#layout
    return shared === undefined ? this.#read(name, withTtl) : this.#lookBeside(name, withTtl, shared)
  }

  async #lookBeside(name: string, withTtl: boolean, shared: SharedRecords): Promise<Look> {
    const read = await this.#read(name, withTtl)
    if (read.found !== undefined || read.isUnreadable === true) return { ...read, moved: undefined }
    const moved = movedIn(await this.readRaw(shared.markOf(name)))
    return moved?.held === undefined ? { ...read, moved } : { ...(await this.#held(name, moved.held)), moved }
  }

  /** As {@link read}, going on where the session has moved to. `undefined` when it is gone, or its next place is not told. */
  async follow(name: string): Promise<Found | undefined> {
    return (await this.trail(name)).found
  }

  /** The same, and where the way ends if it does. */
  async trail(name: string): Promise<Trail> {
    let at = name
    for (let hop = 0; hop <= mostHops; hop++) {
      const { found, moved } = await this.look(at)
      if (moved === undefined) return { found, left: undefined }
      if (moved.until <= this.#clock.now()) return nowhere
      if (moved.to === null) return { found: undefined, left: { name: at, moved, held: found } }
      at = moved.to
    }
    return nowhere
  }

  /** Puts a mark beside a record that is about to go. False when there is one of somebody else's, which stays unless `over`. */
  mark(
    name: string,
    moved: Moved,
    { over, ttlMs }: { readonly over: boolean; readonly ttlMs: number },
  ): Promise<boolean> {
    const { shared } = this.#layout
    if (shared === undefined) throw new TypeError('Marks are for records that others share')
    const wire = this.#wire(shared.markOf(name))
    const write = { ttlMs, when: over ? undefined : ('absent' as const) }
    return this.#guarded('save', () => this.#store.set(wire, fromText(JSON.stringify(moved)), write))
  }

  /** What the bytes held when they were read, in objects that nobody else has. */
  decode({ bytes, name }: Found): MaybePromise<Fields> {
    return this.#layout.decode(bytes, name)
  }

  /** Stores a new record; `undefined` when the name is taken or the store keeps nothing of it. */
  async create(name: string, fields: Fields, ttlMs: number | null): Promise<Found | undefined> {
    const bytes = await this.#layout.encode(fields)
    const done = await this.#guarded('save', () => this.#store.set(this.#wire(name), bytes, { ttlMs, when: 'absent' }))
    return done ? { name, bytes, fields } : undefined
  }

  /** Puts a record of these fields in the place of `found`; `undefined` time keeps what is left. */
  async swap(
    found: Found,
    fields: Fields,
    ttlMs: number | null | undefined,
    encoded?: Encoded,
  ): Promise<Found | 'changed' | 'missing'> {
    const bytes = encoded?.fields === fields ? encoded.bytes : await this.#layout.encode(fields)
    try {
      const outcome = await this.#store.swap(this.#wire(found.name), found.bytes, bytes, ttlMs)
      return outcome === 'swapped' ? { name: found.name, bytes, fields } : outcome
    } catch (error) {
      throw this.#failure('save', error)
    }
  }

  /**
   * Writes what `merge` makes of the newest fields, again and again until nobody was faster; those of this process take
   * turns. `found` is the last that is known, `encoded` what was written down already. A session that moved is written
   * where it is now.
   *
   * @throws SessionRevokedError when it is gone.
   */
  update(
    found: Found,
    merge: (theirs: Fields) => MaybePromise<Fields>,
    ttlMs: number | null | undefined,
    encoded?: Encoded,
  ): Promise<Found> {
    const since = performance.now()
    let isFirst = true
    const turn = this.#turns.take(found.name, async (before) => {
      if (isFirst && encoded !== undefined) {
        const written = this.#written(await this.swap(found, encoded.fields, ttlMs, encoded))
        return written ?? this.compute({ name: found.name }, merge, ttlMs, since)
      }
      // Decoded anew: nobody shares objects with another request.
      const seen = before === undefined ? found : { ...before, fields: await this.decode(before) }
      return this.compute(seen, merge, ttlMs, since)
    })
    isFirst = false
    return turn
  }

  /** The same with a computation that may take its time, for which nobody waits. It begins with what is known, if it is. */
  compute(
    known: Found | Pick<Found, 'name'>,
    compute: (theirs: Fields) => MaybePromise<Fields>,
    ttlMs: number | null | undefined,
    since?: number,
  ): Promise<Found> {
    let seen = 'fields' in known ? known : undefined
    const attempt = async (): Promise<Found | undefined> => {
      seen ??= await this.follow(known.name)
      if (seen === undefined) throw gone('save')
      const outcome = await this.swap(seen, await compute(seen.fields), ttlMs)
      seen = undefined
      return this.#written(outcome)
    }
    return untilDone('save', attempt, since)
  }

  /** `undefined` when somebody else wrote meanwhile. */
  #written(outcome: Found | 'changed' | 'missing'): Found | undefined {
    if (outcome === 'missing' && this.#layout.shared === undefined) throw gone('save')
    return typeof outcome === 'object' ? outcome : undefined
  }

  /** Deletes the record, and what it moved to meanwhile. False when it had gone. */
  remove(found: Found): Promise<boolean> {
    let seen: Found | undefined = found
    return untilDone('end', async () => {
      seen ??= await this.follow(found.name)
      if (seen === undefined) return false
      const done = await this.removeAsSeen(seen)
      seen = undefined
      return done ? true : undefined
    })
  }

  /** Ends the record only while it is as it was seen; whether it did. */
  async removeAsSeen(found: Found): Promise<boolean> {
    const { shared } = this.#layout
    if (shared !== undefined && !shared.isWhole) return isFound(await this.swap(found, noFields, shared.emptiedMs))
    return this.#guarded('end', () => this.#store.remove(this.#wire(found.name), found.bytes))
  }

  /** Ends records, whatever they hold. */
  async end(names: readonly string[]): Promise<void> {
    const { shared } = this.#layout
    if (shared === undefined || shared.isWhole) return this.discard(names)
    const empty = await this.#layout.encode(noFields)
    const write = { ttlMs: shared.emptiedMs, when: 'present' } as const
    await this.#guarded('end', () => Promise.all(names.map((name) => this.#store.set(this.#wire(name), empty, write))))
  }

  /** Deletes records that nobody was told of. */
  async discard(names: readonly string[]): Promise<void> {
    await this.#guarded('end', () => this.#store.delete(names.map((name) => this.#wire(name))))
  }

  /** Gives it that long from now on; whether it is there. */
  async expire(name: string, ttlMs: number | null): Promise<boolean> {
    return this.#guarded('refresh', () => this.#store.expire(this.#wire(name), ttlMs))
  }

  ttl(name: string): Promise<number | null | undefined> {
    const wire = this.#wire(name)
    return this.#guarded('load', async () => {
      if (this.#primary === undefined) return this.#store.ttl(wire)
      return ttlOf(await this.#primary.run('ttl', wire, ['PTTL', wire]))
    })
  }

  /** The same for values of another form, such as the list of a user's sessions. */
  async readRaw(name: string): Promise<Bytes | undefined> {
    return (await this.#readBytes(this.#wire(name), false)).bytes
  }

  /** Puts bytes in the place of `expected`, or where nothing is; whether that is what was there. */
  async writeRaw(name: string, expected: Bytes | undefined, value: Bytes, ttlMs: number | null): Promise<boolean> {
    const wire = this.#wire(name)
    return this.#guarded('save', async () => {
      if (expected === undefined) return this.#store.set(wire, value, { ttlMs, when: 'absent' })
      return (await this.#store.swap(wire, expected, value, ttlMs)) === 'swapped'
    })
  }

  removeRaw(name: string, expected: Bytes): Promise<boolean> {
    return this.#guarded('end', () => this.#store.remove(this.#wire(name), expected))
  }

  /** Tells of a failure that no caller sees. */
  report(operation: string, error: unknown): void {
    this.#core.monitor.ignored(operation, error)
  }

  /** With the stone that lies in the record's place, if it is one. */
  async #read(name: string, withTtl: boolean): Promise<Look> {
    const { bytes, ttlMs } = await this.#readBytes(this.#wire(name), withTtl)
    if (bytes === undefined) return { found: undefined, ttlMs, moved: undefined }
    const decoded = this.#decoded(name, bytes)
    const { found, isUnreadable = false } = decoded instanceof Promise ? await decoded : decoded
    return { found, ttlMs, moved: found && movedOf(found.fields), isUnreadable }
  }

  #decoded(name: string, bytes: Bytes): MaybePromise<Decoded> {
    try {
      const fields = this.#layout.decode(bytes, name)
      if (!(fields instanceof Promise)) return this.#foundAs({ name, bytes, fields })
      return fields.then(
        (known) => this.#foundAs({ name, bytes, fields: known }),
        (error: unknown) => this.#undecoded(error),
      )
    } catch (error) {
      return this.#undecoded(error)
    }
  }

  #foundAs(found: Found): Decoded {
    const { shared } = this.#layout
    const isEmptied = shared !== undefined && !shared.isWhole && found.fields.size === 0
    return { found: isEmptied ? undefined : found }
  }

  #undecoded(error: unknown): Decoded {
    if (this.#layout.shared === undefined || !(error instanceof DecodeError)) {
      return this.#core.monitor.answer('session', error, { found: undefined })
    }
    this.#core.monitor.ignored('session', error)
    return { found: undefined, isUnreadable: true }
  }

  /** What a record held that has gone. */
  async #held(name: string, base64: string): Promise<Read> {
    const { found } = await this.#decoded(name, Buffer.from(base64, 'base64'))
    return { found, ttlMs: undefined }
  }

  #wire(name: string): string {
    return this.#core.keys.wire(name, undefined)
  }

  #readBytes(wire: string, withTtl: boolean): Promise<BytesRead> {
    return readBytes({ store: this.#store, primary: this.#primary }, wire, withTtl).catch(this.#loadFailed)
  }

  readonly #loadFailed = (error: unknown): never => {
    throw this.#failure('load', error)
  }

  async #guarded<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#failure(operation, error)
    }
  }

  #failure(operation: string, error: unknown): unknown {
    if (!isStoreFailure(error)) return error
    this.#core.monitor.failed('session', error)
    return unavailable(operation, error)
  }
}

function isFound(outcome: Found | 'changed' | 'missing'): outcome is Found {
  return typeof outcome === 'object'
}
