import { createClient } from '@redis/client'
import { afterAll, beforeAll, describe } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { freshPrefix, redisUrl } from '../../support/redis.ts'

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: Omit<CacheOptions, 'location' | 'client'>) => Cache

/** Declares the same tests for both of Redis' protocols, whose answers differ: for our own connection, and for a client of RESP2. */
export function describeCollections(name: string, body: (open: Open) => void): void {
  describe(`${name}: RESP3`, () => {
    body((options) => createCache({ location: url(), keyPrefix: freshPrefix(), ...options }))
  })

  describe(`${name}: RESP2`, () => {
    let client: ReturnType<typeof createClient>

    beforeAll(async () => {
      client = createClient({ url: url(), RESP: 2 }) as never
      await client.connect()
    })

    afterAll(() => client.close())

    body((options) => createCache({ client, keyPrefix: freshPrefix(), ...options }))
  })
}

function url(): string {
  return `${redisUrl()}/2`
}

/** All that a walk brings. */
export async function allOf<T>(walk: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of walk) items.push(item)
  return items
}
