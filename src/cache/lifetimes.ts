import { type Timeout, toTtlMs } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { checkCall, type Core, ttlOf, type VersionOption } from './core.ts'
import type { Key } from './key-space.ts'

export async function touchKey(core: Core, key: Key, timeout?: Timeout, options?: VersionOption): Promise<boolean> {
  const ttlMs = ttlOf(core, timeout)
  return onKey(core, 'touch', { key, options, otherwise: false }, (wireKey) => core.store.expire(wireKey, ttlMs))
}

export async function expireKey(core: Core, key: Key, timeout: Timeout, options?: VersionOption): Promise<boolean> {
  const ttlMs = toTtlMs(timeout, 'timeout')
  return onKey(core, 'expire', { key, options, otherwise: false }, (wireKey) => core.store.expire(wireKey, ttlMs))
}

export async function expireKeyAt(core: Core, key: Key, date: Date, options?: VersionOption): Promise<boolean> {
  const timestampMs = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(timestampMs)) throw new OptionError('date', `expireAt: expected a valid Date, got ${kindOf(date)}`)
  return onKey(core, 'expireAt', { key, options, otherwise: false }, (wireKey) =>
    core.store.expireAt(wireKey, timestampMs),
  )
}

export async function persistKey(core: Core, key: Key, options?: VersionOption): Promise<boolean> {
  return onKey(core, 'persist', { key, options, otherwise: false }, (wireKey) => core.store.persist(wireKey))
}

/** Milliseconds left; 0 missing; `null` for ever. */
export async function timeLeft(
  core: Core,
  operation: string,
  key: Key,
  options?: VersionOption,
): Promise<number | null> {
  return onKey<number | null>(core, operation, { key, options, otherwise: 0 }, async (wireKey) => {
    const left = await core.store.ttl(wireKey)
    return left === undefined ? 0 : left
  })
}

interface KeyCall<T> {
  readonly key: Key
  readonly options: VersionOption | undefined
  /** The answer when the store fails and that is ignored. */
  readonly otherwise: T
}

async function onKey<T>(
  core: Core,
  operation: string,
  call: KeyCall<T>,
  work: (wireKey: string) => Promise<T>,
): Promise<T> {
  checkCall(operation, call.options, ['version'])
  const wireKey = core.keys.wire(call.key, call.options?.version)
  try {
    return await work(wireKey)
  } catch (error) {
    return core.monitor.answer(operation, error, call.otherwise)
  }
}
