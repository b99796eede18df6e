import { describe } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { everyPlace } from '../../support/places.ts'
import { freshPrefix } from '../../support/redis.ts'

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: Omit<CacheOptions, 'location' | 'client'>) => Cache

/** Declares the same tests for our own connections and every kind of client that may be handed in. */
export function describeCollections(name: string, body: (open: Open) => void): void {
  // A shard has a whole collection, but those that are combined are on several; in memory there are none.
  const places = everyPlace(2).filter(({ name }) => name !== 'memory' && name !== 'shards')

  describe.each(places)(`${name}: $name`, ({ prepare }) => {
    const place = prepare()
    // With a tag in the prefix, all keys are in one slot, so that collections can be combined.
    body((options) => createCache({ ...place(), keyPrefix: `{${freshPrefix()}}`, ...options }))
  })
}

/** All that a walk brings. */
export async function allOf<T>(walk: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of walk) items.push(item)
  return items
}
