import type { Bytes } from '../base/bytes.ts'
import { kindOf } from '../base/options.ts'
import type { MaybePromise } from '../codecs/codec.ts'
import { PartialError } from '../errors.ts'
import { answeredBefore } from '../stores/partial.ts'
import type { Store } from '../stores/store.ts'
import { type CallOptions, checkCall, type Core, storeOf, type TimeoutOption, ttlOf } from './core.ts'
import { type Key, keyText, type Version } from './key-space.ts'

/** Of `set`. */
export interface SetOptions extends TimeoutOption {
  /** Only when the key is absent (Redis' NX), or only when it is present (XX). */
  readonly when?: 'absent' | 'present'
}

/** Values by key, as an object, a `Map` or pairs. */
export type Entries = Readonly<Record<string, unknown>> | Iterable<readonly [key: Key, value: unknown]>

export async function getValue(core: Core, key: Key, fallback: unknown, options?: CallOptions): Promise<unknown> {
  checkCall('get', options, callOptions)
  const wireKey = core.keys.wire(key, options?.version)
  const store = storeOf(core, options)
  try {
    const bytes = await store.get(wireKey)
    if (bytes !== undefined) return await decoded(core, key, bytes)
  } catch (error) {
    core.monitor.answer('get', error, undefined)
  }
  core.monitor.miss(String(key))
  return fallback
}

/** The value in these bytes, counted as a hit. @throws DecodeError */
export async function decoded(core: Core, key: Key, bytes: Bytes): Promise<unknown> {
  const value = await core.codec.decode(bytes, String(key))
  core.monitor.hit(String(key))
  return value
}

export async function getValues(core: Core, keys: Iterable<Key>, options?: CallOptions): Promise<Map<Key, unknown>> {
  checkCall('getMany', options, callOptions)
  const store = storeOf(core, options)
  const wireKeys = wireKeysOf(core, 'getMany', keys, options?.version)
  const found = new Map<Key, unknown>()
  let values: readonly (Bytes | undefined)[] = []
  try {
    values = await store.getMany([...wireKeys.values()])
  } catch (error) {
    const failure = inUserKeys('getMany', error, userKeysOf(wireKeys))
    values = core.monitor.answer('getMany', failure, answeredBefore(error).values ?? [])
  }
  let index = 0
  for (const key of wireKeys.keys()) {
    await collect(core, key, values[index++], found)
  }
  return found
}

async function collect(core: Core, key: Key, bytes: Bytes | undefined, found: Map<Key, unknown>): Promise<void> {
  if (bytes === undefined) return core.monitor.miss(String(key))
  try {
    found.set(key, await decoded(core, key, bytes))
  } catch (error) {
    core.monitor.answer('getMany', error, undefined)
    core.monitor.miss(String(key))
  }
}

export async function setValue(core: Core, key: Key, value: unknown, options?: SetOptions): Promise<boolean> {
  checkCall('set', options, setOptions)
  return write(core, 'set', { key, value, when: checkCondition(options?.when) }, options)
}

export async function addValue(core: Core, key: Key, value: unknown, options?: TimeoutOption): Promise<boolean> {
  checkCall('add', options, timeoutOptions)
  return write(core, 'add', { key, value, when: 'absent' }, options)
}

interface Writing {
  readonly key: Key
  readonly value: unknown
  readonly when: SetOptions['when']
}

async function write(core: Core, operation: string, writing: Writing, options?: TimeoutOption): Promise<boolean> {
  const { key, value, when } = writing
  const wireKey = core.keys.wire(key, options?.version)
  const ttlMs = ttlOf(core, options?.timeout)
  const store = storeOf(core, options)
  const encoding = encoded(core, key, value)
  // Waited for only where it takes time, so that calls reach the store in the order in which they were made.
  const bytes = encoding instanceof Promise ? await encoding : encoding
  core.flights.overtake(wireKey)
  try {
    if (ttlMs === 0) return await expireAtOnce(store, wireKey, when)
    const stored = await store.set(wireKey, bytes, { ttlMs, when })
    if (stored) core.monitor.set(String(key))
    return stored
  } catch (error) {
    return core.monitor.answer(operation, error, false)
  }
}

/** @throws TypeError for `undefined`, which means that there is no value, and for what the serializer cannot hold. */
export function encoded(core: Core, key: Key, value: unknown): MaybePromise<Bytes> {
  if (value === undefined) {
    throw new TypeError(
      `set: the value of "${String(key)}" is undefined, which means absent; store null or delete the key`,
    )
  }
  return core.codec.encode(value)
}

/** What lives for no time is never there: the answer says whether the condition held, as for any other time. */
async function expireAtOnce(store: Store, wireKey: string, when: SetOptions['when']): Promise<boolean> {
  if (when === 'absent') return !(await store.has(wireKey))
  const deleted = await store.delete([wireKey])
  return when === undefined || deleted > 0
}

