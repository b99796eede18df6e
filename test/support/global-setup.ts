import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

import type { TestProject } from 'vitest/node'

import { type RedisCluster, startCluster } from './cluster.ts'
import { startRedis } from './redis-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that all test files share. */
    redisUrl: string
    /** Where to ask for the Cluster that all test files share: see `sharedCluster`. */
    clusterPort: number
  }
}

/** Starts what all files share; answers how to stop it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startRedis()
  project.provide('redisUrl', server.url)
  const cluster = await offerCluster()
  project.provide('clusterPort', cluster.port)
  return async () => {
    await Promise.all([server.stop(), cluster.stop()])
  }
}

/** A Cluster that is started when the first one asks for it: most runs need none. */
async function offerCluster(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  let cluster: Promise<RedisCluster> | undefined
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    cluster ??= startCluster()
    cluster.then(
      ({ url }) => socket.end(url),
      (error: unknown) => socket.destroy(error as Error),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close()
      await (await cluster)?.stop()
    },
  }
}
