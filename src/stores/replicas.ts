import type { Bytes } from '../base/bytes.ts'
import { Deadlines } from '../base/deadlines.ts'
import { CommandError, ConnectionError, DeadlineError, isEverwarmError } from '../errors.ts'
import { allSettled } from './all-settled.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'

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
}

/** How long a server may take whose silence another one is to make up for. */
export function attemptMs(deadlineMs: number): number {
  return Math.ceil(deadlineMs / 2)
}

/**
 * Reads from any replica and writes to the primary. A replica that cannot be reached is left alone for a while and
 * another one is asked; the primary only when none is left. Walks over keys, counters and commands are the primary's:
 * what is deleted by a walk must not be missed because a replica lags behind.
 */
export function replicatedStore(options: ReplicatedOptions): Store {
  return new ReplicatedStore(options)
}

class ReplicatedStore implements Store {
  readonly #primary: Store
  readonly #replicas: readonly Store[]
  readonly #restMs: number
  readonly #writableReplicas: boolean
  /** For what is tried after a first failure. */
  readonly #deadlines: Deadlines
  readonly #restingUntil = new Map<Store, number>()
  readonly commands?: Commands

  constructor({ primary, replicas, deadlineMs, restMs = 1000, writableReplicas = false }: ReplicatedOptions) {
    this.#primary = primary
    this.#replicas = replicas
    this.#restMs = restMs
    this.#writableReplicas = writableReplicas
    this.#deadlines = new Deadlines(attemptMs(deadlineMs))
    if (primary.commands !== undefined) this.commands = primary.commands
  }

  get(key: string): Promise<Bytes | undefined> {
    return this.#read('get', (store) => store.get(key))
  }

  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#read('getMany', (store) => store.getMany(keys))
  }

  has(key: string): Promise<boolean> {
    return this.#read('has', (store) => store.has(key))
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#read('ttl', (store) => store.ttl(key))
  }

  async set(key: string, value: Bytes, write: Write): Promise<boolean> {
    if (!this.#writableReplicas) return this.#primary.set(key, value, write)
    try {
      return await this.#primary.set(key, value, write)
    } catch (error) {
      if (!isWorthAnother(error)) throw error
      return this.#within('set', () => this.#firstOf(this.#replicas, error, (store) => store.set(key, value, write)))
    }
  }

  setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    return this.#primary.setMany(entries, ttlMs)
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    return this.#primary.swap(key, expected, value, ttlMs)
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#primary.remove(key, expected)
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#primary.delete(keys)
  }

  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    return this.#primary.add(key, delta, create)
  }

  move(from: string, to: string): Promise<boolean> {
    return this.#primary.move(from, to)
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#primary.expire(key, ttlMs)
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    return this.#primary.expireAt(key, timestampMs)
  }

  persist(key: string): Promise<boolean> {
    return this.#primary.persist(key)
  }

  scan(pattern: string, batch: number): AsyncIterable<readonly string[]> {
    return this.#primary.scan(pattern, batch)
  }

  flush(): Promise<void> {
    return this.#primary.flush()
  }

  async connect(): Promise<void> {
    await allSettled([this.#primary, ...this.#replicas].map((store) => store.connect()))
  }

  async close(): Promise<void> {
    await allSettled([this.#primary, ...this.#replicas].map((store) => store.close()))
  }

  raw(options: { readonly write: boolean }): Promise<unknown> {
    return options.write ? this.#primary.raw(options) : this.#read('raw', (store) => store.raw(options))
  }

  within(): Store {
    return this
  }

  stats(): StoreStats {
    const now = performance.now()
    const resting = this.#replicas.filter((store) => this.#isResting(store, now)).length
    return { ...this.#primary.stats(), replicas: this.#replicas.length, restingReplicas: resting }
  }

  async #read<T>(operation: string, read: (store: Store) => Promise<T>): Promise<T> {
    const candidates = this.#candidates()
    const first = candidates[0] ?? this.#primary
    try {
      return await read(first)
    } catch (error) {
      if (first === this.#primary || !isWorthAnother(error)) throw error
      if (isUnreachable(error)) this.#rest(first)
      return this.#within(operation, () => this.#firstOf([...candidates.slice(1), this.#primary], error, read))
    }
  }

  /** The replicas that are not resting, in an order of chance. */
  #candidates(): Store[] {
    const now = performance.now()
    const awake =
      this.#restingUntil.size === 0 ? this.#replicas : this.#replicas.filter((store) => !this.#isResting(store, now))
    const start = Math.floor(Math.random() * awake.length)
    return [...awake.slice(start), ...awake.slice(0, start)]
  }

  /** The answer of the first store that can be reached. */
  async #firstOf<T>(stores: readonly Store[], failure: unknown, call: (store: Store) => Promise<T>): Promise<T> {
    let last = failure
    for (const store of stores) {
      try {
        return await call(store)
      } catch (error) {
        if (!isWorthAnother(error)) throw error
        if (store !== this.#primary && isUnreachable(error)) this.#rest(store)
        last = error
      }
    }
    throw last
  }

  #within<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const { ms } = this.#deadlines
    const late = () =>
      new DeadlineError(operation, ms * 2, `${operation}: no answer from any of the servers within ${ms * 2} ms`)
    return this.#deadlines.race(work(), late, (error) => error as Error)
  }

  #rest(store: Store): void {
    this.#restingUntil.set(store, performance.now() + this.#restMs)
  }

  #isResting(store: Store, now: number): boolean {
    const until = this.#restingUntil.get(store)
    if (until === undefined) return false
    if (until > now) return true
    this.#restingUntil.delete(store)
    return false
  }
}

/** Whether another server may do better: it is not the call that is wrong. After a failover a replica is the primary. */
function isWorthAnother(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof CommandError && error.reason === 'READONLY')
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof DeadlineError) return true
  return isEverwarmError(error) && error.code === 'ERR_BREAKER_OPEN'
}
