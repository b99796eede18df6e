import { once } from 'node:events'
import { type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, afterEach, beforeAll } from 'vitest'

import { createCache, type Duration } from '../../src/index.ts'
import { createSessions, type Sessions } from '../../src/sessions/index.ts'
import type { SessionsOptions } from '../../src/sessions/options.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { freshPrefix } from '../support/redis.ts'

/** What the tests of one file stand on: a Redis of their own, and what they open, closed after each. */
export interface Ground {
  readonly redis: () => RedisServer
  /** With a deadline that only what hangs exceeds, however busy the machine is, unless a short one is asked for. */
  readonly sessionsOn: (options?: Omit<SessionsOptions, 'cache'>, deadline?: Duration) => Sessions
  /** The server's URL, once it listens. */
  readonly listen: (server: Server) => Promise<string>
  readonly closeAfterwards: (close: () => Promise<unknown>) => void
}

/** Call it once, at the top of a file. */
export function prepareGround(): Ground {
  let redis: RedisServer
  const open: (() => Promise<unknown>)[] = []
  const closeAfterwards = (close: () => Promise<unknown>): void => void open.push(close)

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    redis.resume()
    await Promise.all(open.splice(0).map((close) => close()))
  })
  afterAll(() => redis.close())

  return {
    redis: () => redis,
    closeAfterwards,
    sessionsOn: (options = {}, deadline = '10s') => {
      const cache = createCache({ location: redis.url, keyPrefix: freshPrefix(), deadline })
      closeAfterwards(() => cache.close())
      return createSessions({ cache, ...options })
    },
    listen: async (server) => {
      await once(server.listen(0, '127.0.0.1'), 'listening')
      closeAfterwards(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
  }
}

/** What a browser would send back of the first cookie that was set. */
export function cookieOf(response: Response): string {
  return (response.headers.getSetCookie()[0] ?? '').split(';')[0] as string
}

/** Answers an upgrade to a WebSocket with the user whose session it is, and notes it there. */
export function answerUpgrades(server: Server, sessions: Sessions): void {
  server.on('upgrade', (req, socket) => {
    void sessions.load(req.headers.cookie).then(async (session) => {
      session.data['sockets'] = 1
      await session.save()
      const headers = ['Upgrade: test', 'Connection: Upgrade', `X-User: ${session.userId}`]
      socket.end(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`)
    })
  })
}

/** The headers that an upgrade is answered with. */
export async function upgrade(url: string, cookie: string): Promise<IncomingHttpHeaders> {
  const asking = request(url, { headers: { connection: 'Upgrade', upgrade: 'test', cookie } }).end()
  const [response] = (await once(asking, 'upgrade')) as [{ headers: IncomingHttpHeaders }]
  return response.headers
}
