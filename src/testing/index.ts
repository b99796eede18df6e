/**
 * For who writes a store, or wants to see what a program does when the network fails: the tests that every store of this
 * package passes, and the proxy that breaks connections on purpose.
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
export type { Store, StoreStats, Swap, Write } from '../stores/store.ts'
export { createFaultProxy, type FaultProxy, type FaultProxyOptions } from './fault-proxy.ts'
export { describeStore, type StoreCapabilities, type StoreContract, type TestFunctions } from './store-contract.ts'
