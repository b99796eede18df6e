import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { redisUrl } from '../support/redis.ts'

const open: RedisServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()))
})

async function start(): Promise<RedisServer> {
  const server = await startRedis()
  open.push(server)
  return server
}

async function ping(port: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.setTimeout(300, () => socket.destroy(new Error('silent')))
  try {
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

describe('the servers that tests start', () => {
  it('the shared server answers', async () => {
    expect(await ping(Number(new URL(redisUrl()).port))).toBe('+PONG\r\n')
  })

  it('a started server answers, and a stopped one leaves nothing behind', async () => {
    const server = await start()
    const answer = await ping(server.port)
    await server.stop()

    expect(answer).toBe('+PONG\r\n')
    expect(existsSync(server.folder)).toBe(false)
    await expect(ping(server.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('a paused server is silent until it is resumed', async () => {
    const server = await start()
    server.pause()
    await expect(ping(server.port)).rejects.toThrow('silent')
    server.resume()

    expect(await ping(server.port)).toBe('+PONG\r\n')
  })

  it('a killed server comes back on the same port', async () => {
    const server = await start()
    const { pid } = server
    await server.kill()
    await expect(ping(server.port)).rejects.toThrow('ECONNREFUSED')
    await server.restart()

    expect(await ping(server.port)).toBe('+PONG\r\n')
    expect(server.pid).not.toBe(pid)
  })

  it('a port that is taken is named in the error', async () => {
    const server = await start()

    await expect(startRedis({ port: server.port })).rejects.toThrow('Address already in use')
  })
})
