import type { Bytes } from '../base/bytes.ts'
import { kindOf } from '../base/options.ts'
import type { Store } from '../stores/store.ts'
import { checkCall, type Core, storeOf, type TimeoutOption, ttlOf } from './core.ts'
import { isStoreFailure } from './events.ts'
import type { Flight } from './flights.ts'
import type { Key } from './key-space.ts'
import { decoded, encoded } from './values.ts'

/** Makes the value that is missing. `undefined` is answered and not stored. */
export type Loader<T> = () => T | Promise<T>

/** Of `getOrSet`. */
export interface GetOrSetOptions extends TimeoutOption {
  /** Ends this caller's waiting; the load goes on for the others. */
  readonly signal?: AbortSignal
}

/** What a load brought, with the bytes of which every further caller gets a copy of its own. */
interface Loaded {
  readonly value: unknown
  readonly bytes: Bytes | undefined
}

/** What the store had to say. `unreadable`: bytes that could not be decoded and count as a miss. */
type Lookup =
  | { readonly found: 'value'; readonly value: unknown }
  | { readonly found: 'nothing'; readonly unreadable?: Bytes }
  | { readonly found: 'failure' }

interface Load {
  readonly store: Store
  readonly key: Key
  readonly wireKey: string
  readonly loader: unknown
  readonly ttlMs: number | null
  readonly lookup: Lookup
}

/** The cached value, else what the loader makes: once at a time for each key, whoever asks. Its failure is shared as well. */
export async function getOrLoad(core: Core, key: Key, loader: unknown, options?: GetOrSetOptions): Promise<unknown> {
  checkCall('getOrSet', options, ['timeout', 'version', 'signal', 'deadline'])
  const store = storeOf(core, options)
  const wireKey = core.keys.wire(key, options?.version)
  const ttlMs = ttlOf(core, options?.timeout)
  checkSignal(options?.signal)?.throwIfAborted()

  const running = core.flights.current<Loaded>(wireKey)
  if (running !== undefined) return sharedOutcome(core, key, running, options?.signal)
  const lookup = await unlessAborted(lookUp(core, store, key, wireKey), options?.signal)
  if (lookup.found === 'value') return lookup.value
  core.monitor.miss(String(key))

  const begunMeanwhile = core.flights.current<Loaded>(wireKey)
  if (begunMeanwhile !== undefined) return sharedOutcome(core, key, begunMeanwhile, options?.signal)
  const order: Load = { store, key, wireKey, loader, ttlMs, lookup }
  const flight = core.flights.begin<Loaded>(wireKey, (self) => load(core, order, self))
  return (await unlessAborted(flight.outcome, options?.signal)).value
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw new TypeError(`getOrSet: signal is an AbortSignal, as AbortSignal.timeout(500) makes, got ${kindOf(signal)}`)
}

/** A store that fails is no reason to fail: the loader has an answer. */
async function lookUp(core: Core, store: Store, key: Key, wireKey: string): Promise<Lookup> {
  let bytes: Bytes | undefined
  try {
    bytes = await store.get(wireKey)
    return bytes === undefined ? { found: 'nothing' } : { found: 'value', value: await decoded(core, key, bytes) }
  } catch (error) {
    if (isStoreFailure(error)) {
      core.monitor.ignored('getOrSet', error)
      return { found: 'failure' }
    }
    core.monitor.answer('getOrSet', error, undefined)
    return bytes === undefined ? { found: 'nothing' } : { found: 'nothing', unreadable: bytes }
  }
}

async function load(core: Core, order: Load, flight: Flight<Loaded>): Promise<Loaded> {
  const value = await timedLoad(core, order.key, order.loader)
  if (value === undefined) return { value, bytes: undefined }
  const bytes = await encoded(core, order.key, value)
  // A store that has just failed would only cost another deadline.
  if (order.ttlMs === 0 || order.lookup.found === 'failure') return { value, bytes }
  return (await storeUnlessOvertaken(core, order, flight, bytes)) ?? { value, bytes }
}

async function timedLoad(core: Core, key: Key, loader: unknown): Promise<unknown> {
  if (typeof loader !== 'function') return loader
  const begun = performance.now()
  let ok = false
  try {
    const value: unknown = await (loader as Loader<unknown>)()
    ok = true
    return value
  } finally {
    core.monitor.load(String(key), performance.now() - begun, ok)
  }
}

/** What somebody set while we loaded is newer than what we loaded, and is the answer; what was deleted stays so. */
async function storeUnlessOvertaken(
  core: Core,
  order: Load,
  flight: Flight<Loaded>,
  bytes: Bytes,
): Promise<Loaded | undefined> {
  const key = String(order.key)
  try {
    if (!flight.overtaken && (await storeInGap(order, bytes))) {
      core.monitor.set(key)
      return undefined
    }
    const newer = await order.store.get(order.wireKey)
    return newer === undefined ? undefined : { value: await core.codec.decode(newer, key), bytes: newer }
  } catch (error) {
    if (isStoreFailure(error)) core.monitor.ignored('getOrSet', error)
    else core.monitor.answer('getOrSet', error, undefined)
    return undefined
  }
}

/** Into the place where the look-up found nothing, or nothing readable, unless somebody filled it meanwhile. */
async function storeInGap({ store, wireKey, ttlMs, lookup }: Load, bytes: Bytes): Promise<boolean> {
  const unreadable = lookup.found === 'nothing' ? lookup.unreadable : undefined
  if (unreadable === undefined) return store.set(wireKey, bytes, { ttlMs, when: 'absent' })
  return (await store.swap(wireKey, unreadable, bytes, ttlMs)) === 'swapped'
}

async function sharedOutcome(
  core: Core,
  key: Key,
  flight: Flight<Loaded>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  core.monitor.sharedLoad()
  const { value, bytes } = await unlessAborted(flight.outcome, signal)
  return bytes === undefined ? value : core.codec.decode(bytes, String(key))
}

function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return outcome
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
