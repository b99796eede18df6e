import { describe, inject } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { freshPrefix } from '../../support/redis.ts'
import { sharedCluster } from '../../support/shared-cluster.ts'

/** Where the cache's promises must hold alike. */
const locations: readonly { readonly name: string; readonly prepare: () => () => string }[] = [
  { name: 'memory', prepare: () => () => 'memory:' },
  { name: 'redis', prepare: () => () => `${inject('redisUrl')}/1` },
  { name: 'cluster', prepare: sharedCluster },
]

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: CacheOptions) => Cache

/** Declares the same tests for every location; what they open is closed at their end. */
export function describeCaches(name: string, body: (open: Open) => void): void {
  describe.each(locations)(`${name}: $name`, ({ prepare }) => {
    const location = prepare()
    body((options) => createCache({ location: location(), keyPrefix: freshPrefix(), ...options }))
  })
}
