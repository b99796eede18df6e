import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { createFaultProxy, type FaultProxy, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

/** The default deadline of a second, and a fifth more for a busy machine. */
const bound = 1200

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterEach(() => {
  server.resume()
})

afterAll(async () => {
  server.resume()
  await server.close()
})

/** One call of each kind. */
function everyCall(cache: Cache): Promise<unknown>[] {
  return [
    cache.get('key'),
    cache.getMany(['a', 'b']),
    cache.set('key', 1),
    cache.setMany({ a: 1 }),
    cache.add('other', 1),
    cache.touch('key'),
    cache.delete('key'),
    cache.deleteMany(['a']),
    cache.has('key'),
    cache.incr('n'),
    cache.incrVersion('key'),
    cache.ttl('key'),
    cache.expire('key', 5),
    cache.expireAt('key', new Date()),
    cache.persist('key'),
    cache.keys('*'),
    cache.deletePattern('*'),
    cache.clear(),
    cache.clear({ everything: true }),
  ]
}

describe('a Redis that was stopped with SIGSTOP', () => {
  it('lets none of 200 calls wait longer than the deadline', async () => {
    await using cache = createCache(server.url)
    await firstSuccess(() => cache.connect())

    server.pause()
    const endings = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ending(index % 2 === 0 ? cache.get(`key${index}`) : cache.set(`key${index}`, index)),
      ),
    )
    server.resume()

    expect(endings.map(({ error }) => error?.code)).toEqual(Array.from({ length: 200 }, () => 'ERR_DEADLINE'))
    expect(Math.max(...endings.map(({ ms }) => ms))).toBeLessThan(bound)
  })

  it('ends every kind of call', async () => {
    await using cache = createCache({ location: server.url, deadline: '300ms' })
    await firstSuccess(() => cache.connect())

    server.pause()
    const endings = await Promise.all(everyCall(cache).map(ending))
    server.resume()

    expect(new Set(endings.map(({ error }) => error?.code))).toEqual(new Set(['ERR_DEADLINE']))
    expect(Math.max(...endings.map(({ ms }) => ms))).toBeLessThan(500)
  })

  it('tells what was waited for, how long and where', async () => {
    await using cache = createCache({ location: server.url, deadline: '200ms' })
    await firstSuccess(() => cache.connect())

    server.pause()
    const { error } = await ending(cache.get('key'))
    server.resume()

    expect(error).toMatchObject({ name: 'DeadlineError', operation: 'get', deadlineMs: 200 })
    expect(error?.message).toContain(`no answer from ${server.url}/0 within 200 ms`)
  })

  it('fails the first connect within the deadline, saying that it was silent', async () => {
    await using cache = createCache({ location: server.url, deadline: '300ms' })

    server.pause()
    const { error, ms } = await ending(cache.get('key'))
    server.resume()

    expect(error).toMatchObject({ name: 'ConnectionError', code: 'ERR_CONNECTION' })
    expect(error?.message).toMatch(/accepted the connection, then said nothing|no connection to/)
    expect(ms).toBeLessThan(500)
  })

  it('is used again as soon as it goes on, and no late answer reaches another call', async () => {
    await using cache = createCache({ location: server.url, deadline: '200ms' })
    const values = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, index]))
    await firstSuccess(() => cache.setMany(values))
    server.pause()
    await Promise.all(Array.from({ length: 20 }, (_, index) => ending(cache.get(`key${index}`))))

    server.resume()
    const back = await firstSuccess(() => cache.get('key0'))
    const read = await Promise.all(Array.from({ length: 20 }, (_, index) => cache.get(`key${19 - index}`)))

    expect(back).toBeLessThan(500)
    expect(read).toEqual(Array.from({ length: 20 }, (_, index) => 19 - index))
  })

  it('a write that was given up while connecting is never sent', async () => {
    await using cache = createCache({ location: server.url, deadline: '200ms' })
    await using other = createCache(server.url)
    await other.set('kept', 'before')
    server.pause()

    await ending(cache.set('kept', 'too late'))
    server.resume()
    await firstSuccess(() => cache.get('kept'))

    expect(await other.get('kept')).toBe('before')
  })

  it('misses and answers false with ignoreErrors, and tells of each', async () => {
    await using cache = createCache({ location: server.url, deadline: '200ms', ignoreErrors: true })
    await firstSuccess(() => cache.connect())
    const operations: string[] = []
    cache.on('error', ({ operation, ignored }) => operations.push(`${operation}:${ignored}`))

    server.pause()
    const answers = await Promise.all([
      cache.get('key', 'fallback'),
      cache.getMany(['a']),
      cache.set('key', 1),
      cache.setMany({ a: 1 }),
      cache.delete('key'),
      cache.deleteMany(['a']),
      cache.has('key'),
      cache.touch('key'),
      cache.ttl('key'),
      cache.incr('n'),
      cache.incrVersion('key'),
      cache.keys(),
      cache.deletePattern('*'),
    ])
    server.resume()

    expect(answers).toEqual([
      'fallback',
      new Map(),
      false,
      undefined,
      false,
      0,
      false,
      false,
      0,
      Number.NaN,
      Number.NaN,
      [],
      0,
    ])
    expect(operations).toHaveLength(13)
    expect(cache.stats().ignoredErrors).toBe(13)
  })

  it('getOrSet answers with its loader and tells of the error', async () => {
    await using cache = createCache({ location: server.url, deadline: '200ms' })
    await firstSuccess(() => cache.connect())
    const errors: unknown[] = []
    cache.on('error', ({ error }) => errors.push(error))

    server.pause()
    const { value, ms } = await ending(cache.getOrSet('key', () => 'loaded'))
    server.resume()

    expect(value).toBe('loaded')
    expect(ms).toBeLessThan(500)
    expect(errors).toHaveLength(1)
  })

  it('closing ends within the deadline', async () => {
    const cache = createCache({ location: server.url, deadline: '200ms' })
    await firstSuccess(() => cache.connect())
    server.pause()
    const reading = ending(cache.get('key'))

    const { ms } = await ending(cache.close())
    server.resume()

    expect(ms).toBeLessThan(500)
    expect((await reading).error?.code).toBe('ERR_DEADLINE')
  })
})

