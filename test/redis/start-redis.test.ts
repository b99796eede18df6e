import { existsSync } from 'node:fs'

import { afterEach, describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ping } from '../../src/testing/servers/ping.ts'
import { redisUrl } from '../support/redis.ts'

const open: RedisServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function start(options?: RedisOptions): Promise<RedisServer> {
  const server = await startRedis(options)
  open.push(server)
  return server
}

function pingAt(port: number): Promise<string> {
  return ping({ port, host: '127.0.0.1' }, 300)
}

describe('the servers that startRedis starts', () => {
  it('the shared server answers', async () => {
    expect(await pingAt(Number(new URL(redisUrl()).port))).toBe('+PONG\r\n')
  })

  it('a started server answers, and a closed one leaves nothing behind', async () => {
    const server = await start()
    const answer = await pingAt(server.port)
    await server.close()

    expect(answer).toBe('+PONG\r\n')
    expect(existsSync(server.folder)).toBe(false)
    await expect(pingAt(server.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('a paused server is silent until it is resumed', async () => {
    const server = await start()
    server.pause()
    await expect(pingAt(server.port)).rejects.toThrow('silent')
    server.resume()

    expect(await pingAt(server.port)).toBe('+PONG\r\n')
  })

  it('a killed server comes back on the same port', async () => {
    const server = await start()
    const { pid } = server
    await server.kill()
    await expect(pingAt(server.port)).rejects.toThrow('ECONNREFUSED')
    await server.restart()

    expect(await pingAt(server.port)).toBe('+PONG\r\n')
    expect(server.pid).not.toBe(pid)
  })

  it('a port that is taken is named in the error', async () => {
    const server = await start()

    await expect(startRedis({ port: server.port })).rejects.toThrow('Address already in use')
  })

  it('a program that is missing is named, with what to install', async () => {
    await expect(startRedis({ binary: 'no-such-server' })).rejects.toThrow(
      /^no-such-server is no program here: install it with "apt-get install redis-server"/,
    )
  })
})

describe('what a server is started with', () => {
  it('a user of the ACL enters by the URL, and nobody enters without', async () => {
    const server = await start({ username: 'app', password: 'a/b?c' })
    await using cache = createCache(server.url)
    await using stranger = createCache(`redis://127.0.0.1:${server.port}`)

    expect(await cache.set('key', 1)).toBe(true)
    expect(await server.ask('ACL', 'WHOAMI')).toBe('app')
    await expect(stranger.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('TLS lets in who shows the certificate made for it, and nobody else', async () => {
    const server = await start({ tls: true })
    const { ca } = server.tls ?? { ca: '' }
    await using cache = createCache({ location: server.url, tls: { ...server.tls } })
    await using nameless = createCache({ location: server.url, tls: { ca } })
    await using distrustful = createCache({ location: server.url })

    expect(await cache.set('key', 1)).toBe(true)
    await expect(nameless.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(distrustful.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('the unix socket leads to the same keys', async () => {
    const server = await start({ password: 'secret' })
    await using byPort = createCache(server.url)
    await using bySocket = createCache(server.socketUrl)

    await byPort.set('key', 1)

    expect(await bySocket.get('key')).toBe(1)
  })

  it('more than maxMemory is refused, and settings hold', async () => {
    const server = await start({ maxMemory: '2mb', config: { 'maxmemory-policy': 'noeviction', databases: '2' } })
    await using cache = createCache(server.url)

    const filling = cache.set('big', 'x'.repeat(4_000_000)).then(() => cache.set('next', 1))

    await expect(filling).rejects.toThrow(/OOM|full/i)
    expect(await server.ask('CONFIG', 'GET', 'databases')).toEqual({ databases: '2' })
  })
})
