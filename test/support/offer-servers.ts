import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

import {
  type ClientCertificates,
  startCluster,
  startRedis,
  startReplicated,
  startSentinels,
} from '../../src/testing/index.ts'

/** What a test file needs to know of servers that it did not start. */
export interface SharedServers {
  readonly location: string | readonly string[]
  readonly tls?: ClientCertificates | undefined
  readonly password?: string
  readonly sentinelPassword?: string
  readonly service?: string
  /** Of the nodes of a Cluster, or of the Sentinels. */
  readonly ports?: readonly number[]
}

/** What a file asks for by. */
export type SharedName = 'a user of the ACL' | 'TLS' | 'a unix socket' | 'replicas' | 'Sentinels' | 'a Cluster'

interface Started {
  readonly shared: SharedServers
  close(): Promise<void>
}

const [password, sentinelPassword] = ['data-secret', 'watch-secret']

const starts: Readonly<Record<SharedName, () => Promise<Started>>> = {
  'a user of the ACL': async () => {
    const server = await startRedis({ username: 'app', password })
    return { shared: { location: server.url }, close: server.close }
  },
  TLS: async () => {
    const server = await startRedis({ tls: true })
    return { shared: { location: server.url, tls: server.tls }, close: server.close }
  },
  'a unix socket': async () => {
    const server = await startRedis()
    return { shared: { location: server.socketUrl }, close: server.close }
  },
  replicas: async () => {
    const servers = await startReplicated()
    return { shared: { location: servers.urls }, close: servers.close }
  },
  Sentinels: async () => {
    const servers = await startSentinels({ password, sentinelPassword, replicas: 1, downAfterMs: 5000 })
    const { url, service, sentinels } = servers
    const access = { password, sentinelPassword, service, ports: sentinels.map(({ port }) => port) }
    return { shared: { location: url, ...access }, close: servers.close }
  },
  'a Cluster': async () => {
    const servers = await startCluster()
    return { shared: { location: servers.url, ports: servers.nodes.map(({ port }) => port) }, close: servers.close }
  },
}

/** Answers who asks by a name, which is started when the first one asks for it: most runs need few. */
export async function offerServers(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const started = new Map<SharedName, Promise<Started>>()
  const get = (name: SharedName): Promise<Started> => {
    const known = started.get(name) ?? starts[name]()
    started.set(name, known)
    return known
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    once(socket, 'data')
      .then(([name]) => get(String(name) as SharedName))
      .then(({ shared }) => socket.end(JSON.stringify(shared)))
      .catch((error: unknown) => socket.end(JSON.stringify({ failure: String(error) })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close()
      const all = await Promise.allSettled([...started.values()])
      await Promise.all(all.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : [])))
    },
  }
}
