import { type Timeout, toTtlMs } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import type { Store } from '../stores/store.ts'
import { type CallOptions, checkCall, type Core, storeOf, ttlOf } from './core.ts'
import type { Key } from './key-space.ts'

export async function touchKey(core: Core, key: Key, timeout?: Timeout, options?: CallOptions): Promise<boolean> {
  const ttlMs = ttlOf(core, timeout)
  return onKey(core, 'touch', { key, options, otherwise: false }, (store, wireKey) => store.expire(wireKey, ttlMs))
}

export async function expireKey(core: Core, key: Key, timeout: Timeout, options?: CallOptions): Promise<boolean> {
  const ttlMs = toTtlMs(timeout, 'timeout')
  return onKey(core, 'expire', { key, options, otherwise: false }, (store, wireKey) => store.expire(wireKey, ttlMs))
}

export async function expireKeyAt(core: Core, key: Key, date: Date, options?: CallOptions): Promise<boolean> {
  const timestampMs = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(timestampMs)) throw new OptionError('date', `expireAt: expected a valid Date, got ${kindOf(date)}`)
  return onKey(core, 'expireAt', { key, options, otherwise: false }, (store, wireKey) =>
    store.expireAt(wireKey, timestampMs),
  )
}

export async function persistKey(core: Core, key: Key, options?: CallOptions): Promise<boolean> {
  return onKey(core, 'persist', { key, options, otherwise: false }, (store, wireKey) => store.persist(wireKey))
}

/** Milliseconds left; 0 missing; `null` for ever. */
export async function timeLeft(core: Core, operation: string, key: Key, options?: CallOptions): Promise<number | null> {
  return onKey<number | null>(core, operation, { key, options, otherwise: 0 }, async (store, wireKey) => {
    const left = await store.ttl(wireKey)
    return left === undefined ? 0 : left
  })
}

interface KeyCall<T> {
  readonly key: Key
  readonly options: CallOptions | undefined
  /** The answer when the store fails and that is ignored. */
  readonly otherwise: T
}

async function onKey<T>(
  core: Core,
  operation: string,
  call: KeyCall<T>,
  work: (store: Store, wireKey: string) => Promise<T>,
): Promise<T> {
  checkCall(operation, call.options, ['version', 'deadline'])
  const store = storeOf(core, call.options)
  const wireKey = core.keys.wire(call.key, call.options?.version)
  try {
    return await work(store, wireKey)
  } catch (error) {
    return core.monitor.answer(operation, error, call.otherwise)
  }
}
