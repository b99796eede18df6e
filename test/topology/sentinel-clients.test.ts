import { createSentinel } from '@redis/client'
import { Redis as IoRedis } from 'ioredis'
import { Redis as IoRedis5 } from 'ioredis5'
import { Redis as IoValkey } from 'iovalkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { createCache } from '../../src/index.ts'
import { describeStore, type RedisServer, type SentinelServer, startRedis } from '../../src/testing/index.ts'
import { startReplica } from '../../src/testing/servers/replicated.ts'
import { startSentinel } from '../../src/testing/servers/sentinel.ts'
import { firstSuccess } from '../support/settled.ts'

const service = 'mymaster'
const password = 'data-secret'
const sentinelPassword = 'watch-secret'
const args = ['--requirepass', password, '--masterauth', password]

let primary: RedisServer
let replica: RedisServer
let sentinels: readonly SentinelServer[]

beforeAll(async () => {
  primary = await startRedis({ args })
  replica = await startReplica(primary, { args })
  const start = () => startSentinel({ service, primary, password, sentinelPassword })
  sentinels = await Promise.all([start(), start(), start()])
}, 60_000)

afterAll(async () => {
  for (const end of ends) end()
  await Promise.all([...sentinels, primary, replica].map((each) => each.close()))
})

const ends: (() => void)[] = []

/** A client that asks the Sentinels, ended with this file. */
const kinds: Readonly<Record<string, () => object>> = {
  'node-redis': () => {
    const client = createSentinel({
      name: service,
      sentinelRootNodes: places(),
      nodeClientOptions: { password },
      sentinelClientOptions: { password: sentinelPassword },
    })
    ends.push(() => void client.destroy())
    return client
  },
  'ioredis 6': () => ended(new IoRedis(ioOptions())),
  'ioredis 5': () => ended(new IoRedis5(ioOptions())),
  iovalkey: () => ended(new IoValkey(ioOptions())),
}

function places(): { host: string; port: number }[] {
  return sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
}

function ioOptions(): object {
  return { sentinels: places(), name: service, password, sentinelPassword, lazyConnect: true }
}

function ended(client: { disconnect(): void; on(event: 'error', listener: () => void): unknown }): object {
  client.on('error', () => undefined)
  ends.push(() => client.disconnect())
  return client
}

/** This client sends one command at a time and lets those that wait overtake each other. */
const unordered = 'a read that follows a write sees it, without waiting for it'

for (const [name, make] of Object.entries(kinds)) {
  const kept = (title: string, body: () => Promise<void>) =>
    name === 'node-redis' && title === unordered ? undefined : it(title, body)
  let client: object | undefined
  describeStore({
    name: `Sentinels asked by ${name}`,
    open: async () => openStore({ client: (client ??= make()) }, { deadlineMs: 5000 }),
    test: { describe, it: kept, beforeAll, afterAll },
    capabilities: { flush: true },
  })
}

describe('after a failover', () => {
  it('every client goes on with the new primary', async () => {
    const caches = Object.values(kinds).map((make) => createCache({ client: make(), deadline: '1s' }))
    await Promise.all(caches.map((cache) => firstSuccess(() => cache.set('key', 'before'))))

    await primary.kill()
    await Promise.all(caches.map((cache) => firstSuccess(() => cache.set('key', 'after'))))

    for (const cache of caches) expect(await cache.get('key')).toBe('after')
    await Promise.all(caches.map((cache) => cache.close()))
  }, 60_000)
})
