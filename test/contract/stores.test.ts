import { afterAll, beforeAll, describe, inject, it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { createRendezvous } from '../../src/stores/rendezvous.ts'
import { replicatedStore } from '../../src/stores/replicas.ts'
import { shardedStore } from '../../src/stores/shards.ts'
import { describeStore, type StoreContract, type TestFunctions } from '../../src/testing/index.ts'
import { sharedPlaces } from '../support/places.ts'
import { openRedisStore } from '../support/redis-store.ts'

interface Subject extends Omit<StoreContract, 'test'> {
  /** Promises of the contract that this store does not make. */
  readonly except?: readonly string[]
}

/** Every store that keeps the contract. The suite empties databases of the shared server that no other file uses. */
const stores: readonly Subject[] = [
  { name: 'memory', open: async () => memoryStore(), capabilities: { flush: true } },
  { name: 'redis', open: async () => openRedisStore(`${inject('redisUrl')}/15`), capabilities: { flush: true } },
  {
    name: 'shards',
    open: async () =>
      shardedStore(
        [9, 10].map((database) => ({
          name: `shard ${database}`,
          store: openRedisStore(`${inject('redisUrl')}/${database}`),
        })),
        1000,
      ),
    capabilities: { flush: true },
  },
  {
    name: 'rendezvous shards',
    open: async () => {
      const shards = [memoryStore(), memoryStore(), memoryStore()].map((store, index) => ({ name: `${index}`, store }))
      return shardedStore(shards, 1000, createRendezvous)
    },
    capabilities: { flush: true },
  },
  {
    // They never get anything: whatever is read was read from the primary.
    name: 'replicas, with readYourWrites',
    open: async () =>
      replicatedStore({
        primary: openRedisStore(`${inject('redisUrl')}/11`),
        replicas: [memoryStore(), memoryStore()],
        deadlineMs: 1000,
        readYourWritesMs: 60_000,
      }),
    capabilities: { flush: true },
  },
  {
    name: 'replicas that never lag',
    open: async () =>
      replicatedStore({
        primary: openRedisStore(`${inject('redisUrl')}/11`),
        replicas: [openRedisStore(`${inject('redisUrl')}/11`), openRedisStore(`${inject('redisUrl')}/11`)],
        deadlineMs: 1000,
      }),
    capabilities: { flush: true },
    // Reads and writes travel on different connections.
    except: ['a read that follows a write sees it, without waiting for it'],
  },
]

for (const { name, prepare } of sharedPlaces) {
  describe('on shared servers', () => {
    const place = prepare()
    describeStore({
      name,
      open: async () => openStore(place(), { deadlineMs: 5000 }),
      test: { describe, it, beforeAll, afterAll },
    })
  })
}

for (const { except = [], ...store } of stores) describeStore({ ...store, test: without(except) })

function without(names: readonly string[]): TestFunctions {
  return { describe, it: (name, body) => (names.includes(name) ? undefined : it(name, body)), beforeAll, afterAll }
}
