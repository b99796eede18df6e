import type { Bytes } from '../base/bytes.ts'
import { checkCall, type Core, type TimeoutOption, ttlOf } from './core.ts'
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

/** The cached value, else what the loader makes: once at a time for each key, whoever asks. Its failure is shared as well. */
export async function getOrLoad(core: Core, key: Key, loader: unknown, options?: GetOrSetOptions): Promise<unknown> {
  checkCall('getOrSet', options, ['timeout', 'version', 'signal'])
  const wireKey = core.keys.wire(key, options?.version)
  const ttlMs = ttlOf(core, options?.timeout)
  options?.signal?.throwIfAborted()

  const running = core.flights.current<Loaded>(wireKey)
  if (running !== undefined) return sharedOutcome(core, key, running, options?.signal)
  const bytes = await lookup(core, wireKey)
  const found = bytes === undefined ? undefined : await readable(core, key, bytes)
  if (found !== undefined) return found.value
  core.monitor.miss(String(key))

  const begunMeanwhile = core.flights.current<Loaded>(wireKey)
  if (begunMeanwhile !== undefined) return sharedOutcome(core, key, begunMeanwhile, options?.signal)
  const flight = core.flights.begin<Loaded>(wireKey, (self) =>
    load(core, key, wireKey, { loader, ttlMs, flight: self }),
  )
  return (await unlessAborted(flight.outcome, options?.signal)).value
}

/** A store that fails is no reason to fail: the loader has an answer. */
async function lookup(core: Core, wireKey: string): Promise<Bytes | undefined> {
  try {
    return await core.store.get(wireKey)
  } catch (error) {
    if (!isStoreFailure(error)) throw error
    core.monitor.ignored('getOrSet', error)
    return undefined
  }
}

async function readable(core: Core, key: Key, bytes: Bytes): Promise<{ value: unknown } | undefined> {
  try {
    return { value: await decoded(core, key, bytes) }
  } catch (error) {
    return core.monitor.answer('getOrSet', error, undefined)
  }
}

interface Load {
  readonly loader: unknown
  readonly ttlMs: number | null
  readonly flight: Flight<Loaded>
}

async function load(core: Core, key: Key, wireKey: string, { loader, ttlMs, flight }: Load): Promise<Loaded> {
  const value = await timedLoad(core, key, loader)
  if (value === undefined) return { value, bytes: undefined }
  const bytes = await encoded(core, key, value)
  if (ttlMs === 0) return { value, bytes }
  return (await storeUnlessOvertaken(core, key, wireKey, { bytes, ttlMs, flight })) ?? { value, bytes }
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

interface Outcome {
  readonly bytes: Bytes
  readonly ttlMs: number | null
  readonly flight: Flight<Loaded>
}

/** What somebody set while we loaded is newer than what we loaded, and is the answer; what was deleted stays so. */
async function storeUnlessOvertaken(
  core: Core,
  key: Key,
  wireKey: string,
  { bytes, ttlMs, flight }: Outcome,
): Promise<Loaded | undefined> {
  try {
    if (!flight.overtaken && (await core.store.set(wireKey, bytes, { ttlMs, when: 'absent' }))) {
      core.monitor.set(String(key))
      return undefined
    }
    const newer = await core.store.get(wireKey)
    return newer === undefined ? undefined : { value: await core.codec.decode(newer, String(key)), bytes: newer }
  } catch (error) {
    if (!isStoreFailure(error)) throw error
    core.monitor.ignored('getOrSet', error)
    return undefined
  }
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
