import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'

import { createClient, createClientPool } from '@redis/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createCache } from '../../src/index.ts'
import { createFaultProxy, freePort, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis({ args: ['--requirepass', 'secret', '--databases', '4'] })
})

afterAll(() => server.close())

function withPassword(): string {
  return `redis://:secret@127.0.0.1:${server.port}`
}

describe('with Redis away', () => {
  it('each call fails at once and says what to do', async () => {
    await using cache = createCache(`redis://127.0.0.1:${await freePort()}`)

    const { error, ms } = await ending(cache.get('key'))

    expect(error).toMatchObject({ name: 'ConnectionError', code: 'ERR_CONNECTION' })
    expect(error?.message).toContain('nothing listens there: start Redis, or correct host and port')
    expect(ms).toBeLessThan(1000)
  })

  it('the first call after it is back works', async () => {
    await using cache = createCache(withPassword())
    await cache.set('key', 1)
    await server.kill()
    expect((await ending(cache.get('key'))).error?.code).toBe('ERR_CONNECTION')

    await server.restart()

    expect(await cache.get('key')).toBeUndefined()
  })

  it('an attempt to connect that was swallowed holds nobody up: another one is made beside it', async () => {
    const sockets: Socket[] = []
    const late = createTcpServer((socket) => {
      sockets.push(socket.on('error', () => undefined))
      // The first connection is swallowed, the others are let through.
      if (sockets.length > 1) socket.pipe(connect(server.port, '127.0.0.1')).pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(late, 'listening')
    const { port } = late.address() as AddressInfo
    await using cache = createCache({ location: `redis://:secret@127.0.0.1:${port}`, deadline: '500ms' })

    const first = ending(cache.get('key'))
    await vi.waitFor(() => expect(sockets).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const second = await ending(cache.set('key', 1))

    expect((await first).error).toBeUndefined()
    expect(second).toMatchObject({ value: true })
    late.close()
  })

  it('closing waits for no attempt to connect that nobody waits for', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const cache = createCache(`redis://127.0.0.1:${port}`)

    const first = ending(cache.get('key'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await Promise.all([first, ending(cache.get('key'))])
    const { ms } = await ending(cache.close())

    expect(ms).toBeLessThan(300)
    silent.close()
  })

  it('why it cannot be reached now is told, not why the last connection was given up', async () => {
    await using cache = createCache({ location: withPassword(), deadline: '150ms', breaker: false })
    await firstSuccess(() => cache.connect())
    server.pause()
    await ending(cache.get('key'))
    await vi.waitFor(() => expect(cache.stats().store).toMatchObject({ dropped: 1 }))

    await server.kill()
    const { error } = await ending(cache.get('key'))
    await server.restart()

    expect(error?.message).toContain('nothing listens there')
  })

  it('calls in flight when it dies fail at once', async () => {
    await using cache = createCache(withPassword())
    await cache.connect()
    server.pause()
    const calls = Array.from({ length: 10 }, (_, index) => ending(cache.set(`key${index}`, index)))
    await new Promise((resolve) => setTimeout(resolve, 50))

    await server.kill()
    const endings = await Promise.all(calls)
    await server.restart()

    expect(new Set(endings.map(({ error }) => error?.code))).toEqual(new Set(['ERR_CONNECTION']))
    expect(Math.max(...endings.map(({ ms }) => ms))).toBeLessThan(800)
  })

  it('setMany on a connection that is cut rejects, and nothing is written half', async () => {
    const proxy = await createFaultProxy({ target: withPassword() })
    await using cache = createCache({ location: proxy.url, deadline: '500ms' })
    await using direct = createCache(withPassword())
    await direct.clear()
    await cache.connect()
    const entries = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key${index}`, 'x'.repeat(500)]))

    proxy.slow(200_000)
    const writing = ending(cache.setMany(entries))
    await new Promise((resolve) => setTimeout(resolve, 100))
    proxy.cut()

    expect((await writing).error).toMatchObject({ code: 'ERR_CONNECTION' })
    expect((await writing).error?.message).toMatch(/^setMany: /)
    await proxy.close()
    expect([0, 2000]).toContain((await direct.keys()).length)
  })
})

describe('a server that does not let us in', () => {
  it.each([
    ['no password', () => `redis://127.0.0.1:${server.port}`, 'the server wants a password'],
    ['a wrong password', () => `redis://:wrong@127.0.0.1:${server.port}`, 'the user name or password is wrong'],
    ['a wrong database number', () => `${withPassword()}/9`, 'no database of that number'],
    ['an unknown host', () => 'redis://no-such-host.invalid', 'the host name is not known'],
    ['no such socket', () => 'unix:///no/such/redis.sock', 'there is no such socket'],
  ])('%s is said so', async (_, url, advice) => {
    await using cache = createCache(url())

    const { error } = await ending(cache.get('key'))

    expect(error).toMatchObject({ name: 'ConnectionError', code: 'ERR_CONNECTION' })
    expect(error?.message).toContain(advice)
  })

  it('no error shows the password', async () => {
    await using cache = createCache(`redis://user:hunter2@127.0.0.1:${server.port}`)

    const { error } = await ending(cache.get('key'))

    expect(error?.message).not.toContain('hunter2')
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  it('user and password may be options, and those of the URL win', async () => {
    await using fromOption = createCache({ location: `redis://127.0.0.1:${server.port}`, password: 'secret' })
    await using fromUrl = createCache({ location: withPassword(), password: 'wrong' })

    expect(await fromOption.get('key')).toBeUndefined()
    expect(await fromUrl.get('key')).toBeUndefined()
  })

  it('a web server is no Redis, and that is said', async () => {
    const web: Server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    await using cache = createCache(`redis://127.0.0.1:${(web.address() as AddressInfo).port}`)

    const { error, ms } = await ending(cache.get('key'))
    web.close()

    expect(error).toMatchObject({ name: 'ConnectionError' })
    expect(error?.message).toContain('not as Redis does: is another service listening there?')
    expect(ms).toBeLessThan(1200)
  })

  it('TLS to a server without it is said within the deadline', async () => {
    await using cache = createCache({ location: `rediss://127.0.0.1:${server.port}`, deadline: '500ms' })

    const { error, ms } = await ending(cache.get('key'))

    expect(error).toMatchObject({ name: 'ConnectionError' })
    expect(ms).toBeLessThan(700)
  })

  it('a server that never says anything is told from one that is not there', async () => {
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    await using cache = createCache({
      location: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      deadline: '300ms',
    })

    const { error } = await ending(cache.connect())
    silent.close()

    expect(error?.message).toMatch(/accepted the connection, then said nothing|no connection to .* within 300 ms/)
  })
})

describe('a client handed in', () => {
  it('is connected when it is not yet, used, and left open', async () => {
    const client = createClient({ url: withPassword() })
    const cache = createCache({ client })

    await cache.set('handed', 'in')
    await cache.close()

    expect(client.isOpen).toBe(true)
    expect(await client.exists(':1:handed')).toBe(1)
    expect(client.listenerCount('error')).toBe(0)
    client.destroy()
  })

  it('is what raw() gives back', async () => {
    const client = createClient({ url: withPassword() })
    await using cache = createCache({ client })

    expect(await cache.raw()).toBe(client)
    client.destroy()
  })

  it('that hangs lets no call wait', async () => {
    const client = createClient({ url: withPassword() })
    await using cache = createCache({ client, deadline: '300ms' })
    await cache.connect()

    server.pause()
    const { error, ms } = await ending(cache.get('key'))
    server.resume()

    expect(error?.code).toBe('ERR_DEADLINE')
    expect(ms).toBeLessThan(500)
    expect(await firstSuccess(() => cache.get('key'))).toBeLessThan(500)
    client.destroy()
  })

  it('whose server goes away fails within the deadline, and works again afterwards', async () => {
    const client = createClient({ url: withPassword(), socket: { reconnectStrategy: 50 } })
    await using cache = createCache({ client, deadline: '500ms' })
    await cache.connect()

    await server.kill()
    const { error } = await ending(cache.get('key'))
    await server.restart()

    expect(error?.code).toMatch(/^ERR_(CONNECTION|DEADLINE)$/)
    expect(await firstSuccess(() => cache.get('key'))).toBeLessThan(1000)
    client.destroy()
  })

  it('gathers no listeners while its server is away', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${await freePort()}`, socket: { reconnectStrategy: 10 } })
    await using cache = createCache({ client, breaker: false })

    for (let call = 0; call < 20; call++) expect((await ending(cache.get('key'))).error?.code).toBe('ERR_CONNECTION')

    expect(client.listenerCount('ready')).toBe(0)
    expect(client.listenerCount('error')).toBe(1)
    client.destroy()
  })

  it('is told from a pool, which sends by other rules', () => {
    expect(() => createCache({ client: createClientPool({ url: withPassword() }) })).toThrow('client: expected')
  })

  it('that hangs is not counted as dropped', async () => {
    const client = createClient({ url: withPassword() })
    await using cache = createCache({ client, deadline: '100ms' })
    await firstSuccess(() => cache.connect())

    server.pause()
    for (let call = 0; call < 4; call++) await ending(cache.get('key'))
    server.resume()

    expect(await firstSuccess(() => cache.get('key'))).toBeLessThan(500)
    expect(cache.stats().store).toMatchObject({ dropped: 0 })
    client.destroy()
  })

  it('that is no client is refused', () => {
    expect(() => createCache({ client: new Map() })).toThrow(expect.objectContaining({ option: 'client' }))
    expect(() => createCache({ client: {}, location: 'memory:' })).toThrow('not both')
  })
})
