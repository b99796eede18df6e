import { setTimeout as sleep } from 'node:timers/promises'

import { createClient } from '@redis/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createCache, LockError } from '../../src/index.ts'
import { createFaultProxy, freePort, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { freshPrefix, redisUrl } from '../support/redis.ts'

const location = () => `${redisUrl()}/1`

describe('locks on Redis', () => {
  it("the key holds what redis-py's does: 32 hexadecimal digits, and the time in milliseconds", async () => {
    await using cache = createCache({ location: location(), keyPrefix: freshPrefix() })
    const client = await cache.raw<ReturnType<typeof createClient>>()

    await cache.lock('report', { timeout: 2.5 }).acquire()

    expect(await client.get(cache.makeKey('report'))).toMatch(/^[0-9a-f]{32}$/)
    expect(await client.pTTL(cache.makeKey('report'))).toBeGreaterThan(1500)
    expect(await client.pTTL(cache.makeKey('report'))).toBeLessThanOrEqual(2500)
  })

  it('one that somebody else wrote is respected, and taken once it is gone', async () => {
    await using cache = createCache({ location: location(), keyPrefix: freshPrefix() })
    const client = await cache.raw<ReturnType<typeof createClient>>()
    await client.set(cache.makeKey('report'), 'f'.repeat(32), { PX: 60 })

    expect(await cache.lock('report').acquire()).toBe(false)
    expect(await cache.lock('report', { wait: '5s', retryEvery: '10ms' }).acquire()).toBe(true)
  })

  it('fifty contenders of two clients never hold it together, and all get it', async () => {
    const keyPrefix = freshPrefix()
    await using one = createCache({ location: location(), keyPrefix })
    await using other = createCache({ location: location(), keyPrefix })
    let holders = 0
    let most = 0
    const numbers: number[] = []
    await one.set('sum', 0)

    const contend = async (cache: typeof one): Promise<void> => {
      await using held = await cache.lock('report', { wait: '14s', retryEvery: '10ms', fencing: true }).hold()
      most = Math.max(most, ++holders)
      numbers.push(held.fence ?? Number.NaN)
      await cache.set('sum', ((await cache.get<number>('sum')) ?? 0) + 1)
      holders--
    }
    await Promise.all(Array.from({ length: 50 }, (_, index) => contend(index % 2 === 0 ? one : other)))

    expect(most).toBe(1)
    expect(await one.get('sum')).toBe(50)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })

  it('many who wait in one process ask no more often than one', async () => {
    await using cache = createCache({ location: location(), keyPrefix: freshPrefix() })
    await cache.lock('report').acquire()
    const calls = () => Number(cache.stats().store['calls'])
    const before = calls()

    const waiting = Array.from({ length: 50 }, () =>
      cache.lock('report', { retryEvery: '50ms' }).acquire({ wait: '300ms' }),
    )
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([false]))

    expect(calls() - before).toBeLessThan(60)
  })

  it('the numbers of owners are kept in the slot of the lock, and go on growing when they are lost', async () => {
    await using cache = createCache({ location: location(), keyPrefix: freshPrefix() })
    const client = await cache.raw<ReturnType<typeof createClient>>()
    const lock = cache.lock('report', { fencing: true })
    const fenceKey = `{${cache.makeKey('report')}}:fence`
    await lock.acquire()
    const first = lock.held?.fence ?? Number.NaN
    await lock.release()
    expect(await client.get(fenceKey)).toBe(String(first))
    expect(await client.ttl(fenceKey)).toBeGreaterThan(80_000)

    await client.del(fenceKey)
    await lock.acquire()

    expect(lock.held?.fence).toBeGreaterThan(first)
  })

  it('the number of the next owner is greater also when the clock stood still or went back', async () => {
    await using cache = createCache({ location: location(), keyPrefix: freshPrefix() })
    const client = await cache.raw<ReturnType<typeof createClient>>()
    const ahead = (Date.now() + 3_600_000) * 1000
    await client.set(`{${cache.makeKey('report')}}:fence`, String(ahead))

    await using held = await cache.lock('report', { fencing: true }).hold()

    expect(held.fence).toBe(ahead + 1)
  })
})

describe('locks with Redis failing', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(() => server.close())

  it('acquiring rejects when Redis is away', async () => {
    await using cache = createCache(`redis://127.0.0.1:${await freePort()}`)

    await expect(cache.lock('report', { wait: '5s' }).acquire()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(cache.lock('report').hold()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(cache.lock('report').locked()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('ignored errors never make a lock ours', async () => {
    await using cache = createCache({ location: `redis://127.0.0.1:${await freePort()}`, ignoreErrors: true })
    const errors: unknown[] = []
    cache.on('error', ({ operation, ignored }) => errors.push([operation, ignored]))

    expect(await cache.lock('report', { wait: '5s' }).acquire()).toBe(false)
    const error: unknown = await cache
      .lock('report')
      .hold()
      .catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(LockError)
    expect(error).toMatchObject({ reason: 'timeout', cause: { code: 'ERR_CONNECTION' } })
    expect(errors).toEqual([
      ['lock.acquire', true],
      ['lock.hold', true],
    ])
  })

  it('a lock whose acquisition was not answered in time does not stay behind', async () => {
    await using cache = createCache({ location: server.url, deadline: '500ms' })
    await using other = createCache(server.url)
    await cache.connect()
    server.pause()

    const acquiring = cache.lock('orphan', { timeout: null }).acquire()
    await expect(acquiring).rejects.toMatchObject({ code: 'ERR_DEADLINE' })
    server.resume()

    await vi.waitFor(async () => expect(await other.lock('orphan').acquire()).toBe(true), 5000)
  })

  it('a release that failed may be tried again', async () => {
    const proxy = await createFaultProxy({ target: server.url })
    await using cache = createCache({ location: proxy.url, deadline: '500ms' })
    const lock = cache.lock('again')
    await lock.acquire()
    proxy.cut()
    proxy.blackHole()
    await expect(lock.release()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_(CONNECTION|DEADLINE)/) })

    await proxy.resume()

    expect(await lock.release()).toBe(true)
    await proxy.close()
  })

  it('a renewed lock is given up when its time is up and Redis still away, and survives a short absence', async () => {
    const proxy = await createFaultProxy({ target: server.url })
    await using cache = createCache({ location: proxy.url, deadline: '300ms' })
    const errors: string[] = []
    cache.on('error', ({ operation }) => errors.push(operation))
    const held = await cache.lock('away', { timeout: '2s', renew: true }).hold()
    const { signal } = held

    proxy.cut()
    proxy.blackHole()
    await sleep(1000)
    await proxy.resume()
    await sleep(1500)
    expect(signal.aborted).toBe(false)
    expect(await held.owned()).toBe(true)

    proxy.cut()
    proxy.blackHole()
    await vi.waitFor(() => expect(signal.aborted).toBe(true), 5000)

    expect(signal.reason).toMatchObject({ reason: 'not-owned' })
    expect(errors).toContain('lock.renew')
    await proxy.close()
  })
})
