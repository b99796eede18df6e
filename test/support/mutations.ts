import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect } from 'vitest'

import { DecodeError } from '../../src/errors.ts'

/** How long one hostile input may take. */
const mostMs = 50

/** Random numbers that are the same in every run: 0 up to, not including, `limit`. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    return ((more ^ (more >>> 14)) >>> 0) % limit
  }
}

/** A copy of one of `samples` with a few bytes changed, dropped, doubled or put in, or grafted from another. */
export function mutated(samples: readonly Uint8Array[], random: (limit: number) => number): Uint8Array {
  let bytes = Buffer.from(pick(samples, random))
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const end = Math.min(bytes.length, at + random(12))
    const middle = [
      () => Buffer.of(random(256)),
      () => Buffer.alloc(0),
      () => Buffer.concat([bytes.subarray(at, end), bytes.subarray(at, end)]),
      () => Buffer.of(random(256), random(256), random(256)),
      () => Buffer.from(pick(samples, random)).subarray(0, random(40)),
      () => Buffer.of(0xff, 0xff, 0xff, 0x7f),
    ]
    bytes = Buffer.concat([bytes.subarray(0, at), pick(middle, random)(), bytes.subarray(end)])
  }
  return bytes
}

/** Reads it; what leaves is a value or a `DecodeError`, and soon. Whether it was a value. */
export async function readsOrRefuses(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): Promise<boolean> {
  const first = await timed(read, bytes)
  let { ms } = first
  // A pause of the whole process is none of the reader's doing, and does not come again at the same place.
  for (let again = 0; ms >= mostMs && again < 3; again++) ms = Math.min(ms, (await timed(read, bytes)).ms)
  const hex = (): string => Buffer.from(bytes.subarray(0, 2000)).toString('hex')
  if (ms >= mostMs) expect.fail(`took ${ms} ms: ${hex()}`)
  if (first.error !== undefined && !(first.error instanceof DecodeError))
    expect.fail(`${(first.error as Error).message}: ${hex()}`)
  return first.error === undefined
}

/** What is in use after everything that can be thrown away is. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

async function timed(
  read: (bytes: Uint8Array) => unknown,
  bytes: Uint8Array,
): Promise<{ readonly ms: number; readonly error?: unknown }> {
  const start = performance.now()
  try {
    const value = read(bytes)
    if (value instanceof Promise) await value
    return { ms: performance.now() - start }
  } catch (error) {
    return { ms: performance.now() - start, error }
  }
}

function pick<T>(items: readonly T[], random: (limit: number) => number): T {
  return items[random(items.length)] as T
}
