import type { Timeout } from '../base/duration.ts'
import { toTtlMs } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { checkCall, type Core, ttlOf, type VersionOption } from './core.ts'
import type { Key } from './key-space.ts'

const known = ['version'] as const

export async function touchKey(
  core: Core,
  key: Key,
  timeout: Timeout | undefined,
  options?: VersionOption,
): Promise<boolean> {
  return changeLifetime(core, 'touch', key, ttlOf(core, timeout), options)
}

export async function expireKey(core: Core, key: Key, timeout: Timeout, options?: VersionOption): Promise<boolean> {
  return changeLifetime(core, 'expire', key, toTtlMs(timeout, 'timeout'), options)
}

async function changeLifetime(
  core: Core,
  operation: string,
  key: Key,
  ttlMs: number | null,
  options?: VersionOption,
): Promise<boolean> {
  checkCall(operation, options, known)
  const wireKey = core.keys.wire(key, options?.version)
  if (ttlMs === 0) core.flights.overtake(wireKey)
  try {
    return await core.store.expire(wireKey, ttlMs)
  } catch (error) {
    return core.monitor.answer(operation, error, false)
  }
}

export async function expireKeyAt(core: Core, key: Key, date: Date, options?: VersionOption): Promise<boolean> {
  checkCall('expireAt', options, known)
  const wireKey = core.keys.wire(key, options?.version)
  const timestampMs = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(timestampMs)) throw new OptionError('date', `expireAt: expected a valid Date, got ${kindOf(date)}`)
  try {
    return await core.store.expireAt(wireKey, timestampMs)
  } catch (error) {
    return core.monitor.answer('expireAt', error, false)
  }
}

export async function persistKey(core: Core, key: Key, options?: VersionOption): Promise<boolean> {
  checkCall('persist', options, known)
  const wireKey = core.keys.wire(key, options?.version)
  try {
    return await core.store.persist(wireKey)
  } catch (error) {
    return core.monitor.answer('persist', error, false)
  }
}

/** Milliseconds left; 0 missing; `null` for ever. */
export async function timeLeft(
  core: Core,
  operation: string,
  key: Key,
  options?: VersionOption,
): Promise<number | null> {
  checkCall(operation, options, known)
  const wireKey = core.keys.wire(key, options?.version)
  try {
    const left = await core.store.ttl(wireKey)
    return left === undefined ? 0 : left
  } catch (error) {
    return core.monitor.answer(operation, error, 0)
  }
}
