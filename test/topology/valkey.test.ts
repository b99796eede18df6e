import { afterAll, beforeAll, describe, it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { describeStore, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { findServer } from '../../src/testing/servers/programs.ts'

const binary = 'valkey-server'

describe.skipIf(!isHere())('Valkey, where there is a valkey-server on the path', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis({ binary })
  })

  afterAll(() => server.close())

  describeStore({
    name: 'Valkey',
    open: async () => openStore({ location: server.url }, { deadlineMs: 5000 }),
    test: { describe, it, beforeAll, afterAll },
  })
})

function isHere(): boolean {
  try {
    findServer(binary)
    return true
  } catch {
    console.log('There is no valkey-server on the path: the tests on Valkey are skipped.')
    return false
  }
}
