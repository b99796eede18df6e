import type { Bytes } from '../base/bytes.ts'
import { Deadlines } from '../base/deadlines.ts'
import { BreakerOpenError, CommandError, ConnectionError, DeadlineError, OverloadError } from '../errors.ts'
import { isRepeatable } from '../redis/repeatable.ts'
import { allSettled } from './all-settled.ts'
import { RecentWrites } from './recent-writes.ts'
import { Rests } from './rests.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'
import { Views } from './views.ts'

/** Who answers reads: the replicas, and the primary only when none can be reached, or never, or in turn with them. */
export type ReadFrom = 'replicas' | 'replicas-only' | 'all'

export interface ReplicatedOptions {
  readonly primary: Store
  /** At least one. */
  readonly replicas: readonly Store[]
  /** How long one call may take. Those that are not asked last must give up by half of it: {@link attemptMs}. */
  readonly deadlineMs: number
  /** How long a replica that failed is left alone. @defaultValue 1000 */
  readonly restMs?: number
  /** Whether a value that the primary does not take may be set on another server, as django-redis with `REPLICA_READ_ONLY: False`. */
  readonly writableReplicas?: boolean
  /** @defaultValue `'replicas'` */
  readonly readFrom?: ReadFrom
  /** For how long after a write of this store its key is read from the primary alone. @defaultValue 0, never */
  readonly readYourWritesMs?: number
  /** A clock that only goes forward. @defaultValue `performance.now` */
  readonly now?: () => number
}

/** How long a server may take whose silence another one is to make up for. */
export function attemptMs(deadlineMs: number): number {
  return Math.ceil(deadlineMs / 2)
}

/**
 * Reads from any replica and writes to the primary. A replica that cannot be reached is left alone for a while and
 * another one is asked; the primary as `readFrom` says. Walks over keys, counters and commands are the primary's:
 * what is deleted by a walk must not be missed because a replica lags behind.
 */
export function replicatedStore(options: ReplicatedOptions): Store {
  return new ReplicatedStore(options)
}

class ReplicatedStore implements Store {
  readonly #primary: Store
  readonly #replicas: readonly Store[]
  readonly #readFrom: ReadFrom
  /** Those that share the reads. */
  readonly #readers: readonly Store[]
  readonly #rests: Rests
  readonly #recent: RecentWrites | undefined
  readonly #writableReplicas: boolean
  /** For what is tried after a first failure. */
  readonly #deadlines: Deadlines
  readonly #views: Views
  readonly commands?: Commands

  constructor(options: ReplicatedOptions, recent = writesOf(options)) {
    const { primary, replicas, deadlineMs, restMs = 1000, writableReplicas = false } = options
    const { readFrom = 'replicas', now = monotonic } = options
    this.#views = new Views((ms) => new ReplicatedStore(within(ms, options), this.#recent))
    this.#primary = primary
    this.#replicas = replicas
    this.#readFrom = readFrom
    this.#readers = readFrom === 'all' ? [primary.within(attemptMs(deadlineMs)), ...replicas] : replicas
    this.#rests = new Rests(restMs, now)
    this.#recent = recent
    this.#writableReplicas = writableReplicas
    this.#deadlines = new Deadlines(attemptMs(deadlineMs))
    if (primary.commands !== undefined) this.commands = noticed(primary.commands, recent)
  }

