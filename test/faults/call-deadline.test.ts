import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

describe('the deadline of one call, with a Redis that hangs', () => {
  it('ends that call, and no other', async () => {
    await using cache = createCache({ location: server.url, deadline: '1s' })
    await firstSuccess(() => cache.connect())

    server.pause()
    const [short, long] = await Promise.all([
      ending(cache.get('key', undefined, { deadline: '50ms' })),
      ending(cache.get('other')),
    ])
    server.resume()

    expect(short.error).toMatchObject({ code: 'ERR_DEADLINE', deadlineMs: 50, server: `${server.url}/0` })
    expect(short.ms).toBeLessThan(200)
    expect(long.ms).toBeGreaterThan(800)
  })
})
