import { createClient } from '@redis/client'
import { Redis as IoRedis } from 'ioredis'
import { Redis as IoRedis5 } from 'ioredis5'
import { Redis as IoValkey } from 'iovalkey'
import { afterAll, describe } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { freshPrefix, redisUrl } from '../../support/redis.ts'
import { sharedCluster } from '../../support/shared-cluster.ts'

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: Omit<CacheOptions, 'location' | 'client'>) => Cache

/** A client that is handed in, not connected yet, and how it is closed. */
interface Made {
  readonly client: object
  close(): unknown
}

/** Answers differ by protocol, and by what a library makes of them. */
const clients: Readonly<Record<string, () => Made>> = {
  'node-redis, RESP2': () => {
    const client = createClient({ url: url(), RESP: 2 })
    return { client, close: () => client.destroy() }
  },
  'ioredis 6': () => closed(new IoRedis(url(), { lazyConnect: true })),
  'ioredis 5': () => closed(new IoRedis5(url(), { lazyConnect: true })),
  iovalkey: () => closed(new IoValkey(url(), { lazyConnect: true })),
}

/** Declares the same tests for our own connection, a Cluster, and every kind of client that may be handed in. */
export function describeCollections(name: string, body: (open: Open) => void): void {
  describe(`${name}: RESP3`, () => {
    body((options) => createCache({ location: url(), keyPrefix: freshPrefix(), ...options }))
  })

  describe(`${name}: cluster`, () => {
    const cluster = sharedCluster()
    // With a tag in the prefix, all keys are in one slot, so that collections can be combined.
    body((options) => createCache({ location: cluster(), keyPrefix: `{${freshPrefix()}}`, ...options }))
  })

  describe.each(Object.entries(clients))(`${name}: %s`, (_name, make) => {
    let made: Made | undefined

    afterAll(() => made?.close())

    body((options) => createCache({ client: (made ??= make()).client, keyPrefix: freshPrefix(), ...options }))
  })
}

function closed(client: { disconnect(): void }): Made {
  return { client, close: () => client.disconnect() }
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