  get(key: string): Promise<Bytes | undefined> {
    return this.#read('get', [key], (store) => store.get(key))
  }

  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#read('getMany', keys, (store) => store.getMany(keys))
  }

  has(key: string): Promise<boolean> {
    return this.#read('has', [key], (store) => store.has(key))
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#read('ttl', [key], (store) => store.ttl(key))
  }

  set(key: string, value: Bytes, write: Write): Promise<boolean> {
    return this.#write([key], () =>
      this.#writableReplicas ? this.#setAnywhere(key, value, write) : this.#primary.set(key, value, write),
    )
  }

  async #setAnywhere(key: string, value: Bytes, write: Write): Promise<boolean> {
    try {
      return await this.#primary.set(key, value, write)
    } catch (error) {
      // A primary that has much to do is there, and its value would take the place of what a replica was given.
      if (!isWorthAnother(error) || error instanceof OverloadError) throw error
      return this.#within('set', () => this.#firstOf(this.#replicas, error, (store) => store.set(key, value, write)))
    }
  }

  setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    const keys = entries.map(([key]) => key)
    return this.#write(keys, () => this.#primary.setMany(entries, ttlMs))
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    return this.#write([key], () => this.#primary.swap(key, expected, value, ttlMs))
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#write([key], () => this.#primary.remove(key, expected))
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#write(keys, () => this.#primary.delete(keys))
  }

  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    return this.#write([key], () => this.#primary.add(key, delta, create))
  }

  move(from: string, to: string): Promise<boolean> {
    return this.#write([from, to], () => this.#primary.move(from, to))
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#write([key], () => this.#primary.expire(key, ttlMs))
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    return this.#write([key], () => this.#primary.expireAt(key, timestampMs))
  }

  persist(key: string): Promise<boolean> {
    return this.#write([key], () => this.#primary.persist(key))
  }

  scan(pattern: string, batch: number): AsyncIterable<readonly string[]> {
    return this.#primary.scan(pattern, batch)
  }

  flush(): Promise<void> {
    return noticing(
      () => this.#recent?.addAll(),
      () => this.#primary.flush(),
    )
  }

  async connect(): Promise<void> {
    await allSettled([this.#primary, ...this.#replicas].map((store) => store.connect()))
  }

  async close(): Promise<void> {
    await allSettled([this.#primary, ...this.#replicas].map((store) => store.close()))
  }

  raw(options: { readonly write: boolean }): Promise<unknown> {
    return options.write ? this.#primary.raw(options) : this.#ask('raw', (store) => store.raw(options))
  }

  within(deadlineMs: number): Store {
    return this.#views.of(deadlineMs)
  }

  stats(): StoreStats {
    const restingReplicas = this.#replicas.filter((store) => this.#rests.has(store)).length
    return { ...this.#primary.stats(), replicas: this.#replicas.length, restingReplicas }
  }

  #write<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    const recent = this.#recent
    return recent === undefined ? write() : noticing(() => recent.add(keys), write)
  }

  #read<T>(operation: string, keys: readonly string[], read: (store: Store) => Promise<T>): Promise<T> {
    if (this.#recent?.hasAny(keys) === true) return read(this.#primary)
    this.#rests.tryAgain(read, isSilent)
    return this.#ask(operation, read)
  }

  async #ask<T>(operation: string, read: (store: Store) => Promise<T>): Promise<T> {
    const [first, ...others] = this.#candidates()
    try {
      return await read(first)
    } catch (error) {
      this.#restAfter(first, error)
      if (others.length === 0 || !isWorthAnother(error)) throw error
      return this.#within(operation, () => this.#firstOf(others, error, read))
    }
  }

  /** Who is to be asked, in this order: those that are not resting, beginning anywhere; the primary last unless it is one of them. */
  #candidates(): readonly [Store, ...Store[]] {
    const awake = this.#rests.awakeOf(this.#readers)
    const able = awake.length > 0 || this.#readFrom === 'replicas' ? awake : this.#readers
    const start = Math.floor(Math.random() * able.length)
    const last = this.#readFrom === 'replicas' ? [this.#primary] : []
    return [...able.slice(start), ...able.slice(0, start), ...last] as [Store, ...Store[]]
  }

  /** The answer of the first store that can be reached. */
  async #firstOf<T>(stores: readonly Store[], failure: unknown, call: (store: Store) => Promise<T>): Promise<T> {
    let last = failure
    for (const store of stores) {
      try {
        return await call(store)
      } catch (error) {
        if (!isWorthAnother(error)) throw error
        this.#restAfter(store, error)
        last = error
      }
    }
    throw last
  }

  #within<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const { ms } = this.#deadlines
    const late = () =>
      new DeadlineError(operation, ms * 2, `${operation}: no answer from any of the servers within ${ms * 2} ms`)
    return this.#deadlines.race(work(), late, asError)
  }

  #restAfter(store: Store, error: unknown): void {
    if (this.#readers.includes(store) && isUnreachable(error)) this.#rests.begin(store)
  }
}

/** Before it is sent, for reads that follow at once; and when it has ended, for time counts from then. */
async function noticing<T>(notice: () => void, write: () => Promise<T>): Promise<T> {
  notice()
  try {
    return await write()
  } finally {
    notice()
  }
}

/** The commands, with the keys of those that write put down. */
function noticed(commands: Commands, recent: RecentWrites | undefined): Commands {
  if (recent === undefined) return commands
  return {
    run: (operation, key, command) => {
      const run = () => commands.run(operation, key, command)
      return isRepeatable(command) ? run() : noticing(() => recent.add([key]), run)
    },
    runAll: (operation, key, several) => {
      const run = () => commands.runAll(operation, key, several)
      return several.every(isRepeatable) ? run() : noticing(() => recent.add([key]), run)
    },
    script: (operation, script, keys, args) =>
      noticing(
        () => recent.add(keys),
        () => commands.script(operation, script, keys, args),
      ),
  }
}

function writesOf({ readYourWritesMs = 0, now = monotonic }: ReplicatedOptions): RecentWrites | undefined {
  return readYourWritesMs > 0 ? new RecentWrites(readYourWritesMs, now) : undefined
}

function monotonic(): number {
  return performance.now()
}

/** Each server gets the part of the time that it had before. */
function within(ms: number, options: ReplicatedOptions): ReplicatedOptions {
  const primaryMs = options.writableReplicas === true ? attemptMs(ms) : ms
  const replicas = options.replicas.map((store) => store.within(attemptMs(ms)))
  return { ...options, primary: options.primary.within(primaryMs), replicas, deadlineMs: ms }
}

/** Whether another server may do better: it is not the call that is wrong. After a failover a replica is the primary. */
function isWorthAnother(error: unknown): boolean {
  return isSilent(error) || (error instanceof CommandError && error.reason === 'READONLY')
}

/** Whether the server has answered nothing. One for which too much waits is not left to rest: its next answer makes room. */
function isSilent(error: unknown): boolean {
  return isUnreachable(error) || error instanceof OverloadError
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof DeadlineError || error instanceof BreakerOpenError
}

function asError(error: unknown): Error {
  return error as Error
}
