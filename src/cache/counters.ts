import { checkFlag, kindOf } from '../base/options.ts'
import { KeyNotFoundError, OptionError } from '../errors.ts'
import { type CallOptions, checkCall, type Core, storeOf, type TimeoutOption, ttlOf } from './core.ts'
import type { Key, Version } from './key-space.ts'

/** Of `incr` and `decr`. */
export interface IncrOptions extends TimeoutOption {
  /** Begin at 0 when the key is missing; `timeout` is for that case alone. @defaultValue false: a missing key is an error */
  readonly create?: boolean
}

/** The sum: a number, or a bigint beyond 2^53 - 1; NaN when a failure was ignored. */
export async function addToKey(
  core: Core,
  operation: 'incr' | 'decr',
  { key, delta }: { readonly key: Key; readonly delta: bigint },
  options?: IncrOptions,
): Promise<number | bigint> {
  checkCall(operation, options, ['timeout', 'create', 'version', 'deadline'])
  const store = storeOf(core, options)
  const { create = false, timeout, version = core.keys.version } = options ?? {}
  checkFlag(create, 'create')
  const wireKey = core.keys.wire(key, options?.version)
  const ttlMs = ttlOf(core, timeout)
  core.flights.overtake(wireKey)
  try {
    const sum = await store.add(wireKey, delta, create && ttlMs !== 0 ? { ttlMs } : undefined)
    if (sum !== undefined) return narrowed(sum)
  } catch (error) {
    return core.monitor.answer(operation, error, Number.NaN)
  }
  if (create) return narrowed(delta)
  throw missing(operation, key, version, 'set it first, or pass { create: true }')
}

/** What to add, as a bigint. @throws OptionError for what is no whole number. */
export function deltaOf(delta: number | bigint): bigint {
  if (typeof delta === 'bigint') return delta
  if (Number.isSafeInteger(delta)) return BigInt(delta)
  throw new OptionError('delta', `delta: expected a whole number within ±(2^53 - 1) or a bigint, got ${kindOf(delta)}`)
}

/** How many versions further. @throws OptionError for what is no whole number. */
export function stepsOf(delta: number): number {
  if (Number.isSafeInteger(delta)) return delta
  throw new OptionError('delta', `delta: expected a whole number, got ${kindOf(delta)}`)
}

/** Moves a value to another version, with the time that it has left. */
export async function moveVersion(
  core: Core,
  operation: 'incrVersion' | 'decrVersion',
  { key, delta }: { readonly key: Key; readonly delta: number },
  options?: CallOptions,
): Promise<number> {
  checkCall(operation, options, ['version', 'deadline'])
  const store = storeOf(core, options)
  const version = numberOf(options?.version ?? core.keys.version)
  const [from, to] = [core.keys.wire(key, version), core.keys.wire(key, version + delta)]
  core.flights.overtake(from)
  core.flights.overtake(to)
  try {
    if (await store.move(from, to)) return version + delta
  } catch (error) {
    return core.monitor.answer(operation, error, Number.NaN)
  }
  throw missing(operation, key, version, 'only a value that is there can be moved')
}

function numberOf(version: Version): number {
  const number = typeof version === 'number' ? version : Number(version)
  if (Number.isSafeInteger(number)) return number
  throw new OptionError('version', `version: only a whole number can be counted up, got ${kindOf(version)}`)
}

function narrowed(sum: bigint): number | bigint {
  const number = Number(sum)
  return Number.isSafeInteger(number) ? number : sum
}

function missing(operation: string, key: Key, version: Version, advice: string): KeyNotFoundError {
  return new KeyNotFoundError(String(key), `${operation}: key "${key}" (version ${version}) not found: ${advice}`)
}
