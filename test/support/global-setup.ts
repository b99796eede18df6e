import type { TestProject } from 'vitest/node'

import { startRedis } from './redis-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that all test files share. */
    redisUrl: string
  }
}

/** Starts the server that all files share; answers how to stop it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startRedis()
  project.provide('redisUrl', server.url)
  return () => server.stop()
}
