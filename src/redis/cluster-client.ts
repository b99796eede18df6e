import type { ConnectionOptions } from 'node:tls'

import type { ClusterAddress } from './cluster-url.ts'

/** How to enter a Cluster. */
export interface ClusterClientSettings {
  readonly address: ClusterAddress
  readonly tls?: ConnectionOptions | undefined
  readonly connectTimeoutMs: number
}

/** A client of the library for a whole Cluster, connected, and what closes it. */
export interface OpenedClient {
  readonly client: unknown
  close(): Promise<void>
}

/** The library's own client, for what this package has no method for: with its own connections and its own ways. */
export async function openClusterClient(settings: ClusterClientSettings): Promise<OpenedClient> {
  const { createCluster } = await import('@redis/client')
  const { nodes, username, password, tls } = settings.address
  const client = createCluster({
    rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: {
      socket: { connectTimeout: settings.connectTimeoutMs, ...(tls ? { ...settings.tls, tls: true as const } : {}) },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  })
  client.on('error', () => undefined)
  await client.connect()
  return { client, close: async () => client.destroy() }
}
