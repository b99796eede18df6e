import type { TestProject } from 'vitest/node'

import { ensureOpenssl, ensureRedis } from '../../scripts/servers.mjs'
import { startRedis } from '../../src/testing/index.ts'
import { offerServers } from './offer-servers.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that all test files share. */
    redisUrl: string
    /** Where to ask for the other servers that all test files share: see `sharedServers`. */
    serversPort: number
  }
}

/** Starts what all files share; answers how to stop it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureRedis()
  ensureOpenssl()
  const server = await startRedis()
  project.provide('redisUrl', server.url)
  const offer = await offerServers()
  project.provide('serversPort', offer.port)
  return async () => {
    await Promise.all([server.close(), offer.close()])
  }
}
