import { Emitter } from '../base/emitter.ts'
import type { StateChange } from '../base/state-change.ts'
import { DecodeError, isEverwarmError } from '../errors.ts'
import type { StoreStats } from '../stores/store.ts'

/** What a cache tells of, by name. Keys are the user's. */
export interface CacheEvents {
  /** A read found a value. */
  hit: { readonly key: string }
  /** A read found nothing. */
  miss: { readonly key: string }
  /** A value was stored. */
  set: { readonly key: string }
  /** A value was deleted; of a `deleteMany` that met any, each key it was asked for. */
  delete: { readonly key: string }
  /** A loader of `getOrSet` ended; `ms` is how long it took. */
  load: { readonly key: string; readonly ms: number; readonly ok: boolean }
  /** The store failed, or a value could not be read. `ignored`: the caller was answered in another way and saw nothing. */
  error: { readonly operation: string; readonly error: unknown; readonly ignored: boolean }
  /** A connection came about or was lost, or the breaker of a server opened, tried or closed. */
  state: StateChange
}

const eventNames: readonly (keyof CacheEvents)[] = ['hit', 'miss', 'set', 'delete', 'load', 'error', 'state']

/** How it stands with a server. */
export interface ServerState {
  /** `undefined` before the first connection. */
  readonly connection?: 'ready' | 'lost'
  /** `undefined` while it has never opened. */
  readonly breaker?: 'open' | 'half-open' | 'closed'
}

/** What happened since the cache was made. */
export interface CacheStats {
  readonly hits: number
  readonly misses: number
  readonly sets: number
  readonly deletes: number
  /** Loaders that ran. */
  readonly loads: number
  /** Callers of `getOrSet` that were answered by a load which another one had begun. */
  readonly sharedLoads: number
  readonly errors: number
  /** Those of the errors that no caller saw. */
  readonly ignoredErrors: number
  /** The same by operation, such as `get` or `setAt.add`. */
  readonly ignoredErrorsByOperation: Readonly<Record<string, number>>
  /** How it stands with each server that something was heard of, by its URL without a password. */
  readonly servers: Readonly<Record<string, ServerState>>
  /** What the store tells of itself. */
  readonly store: StoreStats
}

interface FailurePolicy {
  readonly ignoreErrors: boolean
  readonly onDecodeError: 'throw' | 'miss'
}

/** Counts and tells what happens, and decides what a failure becomes. */
export class Monitor {
  readonly emitter: Emitter<CacheEvents>
  readonly #policy: FailurePolicy
  #hits = 0
  #misses = 0
  #sets = 0
  #deletes = 0
  #loads = 0
  #sharedLoads = 0
  #errors = 0
  readonly #ignoredErrors = new Map<string, number>()
  readonly #servers = new Map<string, ServerState>()

  constructor(policy: FailurePolicy) {
    this.#policy = policy
    this.emitter = new Emitter(eventNames, (error) => this.#listenerFailed(error))
  }

  hit(key: string): void {
    this.#hits++
    if (this.emitter.hears('hit')) this.emitter.emit('hit', { key })
  }

  miss(key: string): void {
    this.#misses++
    if (this.emitter.hears('miss')) this.emitter.emit('miss', { key })
  }

  set(key: string): void {
    this.#sets++
    if (this.emitter.hears('set')) this.emitter.emit('set', { key })
  }

  deleted(key: string): void {
    this.#deletes++
    if (this.emitter.hears('delete')) this.emitter.emit('delete', { key })
  }

  load(key: string, ms: number, ok: boolean): void {
    this.#loads++
    if (this.emitter.hears('load')) this.emitter.emit('load', { key, ms, ok })
  }

  sharedLoad(): void {
    this.#sharedLoads++
  }

  /** `otherwise` where the options say that such an error is ignored; else throws it. */
  answer<T>(operation: string, error: unknown, otherwise: T): T {
    if (!this.#isIgnored(error)) {
      if (isEverwarmError(error)) this.failed(operation, error)
      throw error
    }
    this.ignored(operation, error)
    return otherwise
  }

  /** An error that the caller sees. */
  failed(operation: string, error: unknown): void {
    this.#count(operation, error, false)
  }

  /** An error that somebody has an answer to. */
  ignored(operation: string, error: unknown): void {
    this.#ignoredErrors.set(operation, (this.#ignoredErrors.get(operation) ?? 0) + 1)
    this.#count(operation, error, true)
  }

  /** What the store's servers are told by; bound, so that it can be handed down. */
  readonly state = (change: StateChange): void => {
    const { server, state } = change
    const news = state === 'ready' || state === 'lost' ? { connection: state } : { breaker: state }
    this.#servers.set(server, { ...this.#servers.get(server), ...news })
    this.emitter.emit('state', change)
  }

  stats(store: StoreStats): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      deletes: this.#deletes,
      loads: this.#loads,
      sharedLoads: this.#sharedLoads,
      errors: this.#errors,
      ignoredErrors: [...this.#ignoredErrors.values()].reduce((sum, count) => sum + count, 0),
      ignoredErrorsByOperation: Object.fromEntries(this.#ignoredErrors),
      servers: Object.fromEntries(this.#servers),
      store,
    }
  }

  /** A programmer's mistake is never ignored, and what cannot be decoded has an option of its own. */
  #isIgnored(error: unknown): boolean {
    if (error instanceof DecodeError) return this.#policy.onDecodeError === 'miss'
    return this.#policy.ignoreErrors && isStoreFailure(error)
  }

  #count(operation: string, error: unknown, ignored: boolean): void {
    this.#errors++
    this.emitter.emit('error', { operation, error, ignored })
  }

  #listenerFailed(error: unknown): void {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}

const storeFailures: ReadonlySet<string> = new Set([
  'ERR_CONNECTION',
  'ERR_DEADLINE',
  'ERR_BREAKER_OPEN',
  'ERR_OVERLOAD',
  'ERR_COMMAND',
  'ERR_PARTIAL',
])

/** Whether it is the store that failed, not the caller or a value. */
export function isStoreFailure(error: unknown): boolean {
  return isEverwarmError(error) && storeFailures.has(error.code)
}