describe('a network that swallows packets', () => {
  let proxy: FaultProxy

  beforeAll(async () => {
    proxy = await createFaultProxy({ target: server.url })
  })

  afterAll(() => proxy.close())

  it('lets no call wait, gives the dead connection up and works as soon as packets pass', async () => {
    await using cache = createCache({ location: proxy.url, deadline: '200ms' })
    await firstSuccess(() => cache.set('key', 'value'))

    proxy.blackHole()
    const endings = await Promise.all(Array.from({ length: 50 }, () => ending(cache.get('key'))))
    expect(Math.max(...endings.map(({ ms }) => ms))).toBeLessThan(500)
    expect(new Set(endings.map(({ error }) => error?.code))).toEqual(new Set(['ERR_DEADLINE']))

    await proxy.resume()
    expect(await firstSuccess(() => cache.get('key'))).toBeLessThan(500)
    expect(await cache.get('key')).toBe('value')
  })

  it('gives up a connection that has fallen silent, though nobody closed it', async () => {
    await using cache = createCache({ location: proxy.url, deadline: '150ms' })
    await firstSuccess(() => cache.set('key', 'value'))
    proxy.blackHole()
    await ending(cache.get('key'))

    await vi.waitFor(() => expect(cache.stats().store).toMatchObject({ dropped: 1 }))
    await proxy.resume()
  })

  it('an answer that is cut in the middle fails its call and none after it', async () => {
    await using cache = createCache({ location: proxy.url, deadline: '500ms' })
    await firstSuccess(() => cache.set('long', 'x'.repeat(100_000)))

    proxy.halfAnswer(1000, 'cut')
    const { error } = await ending(cache.get('long'))
    await proxy.resume()

    expect(error?.code).toBe('ERR_CONNECTION')
    await firstSuccess(() => cache.get('long'))
    expect(await cache.get('long')).toBe('x'.repeat(100_000))
  })
})
