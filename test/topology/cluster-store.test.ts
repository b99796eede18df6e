import { createCluster } from '@redis/client'
import { Cluster as IoRedisCluster } from 'ioredis'
import { Cluster as IoRedis5Cluster } from 'ioredis5'
import { Cluster as IoValkeyCluster } from 'iovalkey'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { type ClusterServers, describeStore, startCluster } from '../../src/testing/index.ts'

let cluster: ClusterServers
const clients: { close(): unknown }[] = []

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(async () => {
  for (const client of clients) client.close()
  await cluster.close()
})

function seeds(): { host: string; port: number }[] {
  return cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
}

/** The clients that a user may hand in, made once each. */
const handedIn: Record<string, () => object> = {
  'node-redis': () =>
    keep(createCluster({ rootNodes: seeds().map((socket) => ({ socket })) }), (client) => client.destroy()),
  'ioredis 6': () => keep(new IoRedisCluster(seeds(), { lazyConnect: true }), (client) => client.disconnect()),
  'ioredis 5': () => keep(new IoRedis5Cluster(seeds()), (client) => client.disconnect()),
  iovalkey: () => keep(new IoValkeyCluster(seeds()), (client) => client.disconnect()),
}

function keep<Client extends object>(client: Client, close: (client: Client) => unknown): Client {
  clients.push({ close: () => close(client) })
  return client
}

const test = { describe, it, beforeAll, afterAll }
const capabilities = { flush: true }

describeStore({
  name: 'a Cluster',
  open: async () => openStore({ location: cluster.url }, { deadlineMs: 5000 }),
  test,
  capabilities,
})

for (const [name, make] of Object.entries(handedIn)) {
  let client: object | undefined
  const open = async () => openStore({ client: (client ??= make()) }, { deadlineMs: 5000 })
  describeStore({ name: `a Cluster by ${name}`, open, test, capabilities })
}
