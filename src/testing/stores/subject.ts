import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Bytes, fromText, toText } from '../../base/bytes.ts'
import { isEverwarmError } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'

/** What the tests of the contract work with. */
export interface Subject {
  readonly it: (name: string, body: () => Promise<void>) => unknown
  /** The store that the tests share. */
  readonly store: Store
  /** One more store, for a test that closes it. */
  readonly open: () => Promise<Store>
  /** A wire key that no other test uses. */
  key(name: string): string
}

export const forever = { ttlMs: null } as const

export async function putText(store: Store, key: string, text: string, ttlMs: number | null = null): Promise<void> {
  assert.equal(await store.set(key, fromText(text), { ttlMs }), true)
}

export async function readText(store: Store, key: string): Promise<string | undefined> {
  return textOf(await store.get(key))
}

export function textOf(bytes: Bytes | undefined): string | undefined {
  return bytes === undefined ? undefined : toText(bytes)
}

/** Equal bytes, whichever class holds them. */
export function assertBytes(actual: Bytes | undefined, expected: Bytes): void {
  assert.ok(actual instanceof Uint8Array, 'expected bytes, got none')
  assert.ok(Buffer.compare(actual, expected) === 0, `expected the ${expected.length} bytes that were stored`)
}

/** Rejects with this package's error of that code. */
export async function assertRejects(call: Promise<unknown>, code: string, what = 'the call'): Promise<void> {
  const outcome = await call.then(
    () => 'an answer',
    (error: unknown) => (isEverwarmError(error) ? error.code : String(error)),
  )
  assert.equal(outcome, code, `${what}: expected ${code}, got ${outcome}`)
}

/** Milliseconds that a time to live may differ because two clocks are read. */
const clockSlackMs = 3

/**
 * Whether the key has `ttlMs` left, exact to the millisecond: less than it only by the time that passed since
 * `startedAt`, a `performance.now()` from before it was given.
 */
export async function assertTtl(store: Store, key: string, ttlMs: number, startedAt: number): Promise<void> {
  const left = await store.ttl(key)
  const passed = performance.now() - startedAt
  assert.equal(typeof left, 'number')
  const least = ttlMs - passed - clockSlackMs
  assert.ok(Number(left) <= ttlMs + clockSlackMs, `${left} ms left, more than the ${ttlMs} given`)
  assert.ok(Number(left) >= least, `${left} ms left, expected at least ${least}`)
}

/** Waits until the key is gone; a store that never lets go of it fails after two seconds. */
export async function untilGone(store: Store, key: string): Promise<void> {
  const end = performance.now() + 2000
  while ((await store.get(key)) !== undefined) {
    assert.ok(performance.now() < end, 'the key outlived its time to live by far')
    await sleep(5)
  }
}

export async function walk(store: Store, pattern: string, batch: number): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.scan(pattern, batch)) found.push(...page)
  return found
}
