import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

import { beforeAll, inject } from 'vitest'

import type { SharedName, SharedServers } from './offer-servers.ts'

/**
 * Of a describe block: the servers of a name that all test files share, once its tests run. Who flushes them, or lets them
 * fail, starts some of their own.
 */
export function sharedServers(name: SharedName): () => SharedServers {
  let servers: SharedServers | undefined
  beforeAll(async () => {
    const socket = connect({ port: inject('serversPort'), host: '127.0.0.1' })
    socket.write(name)
    const answer = JSON.parse(await text(socket)) as SharedServers & { readonly failure?: string }
    if (answer.failure !== undefined) throw new Error(`${name} could not be started: ${answer.failure}`)
    servers = answer
  }, 60_000)
  return () => {
    if (servers === undefined) throw new Error(`There is no ${name} yet: it is there once the tests run`)
    return servers
  }
}
