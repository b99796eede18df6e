import { randomBytes } from 'node:crypto'

import type { Store } from '../stores/store.ts'
import { describeAtomicWrites } from './stores/atomic-writes.ts'
import { describeClosing } from './stores/closing.ts'
import { describeFlush } from './stores/flush.ts'
import { describeLifetimes } from './stores/lifetimes.ts'
import type { Subject } from './stores/subject.ts'
import { describeValues } from './stores/values.ts'
import { describeWalks } from './stores/walks.ts'

/** The functions of a test runner: those of vitest and bun:test, or node:test's with its `before` and `after`. */
export interface TestFunctions {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
  readonly beforeAll: (body: () => Promise<void>) => unknown
  readonly afterAll: (body: () => Promise<void>) => unknown
}

/** What a store can do that the suite may not try everywhere. */
export interface StoreCapabilities {
  /** Whether the suite may remove every key: only where nobody else keeps any. @defaultValue false */
  readonly flush?: boolean | undefined
}

export interface StoreContract {
  /** What the tests are listed under. */
  readonly name: string
  /** A new store, which the suite closes; those it opens may share their keys. */
  readonly open: () => Promise<Store>
  readonly test: TestFunctions
  readonly capabilities?: StoreCapabilities | undefined
}

/**
 * Declares the tests that hold for every store. Keys begin with a random prefix, so a server may be shared, and each
 * test has keys of its own, so they may run concurrently (`flush` excepted). Takes about a second on a local server.
 */
export function describeStore({ name, open, test, capabilities = {} }: StoreContract): void {
  test.describe(name, () => {
    let opened: Store | undefined
    test.beforeAll(async () => {
      opened = await open()
    })
    test.afterAll(async () => opened?.close())

    const subject = subjectOf(test, open, () => opened)
    test.describe('values', () => describeValues(subject))
    test.describe('writes in one step', () => describeAtomicWrites(subject))
    test.describe('lifetimes', () => describeLifetimes(subject))
    test.describe('walks', () => describeWalks(subject))
    if (capabilities.flush === true) test.describe('flush', () => describeFlush(subject))
    test.describe('closing', () => describeClosing(subject))
  })
}

function subjectOf(test: TestFunctions, open: () => Promise<Store>, opened: () => Store | undefined): Subject {
  const prefix = `contract-${randomBytes(6).toString('hex')}:`
  let keys = 0
  return {
    it: test.it,
    open,
    key: (name) => `${prefix}${++keys}:${name}`,
    get store(): Store {
      const store = opened()
      if (store === undefined) throw new Error('The store was not opened: does the runner call beforeAll?')
      return store
    },
  }
}
