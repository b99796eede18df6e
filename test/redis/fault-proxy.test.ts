import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createFaultProxy, type FaultProxy } from '../../src/testing/fault-proxy.ts'
import { startRedis } from '../../src/testing/index.ts'
import { freshPrefix, redisUrl } from '../support/redis.ts'

interface Caller {
  readonly socket: Socket
  /** What came for `command`, once `bytes` are there, or what had come after `withinMs`. */
  ask(command: string, bytes: number, withinMs?: number): Promise<string>
  /** The error code of its end, or `end`. */
  ended(): Promise<string>
}

const callers: Socket[] = []
let proxy: FaultProxy

beforeEach(async () => {
  proxy = await createFaultProxy({ target: redisUrl() })
})

afterEach(async () => {
  for (const socket of callers.splice(0)) socket.destroy()
  await proxy.close()
})

function dial(port = proxy.port): Caller {
  const socket = connect(port, '127.0.0.1')
  callers.push(socket)
  let received = ''
  let end = (_how: string): void => {}
  const ending = new Promise<string>((resolve) => (end = resolve))
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  socket.on('end', () => end('end'))

  const ask = async (command: string, bytes: number, withinMs = 2000): Promise<string> => {
    socket.write(command)
    const deadline = Date.now() + withinMs
    while (received.length < bytes && Date.now() < deadline) await sleep(2)
    const answer = received
    received = ''
    return answer
  }
  return { socket, ask, ended: () => ending }
}

async function timed<T>(call: Promise<T>): Promise<{ answer: T; ms: number }> {
  const begin = performance.now()
  const answer = await call
  return { answer, ms: performance.now() - begin }
}

const ping = 'PING\r\n'
const pong = '+PONG\r\n'