export async function setValues(core: Core, entries: Entries, options?: TimeoutOption): Promise<void> {
  checkCall('setMany', options, timeoutOptions)
  const store = storeOf(core, options)
  const ttlMs = ttlOf(core, options?.timeout)
  const encodedEntries: [string, Bytes][] = []
  const keys: string[] = []
  for (const [key, value] of pairsOf(entries)) {
    const wireKey = core.keys.wire(key, options?.version)
    const encoding = encoded(core, key, value)
    encodedEntries.push([wireKey, encoding instanceof Promise ? await encoding : encoding])
    keys.push(String(key))
  }
  for (const [wireKey] of encodedEntries) core.flights.overtake(wireKey)
  try {
    if (ttlMs === 0) return void (await store.delete(encodedEntries.map(([wireKey]) => wireKey)))
    await store.setMany(encodedEntries, ttlMs)
    for (const key of keys) core.monitor.set(key)
  } catch (error) {
    const userKeys = new Map(encodedEntries.map(([wireKey], index) => [wireKey, keys[index] as string]))
    const failure = inUserKeys('setMany', error, userKeys)
    if (failure instanceof PartialError) for (const key of failure.done) core.monitor.set(key)
    core.monitor.answer('setMany', failure, undefined)
  }
}

/** What a store says of wire keys, in the user's. */
function inUserKeys(operation: string, error: unknown, userKeys: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof PartialError)) return error
  const { done, failed, errors } = error
  const userOf = (wireKey: string) => userKeys.get(wireKey) ?? wireKey
  return new PartialError(operation, { done: done.map(userOf), failed: failed.map(userOf), errors })
}

function userKeysOf(wireKeys: ReadonlyMap<Key, string>): Map<string, string> {
  return new Map([...wireKeys].map(([key, wireKey]) => [wireKey, String(key)]))
}

function pairsOf(entries: Entries): Iterable<readonly [Key, unknown]> {
  if (typeof entries !== 'object' || entries === null) {
    throw new TypeError(`setMany: expected an object, a Map or pairs of key and value, got ${kindOf(entries)}`)
  }
  if (Symbol.iterator in entries) return checkedPairs(entries as Iterable<readonly [Key, unknown]>)
  return Object.entries(entries)
}

function* checkedPairs(pairs: Iterable<readonly [Key, unknown]>): Generator<readonly [Key, unknown]> {
  for (const pair of pairs) {
    if (!Array.isArray(pair)) throw new TypeError(`setMany: expected pairs of key and value, got ${kindOf(pair)}`)
    yield pair
  }
}

export async function deleteValue(core: Core, key: Key, options?: CallOptions): Promise<boolean> {
  checkCall('delete', options, callOptions)
  const store = storeOf(core, options)
  const wireKey = core.keys.wire(key, options?.version)
  core.flights.overtake(wireKey)
  try {
    const deleted = (await store.delete([wireKey])) > 0
    if (deleted) core.monitor.deleted(String(key))
    return deleted
  } catch (error) {
    return core.monitor.answer('delete', error, false)
  }
}

export async function deleteValues(core: Core, keys: Iterable<Key>, options?: CallOptions): Promise<number> {
  checkCall('deleteMany', options, callOptions)
  const store = storeOf(core, options)
  const wireKeys = wireKeysOf(core, 'deleteMany', keys, options?.version)
  for (const wireKey of wireKeys.values()) core.flights.overtake(wireKey)
  try {
    const count = await store.delete([...wireKeys.values()])
    if (count > 0) for (const key of wireKeys.keys()) core.monitor.deleted(String(key))
    return count
  } catch (error) {
    const failure = inUserKeys('deleteMany', error, userKeysOf(wireKeys))
    const { deleted = 0 } = answeredBefore(error)
    if (deleted > 0 && failure instanceof PartialError) for (const key of failure.done) core.monitor.deleted(key)
    return core.monitor.answer('deleteMany', failure, deleted)
  }
}

export async function hasValue(core: Core, key: Key, options?: CallOptions): Promise<boolean> {
  checkCall('has', options, callOptions)
  const store = storeOf(core, options)
  const wireKey = core.keys.wire(key, options?.version)
  try {
    return await store.has(wireKey)
  } catch (error) {
    return core.monitor.answer('has', error, false)
  }
}

/** Wire keys by the user's keys, each once. A text is no list of keys, though one could walk over its characters. */
function wireKeysOf(
  core: Core,
  operation: string,
  keys: Iterable<Key>,
  version: Version | undefined,
): Map<Key, string> {
  if (typeof keys !== 'object' || keys === null || !(Symbol.iterator in keys)) {
    throw new TypeError(`${operation}: expected a list of keys, got ${kindOf(keys)}`)
  }
  const wireKeys = new Map<Key, string>()
  for (const key of keys) wireKeys.set(key, core.keys.wire(keyText(key), version))
  return wireKeys
}

function checkCondition(when: unknown): SetOptions['when'] {
  if (when === undefined || when === 'absent' || when === 'present') return when
  throw new TypeError(`set: when is 'absent' or 'present', got ${kindOf(when)}`)
}

const callOptions = ['version', 'deadline'] as const
const timeoutOptions = ['timeout', 'version', 'deadline'] as const
const setOptions = ['timeout', 'version', 'when', 'deadline'] as const
