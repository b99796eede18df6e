import { createClient } from '@redis/client'
import { Redis as IoRedis } from 'ioredis'
import { Redis as IoRedis5 } from 'ioredis5'
import { Redis as IoValkey } from 'iovalkey'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openStore } from '../../src/cache/open-store.ts'
import { createCache } from '../../src/index.ts'
import { describeStore, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending } from '../support/settled.ts'

/** A client that a user may have, not connected yet, and what is needed of it here. */
interface Kind {
  readonly name: string
  readonly make: (url: string) => { readonly client: object; isConnected(): boolean; end(): void }
}

const kinds: readonly Kind[] = [
  { name: 'node-redis', make: (url) => nodeRedis(createClient({ url })) },
  { name: 'node-redis, RESP2', make: (url) => nodeRedis(createClient({ url, RESP: 2 })) },
  { name: 'ioredis 6', make: (url) => ioRedis(new IoRedis(url, { lazyConnect: true })) },
  {
    name: 'ioredis 6, pipelining',
    make: (url) => ioRedis(new IoRedis(url, { lazyConnect: true, enableAutoPipelining: true })),
  },
  { name: 'ioredis 5', make: (url) => ioRedis(new IoRedis5(url, { lazyConnect: true })) },
  { name: 'iovalkey', make: (url) => ioRedis(new IoValkey(url, { lazyConnect: true })) },
]

function nodeRedis(client: { readonly isReady: boolean; destroy(): void }): ReturnType<Kind['make']> {
  return { client, isConnected: () => client.isReady, end: () => client.destroy() }
}

function ioRedis(client: { readonly status: string; disconnect(): void }): ReturnType<Kind['make']> {
  return { client, isConnected: () => client.status === 'ready', end: () => client.disconnect() }
}

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

for (const [index, { name, make }] of kinds.entries()) {
  let made: ReturnType<Kind['make']> | undefined
  describeStore({
    name: `a server by ${name}`,
    open: async () => openStore({ client: (made ??= make(`${server.url}/${index}`)).client }, { deadlineMs: 1000 }),
    test: { describe, it, beforeAll, afterAll: (body) => afterAll(async () => body().then(() => made?.end())) },
    capabilities: { flush: true },
  })
}

describe.each(kinds)('a client that is handed in: $name', ({ make }) => {
  const made: ReturnType<Kind['make']>[] = []

  function open(url: string = server.url): ReturnType<Kind['make']> {
    const one = make(url)
    made.push(one)
    return one
  }

  afterEach(() => {
    for (const one of made.splice(0)) if (one.isConnected()) one.end()
  })

  it('is connected by the first call, serves several caches, and stays open when they close', async () => {
    const { client, isConnected } = open()
    const [a, b] = [createCache({ client }), createCache({ client })]

    expect(isConnected()).toBe(false)
    await Promise.all([a.set('key', 1), b.set('key', 1)])
    await Promise.all([a.close(), b.close()])

    expect(isConnected()).toBe(true)
    await using c = createCache({ client })
    expect(await c.get('key')).toBe(1)
    expect(await c.raw()).toBe(client)
    await expect(a.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('has our deadline when the server hangs, and goes on when it is back', async () => {
    const { client } = open()
    await using cache = createCache({ client, deadline: '200ms' })
    await cache.set('key', 1)

    server.pause()
    const calls = await Promise.all([
      ending(cache.get('key')),
      ending(cache.set('key', 2)),
      ending(cache.deleteMany(['key'])),
    ])
    server.resume()

    for (const { ms, error } of calls) {
      expect(error).toMatchObject({ code: 'ERR_DEADLINE' })
      expect(ms).toBeLessThan(400)
    }
    await expect.poll(() => cache.set('key', 3).catch(() => false), { timeout: 5000 }).toBe(true)
  })

  it('says what is wrong when nothing listens, within the deadline', async () => {
    const { client, end } = open('redis://127.0.0.1:1')
    await using cache = createCache({ client, deadline: '300ms' })

    const { ms, error } = await ending(cache.get('key'))

    expect(error).toMatchObject({ code: 'ERR_CONNECTION' })
    expect(ms).toBeLessThan(600)
    end()
  })

  it('gives errors without what was sent', async () => {
    const { client } = open()
    await using cache = createCache({ client, keyPrefix: 'errors' })
    await cache.listAt('list').pushRight('value')

    const { error } = await ending(cache.incr('list', 12_345))

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'WRONGTYPE' })
    expect(JSON.stringify([error, (error as { cause?: unknown } | undefined)?.cause])).not.toContain('12345')
  })
})

describe('what is handed in', () => {
  it('and was closed by its owner is told so at once', async () => {
    const client = new IoRedis(server.url)
    await client.ping()
    client.disconnect()
    await expect.poll(() => client.status).toBe('end')
    await using cache = createCache({ client })

    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('closed by its owner') as string,
    })
  })

  it.each([
    ['a text', 'redis://localhost'],
    ['an empty object', {}],
    [
      'a client of another library',
      { get: () => undefined, set: () => undefined, connect: () => undefined, on: () => undefined },
    ],
  ])('and is %s is refused', (_what, client) => {
    expect(() => createCache({ client: client as object })).toThrow(
      /^client: expected a client of node-redis .*ioredis or iovalkey/,
    )
  })

  it.each([
    ['keyPrefix', { keyPrefix: 'app:' }],
    ['stringNumbers', { stringNumbers: true }],
    ['replyMapping', { replyMapping: 'resp3' }],
  ])('and has the option %s is refused, since keys or answers would be wrong', (option, options) => {
    const client = new IoRedis({ ...(options as object), lazyConnect: true })

    expect(() => createCache({ client })).toThrow(`client: the client has the option ${option}`)
  })
})
