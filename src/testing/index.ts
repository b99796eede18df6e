/**
 * For who writes a store, or wants to see what a program does when Redis or the network fails: the tests that every store of
 * this package passes, a proxy that breaks connections on purpose, and real servers to pause, kill and fail over.
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
export { createFaultProxy, type FaultOptions, type FaultProxy, type FaultProxyOptions } from './fault-proxy.ts'
export type { Answer } from './servers/ask.ts'
export type { ClientCertificates } from './servers/certificates.ts'
export { type ClusterOptions, type ClusterServers, startCluster } from './servers/cluster.ts'
export { freePort } from './servers/free-port.ts'
export { type RedisOptions, type RedisServer, type Servers, startRedis } from './servers/redis.ts'
export { type ReplicatedOptions, type ReplicatedServers, startReplicated } from './servers/replicated.ts'
export type { SentinelServer } from './servers/sentinel.ts'
export { type SentinelServers, type SentinelsOptions, startSentinels } from './servers/sentinels.ts'
export { describeStore, type StoreCapabilities, type StoreContract, type TestFunctions } from './store-contract.ts'
