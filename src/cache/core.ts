import { type DeadlineOption, type Timeout, toDeadlineMs, toTtlMs } from '../base/duration.ts'
import { kindOf, nearest } from '../base/options.ts'
import type { Codec } from '../codecs/codec.ts'
import { OptionError } from '../errors.ts'
import type { Store } from '../stores/store.ts'
import type { Monitor } from './events.ts'
import type { Flights } from './flights.ts'
import type { KeySpace, Version } from './key-space.ts'

/** What all operations of one cache work with. */
export interface Core {
  readonly store: Store
  readonly keys: KeySpace
  readonly codec: Codec
  readonly monitor: Monitor
  readonly flights: Flights
  /** How long values live that are set without a timeout. */
  readonly ttlMs: number | null
}

/** Of every call. */
export interface CallOptions extends DeadlineOption {
  /** Instead of the cache's own version. */
  readonly version?: Version
}

/** Of calls that write. */
export interface TimeoutOption extends CallOptions {
  /** How long the value lives: seconds, `'5m'` and the like, or `null` for ever. @defaultValue the cache's timeout */
  readonly timeout?: Timeout
}

/** Milliseconds that a value is to live. */
export function ttlOf(core: Core, timeout: Timeout | undefined): number | null {
  return timeout === undefined ? core.ttlMs : toTtlMs(timeout, 'timeout')
}

/** Where a call goes: the store itself, or a view of it with the call's own deadline. @throws OptionError */
export function storeOf(core: Core, options: DeadlineOption | undefined): Store {
  const deadline = options?.deadline
  return deadline === undefined ? core.store : core.store.within(toDeadlineMs(deadline))
}

/** Refuses unknown names and what is no object: `set(key, value, 60)` would else live for the default time. */
export function checkCall(operation: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw notAnObject(operation, options, known)
  for (const name in options) {
    if (!known.includes(name)) throw unknownOption(operation, name, known)
  }
}

function notAnObject(operation: string, options: unknown, known: readonly string[]): OptionError {
  const example =
    known.includes('timeout') && typeof options === 'number' ? `{ timeout: ${options} }` : `{ ${known[0]}: ... }`
  return new OptionError(operation, `${operation}: options are an object such as ${example}, got ${kindOf(options)}`)
}

function unknownOption(operation: string, name: string, known: readonly string[]): OptionError {
  const near = nearest(name, known)
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
  return new OptionError(name, `${operation}: unknown option "${name}"; ${hint}`)
}
