import { createClient, createCluster, createSentinel } from '@redis/client'
import { Cluster as IoRedisCluster, Redis as IoRedis } from 'ioredis'
import { Cluster as IoRedis5Cluster, Redis as IoRedis5 } from 'ioredis5'
import { Cluster as IoValkeyCluster, Redis as IoValkey } from 'iovalkey'

/** A client that a user may have, and how it is closed. */
export interface Made {
  readonly client: object
  close(): unknown
}

/** Where a client is to go. */
export interface Site {
  readonly url: string
  /** Of the nodes of a Cluster, or of the Sentinels. */
  readonly ports?: readonly number[]
  readonly service?: string
  readonly password?: string
  readonly sentinelPassword?: string
}

/** What a client talks to. */
export type Form = 'one server' | 'Sentinels' | 'a Cluster'

type Makers = Readonly<Record<string, (site: Site) => Made>>

const lazy = { lazyConnect: true }

/** Every kind of client that may be handed in, in every form, not connected yet. */
export const clientKinds: Readonly<Record<Form, Makers>> = {
  'one server': {
    'node-redis': ({ url }) => nodeRedis(createClient({ url })),
    'node-redis, RESP2': ({ url }) => nodeRedis(createClient({ url, RESP: 2 })),
    'ioredis 6': ({ url }) => ioRedis(new IoRedis(url, lazy)),
    'ioredis 5': ({ url }) => ioRedis(new IoRedis5(url, lazy)),
    iovalkey: ({ url }) => ioRedis(new IoValkey(url, lazy)),
  },
  Sentinels: {
    'node-redis': (site) =>
      nodeRedis(
        createSentinel({
          name: site.service ?? '',
          sentinelRootNodes: places(site),
          ...(site.password === undefined ? {} : { nodeClientOptions: { password: site.password } }),
          ...(site.sentinelPassword === undefined
            ? {}
            : { sentinelClientOptions: { password: site.sentinelPassword } }),
        }),
      ),
    'ioredis 6': (site) => ioRedis(new IoRedis(bySentinels(site))),
    'ioredis 5': (site) => ioRedis(new IoRedis5(bySentinels(site))),
    iovalkey: (site) => ioRedis(new IoValkey(bySentinels(site))),
  },
  'a Cluster': {
    'node-redis': (site) => nodeRedis(createCluster({ rootNodes: places(site).map((socket) => ({ socket })) })),
    'ioredis 6': (site) => ioRedis(new IoRedisCluster(places(site), lazy)),
    'ioredis 5': (site) => ioRedis(new IoRedis5Cluster(places(site), lazy)),
    iovalkey: (site) => ioRedis(new IoValkeyCluster(places(site), lazy)),
  },
}

function places({ ports = [] }: Site): { host: string; port: number }[] {
  return ports.map((port) => ({ host: '127.0.0.1', port }))
}

function bySentinels(site: Site): object {
  const { service, password, sentinelPassword } = site
  return { sentinels: places(site), name: service, password, sentinelPassword, ...lazy }
}

function nodeRedis(client: { destroy(): unknown }): Made {
  return { client, close: () => client.destroy() }
}

function ioRedis(client: { disconnect(): void; on(event: 'error', listener: () => void): unknown }): Made {
  client.on('error', () => undefined)
  return { client, close: () => client.disconnect() }
}
