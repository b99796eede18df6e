import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

let server: RedisServer

beforeEach(async () => {
  server = await startRedis()
})

afterEach(() => server.close())

async function open(options: CacheOptions = {}): Promise<{ cache: Cache; states: string[] }> {
  const cache = createCache({ location: server.url, deadline: '200ms', ...options })
  const states: string[] = []
  cache.on('state', ({ state }) => states.push(state))
  await firstSuccess(() => cache.set('key', 'value'))
  return { cache, states }
}

/** So many calls, one after the other. */
async function failures(cache: Cache, count: number): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = []
  for (let call = 0; call < count; call++) codes.push((await ending(cache.get('key'))).error?.code)
  return codes
}

describe('the breaker', () => {
  it('opens when half of the calls fail, tells why, and lets calls through as soon as the server answers', async () => {
    const { cache, states } = await open()
    await server.kill()

    await failures(cache, 30)
    const { error } = await ending(cache.get('key'))
    const isOpen = cache.stats().store['breaker']
    await server.restart()
    const ms = await firstSuccess(() => cache.set('key', 'value'))
    for (let call = 0; call < 3; call++) await firstSuccess(() => cache.get('key'))
    await cache.close()

    expect(error).toMatchObject({ code: 'ERR_BREAKER_OPEN', operation: 'get' })
    expect(error?.message).toMatch(/not sent to redis:.*nothing listens there.*probed/)
    expect(isOpen).toBe('open')
    expect(ms).toBeLessThan(1000)
    expect(states).toEqual(['ready', 'lost', 'open', 'ready', 'half-open', 'closed'])
  })

  it('opens at once when a connection answers nothing at all', async () => {
    const { cache, states } = await open()
    server.pause()

    const codes = await failures(cache, 1)
    await expect.poll(() => cache.stats().store['breaker'], { timeout: 3000 }).toBe('open')
    const { ms } = await ending(cache.get('key'))
    server.resume()
    await firstSuccess(() => cache.get('key'))
    await cache.close()

    expect(codes).toEqual(['ERR_DEADLINE'])
    expect(ms).toBeLessThan(100)
    expect(states.slice(0, 3)).toEqual(['ready', 'open', 'lost'])
  })

  it('answers ten thousand calls at once in no time while it is open', async () => {
    const { cache } = await open()
    await server.kill()
    await failures(cache, 30)

    const begun = performance.now()
    const codes = await Promise.all(
      Array.from({ length: 10_000 }, async (_, key) => (await ending(cache.get(`key${key}`))).error?.code),
    )
    const ms = performance.now() - begun
    await cache.close()

    expect(new Set(codes)).toEqual(new Set(['ERR_BREAKER_OPEN']))
    expect(ms).toBeLessThan(2000)
  })

  it('stops no program that tries again and again without a pause', async () => {
    const { cache } = await open()
    await server.kill()
    await failures(cache, 30)

    const until = performance.now() + 100
    let ticks = 0
    const ticking = setInterval(() => ticks++, 10)
    while (performance.now() < until) await ending(cache.get('key'))
    clearInterval(ticking)
    await cache.close()

    expect(ticks).toBeGreaterThan(1)
  })

  it('is not opened by calls whose own deadline was too short', async () => {
    const { cache, states } = await open({ deadline: '5s' })

    server.pause()
    const endings = await Promise.all(
      Array.from({ length: 30 }, () => ending(cache.get('key', undefined, { deadline: '20ms' }))),
    )
    server.resume()
    await firstSuccess(() => cache.get('key'))
    await cache.close()

    expect(new Set(endings.map(({ error }) => error?.code))).toEqual(new Set(['ERR_DEADLINE']))
    expect(states).toEqual(['ready'])
  })

  it('can be left out, and set', async () => {
    const { cache: without } = await open({ breaker: false })
    const { cache: slow } = await open({ breaker: { minimumCalls: 1000 } })
    await server.kill()

    expect(new Set(await failures(without, 40))).toEqual(new Set(['ERR_CONNECTION']))
    expect(new Set(await failures(slow, 40))).toEqual(new Set(['ERR_CONNECTION']))
    expect(without.stats().store['breaker']).toBe('off')
    await Promise.all([without.close(), slow.close()])
  })

  it('leaves a server in peace that nobody calls, and tries with the next call', async () => {
    const { cache, states } = await open()
    await server.kill()
    await failures(cache, 30)

    await expect.poll(() => states.at(-1), { timeout: 10_000 }).toBe('half-open')
    await server.restart()

    expect(await ending(cache.get('key'))).toMatchObject({ value: undefined })
    await cache.close()
  }, 20_000)
})

describe('what waits', () => {
  it('is bounded in number: one more is answered at once', async () => {
    const { cache } = await open({ maxWaiting: 10 })
    server.pause()

    const waiting = Array.from({ length: 10 }, (_, key) => ending(cache.set(`key${key}`, key)))
    const { error, ms } = await ending(cache.set('more', 1))
    server.resume()
    await Promise.all(waiting)
    const after = await firstSuccess(() => cache.set('more', 1))
    await cache.close()

    expect(error).toMatchObject({ code: 'ERR_OVERLOAD', operation: 'set' })
    expect(error?.message).toMatch(/10 calls .* wait for it already; .*raise maxWaiting/)
    expect(ms).toBeLessThan(100)
    expect(after).toBeLessThan(1000)
  })

  it('is bounded in bytes, though one large value may always wait alone', async () => {
    const { cache } = await open({ maxWaitingBytes: 100_000, deadline: '2s' })
    const large = 'x'.repeat(200_000)

    expect(await cache.set('large', large)).toBe(true)
    server.pause()
    const first = ending(cache.set('a', large))
    const second = await ending(cache.set('b', large))
    server.resume()

    expect(second.error).toMatchObject({ code: 'ERR_OVERLOAD' })
    expect(await first).toMatchObject({ value: true })
    expect(cache.stats().store['waiting']).toBe(0)
    await cache.close()
  })

  it('counts until the server has answered, also when its caller was told that it is late', async () => {
    const { cache } = await open({ deadline: '50ms', breaker: false })
    await sleep(0)
    server.pause()

    await ending(cache.set('key', 1))
    const whileHung = cache.stats().store['waiting']
    server.resume()
    await firstSuccess(() => cache.get('key'))
    await cache.close()

    expect(whileHung).toBe(1)
  })
})

describe('a deadline of its own', () => {
  it('ends one call sooner than the others', async () => {
    const { cache } = await open({ deadline: '3s' })
    server.pause()

    const { error, ms } = await ending(cache.get('key', undefined, { deadline: '50ms' }))
    server.resume()
    await cache.close()

    expect(error).toMatchObject({ code: 'ERR_DEADLINE', deadlineMs: 50 })
    expect(ms).toBeLessThan(500)
  })

  it('gives one call longer than the others', async () => {
    const { cache } = await open({ deadline: '50ms' })
    server.pause()

    const call = ending(cache.get('key', undefined, { deadline: '5s' }))
    await sleep(300)
    server.resume()

    expect(await call).toMatchObject({ value: 'value' })
    await cache.close()
  })
})
