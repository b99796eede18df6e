import { afterAll, beforeAll, describe, inject, it } from 'vitest'

import { memoryStore } from '../../src/stores/memory.ts'
import { describeStore, type StoreContract } from '../../src/testing/index.ts'
import { openRedisStore } from '../support/redis-store.ts'

/** Every store that keeps the contract. The suite empties a database of the shared server that no other file uses. */
const stores: readonly Omit<StoreContract, 'test'>[] = [
  { name: 'memory', open: async () => memoryStore(), capabilities: { flush: true } },
  { name: 'redis', open: async () => openRedisStore(`${inject('redisUrl')}/15`), capabilities: { flush: true } },
]

for (const store of stores) describeStore({ ...store, test: { describe, it, beforeAll, afterAll } })