describe('without a fault', () => {
  it('everything passes both ways', async () => {
    const key = freshPrefix()
    const value = 'x'.repeat(3_000_000)
    const caller = dial()

    const stored = await caller.ask(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$3000000\r\n${value}\r\n`, 5)
    const answer = await caller.ask(`GET ${key}\r\n`, 3_000_012)
    await caller.ask(`DEL ${key}\r\n`, 4)

    expect(stored).toBe('+OK\r\n')
    expect(answer === `$3000000\r\n${value}\r\n`).toBe(true)
  })

  it('a connection that the server ends is ended', async () => {
    const caller = dial()

    expect(await caller.ask('QUIT\r\n', 5)).toBe('+OK\r\n')
    expect(await caller.ended()).toBe('end')
  })

  it('a server that is away resets the connection', async () => {
    const server = await startRedis()
    const lonely = await createFaultProxy({ target: server.url })
    await server.close()

    const how = await dial(lonely.port).ended()
    await lonely.close()

    expect(how).toBe('ECONNRESET')
  })
})

describe('faults', () => {
  it('a delay holds each way', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.delay(60)

    const { answer, ms } = await timed(caller.ask(ping, 7))

    expect(answer).toBe(pong)
    expect(ms).toBeGreaterThanOrEqual(115)
  })

  it('what an endless delay keeps back arrives at resume', async () => {
    const caller = dial()
    proxy.delay(Infinity)
    const early = await caller.ask(ping, 7, 60)
    await proxy.resume()

    expect(early).toBe('')
    expect(await caller.ask('', 7)).toBe(pong)
  })

  it('jitter adds its share by chance, and lets nothing overtake', async () => {
    const luck = [0, 0.5, 0, 0]
    const jittery = await createFaultProxy({ target: redisUrl(), random: () => luck.shift() ?? 0 })
    const caller = dial(jittery.port)
    await caller.ask(ping, 7)
    jittery.delay(10, { jitterMs: 200 })
    luck.splice(0, luck.length, 0.5, 0)

    const { answer, ms } = await timed(
      caller.ask('ECHO first\r\n', 11).then((a) => caller.ask(ping, 7).then((b) => a + b)),
    )
    await jittery.close()

    expect(answer).toBe(`$5\r\nfirst\r\n${pong}`)
    expect(ms).toBeGreaterThanOrEqual(135)
  })

  it('a black hole for answers only lets a write through and loses its acknowledgement', async () => {
    const key = freshPrefix()
    const writer = dial()
    await writer.ask(ping, 7)
    proxy.blackHole({ only: 'answers' })
    const answer = await writer.ask(`SET ${key} 1\r\n`, 5, 80)
    await proxy.resume()
    const reader = dial()

    expect(answer).toBe('')
    expect(await reader.ask(`GET ${key}\r\n`, 7)).toBe('$1\r\n1\r\n')
    await reader.ask(`DEL ${key}\r\n`, 4)
  })

  it('a black hole for requests only lets answers under way arrive', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.delay(60, { only: 'answers' })
    caller.socket.write(ping)
    await sleep(20)
    proxy.blackHole({ only: 'requests' })

    expect(await caller.ask(ping, 7)).toBe(pong)
    expect(await caller.ask('', 7, 80)).toBe('')
  })

  it('slow bytes arrive one after the other', async () => {
    const caller = dial()
    proxy.slow(100)

    const { answer, ms } = await timed(caller.ask(ping, 7))

    expect(answer).toBe(pong)
    expect(ms).toBeGreaterThanOrEqual(100)
  })

  it('a black hole accepts and stays silent, on open connections too', async () => {
    const open = dial()
    await open.ask(ping, 7)
    proxy.blackHole()
    const late = dial()
    await once(late.socket, 'connect')

    const answers = await Promise.all([open.ask(ping, 7, 80), late.ask(ping, 7, 80)])

    expect(answers).toEqual(['', ''])
    expect([open.socket.destroyed, late.socket.destroyed]).toEqual([false, false])
  })

  it('a connection that lost bytes in a black hole is reset at resume, and new ones are served', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.blackHole()
    await caller.ask(ping, 7, 40)
    await proxy.resume()

    expect(await caller.ended()).toBe('ECONNRESET')
    expect(await dial().ask(ping, 7)).toBe(pong)
  })

  it('a server that dies inside a black hole is not noticed outside', async () => {
    const server = await startRedis()
    const dark = await createFaultProxy({ target: server.url })
    const caller = dial(dark.port)
    await caller.ask(ping, 7)
    dark.blackHole()
    await server.close()

    const answer = await caller.ask(ping, 7, 80)
    const wasDestroyed = caller.socket.destroyed
    await dark.close()

    expect(answer).toBe('')
    expect(wasDestroyed).toBe(false)
  })

  it('cut resets what is open and serves what comes after', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.cut()

    expect(await caller.ended()).toBe('ECONNRESET')
    expect(await dial().ask(ping, 7)).toBe(pong)
  })

  it('refuse turns new connections away and leaves open ones alone, until resume', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.refuse()

    expect(await dial().ended()).toBe('ECONNREFUSED')
    expect(await caller.ask(ping, 7)).toBe(pong)
    await proxy.resume()
    expect(await dial().ask(ping, 7)).toBe(pong)
  })

  it('half an answer is followed by silence', async () => {
    const caller = dial()
    proxy.halfAnswer(3)

    expect(await caller.ask(ping, 7, 80)).toBe('+PO')
    expect(await caller.ask(ping, 7, 80)).toBe('')
    expect(caller.socket.destroyed).toBe(false)
  })

  it('half an answer is followed by the end where that is asked for', async () => {
    const caller = dial()
    proxy.halfAnswer(3, 'cut')

    expect(await caller.ask(ping, 3)).toBe('+PO')
    expect(await caller.ended()).toBe('end')
  })

  it('bytes beyond what may wait are left with the sender', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    proxy.delay(Infinity)
    caller.socket.write(Buffer.alloc(64 << 20))
    await sleep(300)

    expect(caller.socket.writableLength).toBeGreaterThan(32 << 20)
  })
})

describe('the proxy itself', () => {
  it("its URL is the target's, at its own address", async () => {
    const other = await createFaultProxy({ target: 'rediss://me:secret@redis.example:6380/3' })
    await other.close()

    expect(other.url).toBe(`rediss://me:secret@127.0.0.1:${other.port}/3`)
  })

  it('closing resets every connection', async () => {
    const caller = dial()
    await caller.ask(ping, 7)
    const before = { ...proxy.connections }
    await proxy.close()

    expect(before).toEqual({ open: 1, total: 1 })
    expect(await caller.ended()).toBe('ECONNRESET')
    expect(await dial().ended()).toBe('ECONNREFUSED')
  })

  it('closing twice is harmless', async () => {
    await proxy.close()

    await expect(proxy.close()).resolves.toBeUndefined()
  })

  it.each([-1, Number.NaN])('a delay of %s is refused', (ms) => {
    expect(() => proxy.delay(ms)).toThrow(TypeError)
  })
})
