/**
 * For who writes a store: the tests that every store of this package passes.
 *
 * @example
 * ```ts
 * import { describe, it, beforeAll, afterAll } from 'vitest'
 * import { describeStore } from 'everwarm/testing'
 *
 * describeStore({ name: 'my store', open: async () => myStore(), test: { describe, it, beforeAll, afterAll } })
 * ```
 *
 * @module
 */
export { describeStore, type StoreCapabilities, type StoreContract, type TestFunctions } from './store-contract.ts'
