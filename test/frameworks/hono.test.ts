import { EventEmitter, once } from 'node:events'
import { request } from 'node:http'
import { createServer as createTlsServer, request as requestTls } from 'node:https'
import type { Duplex } from 'node:stream'

import { createAdaptorServer, upgradeWebSocket } from '@hono/node-server'
import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/hono.ts'
import { isEverwarmError, OptionError, SessionUnavailableError } from '../../src/index.ts'
import { holdsOn, pagesOf } from './adapter-contract.ts'
import { appOf, cacheOn, listen, type Page, pages, redis, sessionsOn, siteOf, useRedis } from './hono-site.ts'
import { cookieOf } from './support.ts'

useRedis()

describe.each(['light', 'platform'] as const)('sessions in Hono with the %s Response', (kind) => {
  const site = (...args: Parameters<typeof appOf>) => siteOf(appOf(...args), kind)

  holdsOn(async (plain, { trustsProxy, onOutage }) => {
    const sessions = sessionsOn({ onOutage, cache: cacheOn(onOutage === 'error' ? '5s' : '500ms') })
    const secure = (c: Context) => c.req.header('x-forwarded-proto') === 'https'
    const pages = pagesOf<Page>(plain, (page) => async (c) => {
      return c.json((await page(c.var.session, c.req.url.split('?')[1] ?? '')) as object)
    })
    return {
      sessions,
      redis,
      get: await site(sessions, pages, (app) => void (trustsProxy && app.use(session(sessions, { secure })))),
    }
  })

  it('cookies and variants of others arrive too', async () => {
    const get = await site(sessionsOn(), {
      '/cookies': (c) => {
        setCookie(c, 'a', '1')
        setCookie(c, 'b', '2')
        c.header('Vary', 'Accept')
        return pages['/set'](c)
      },
    })

    const response = await get('/cookies')

    expect(response.headers.getSetCookie()).toEqual([
      'a=1; Path=/',
      'b=2; Path=/',
      expect.stringMatching(/^sessionid=/),
    ])
    expect(response.headers.get('vary')).toBe('Accept, Cookie')
  })

  it('nothing is saved with a response of 500', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      ...pages,
      '/fail': (c) => {
        c.var.session.data['n'] = 2
        return c.text('', 500)
      },
      '/throw': (c) => {
        c.var.session.data['n'] = 3
        throw new Error('failed')
      },
    })
    const cookie = cookieOf(await get('/set'))

    for (const path of ['/fail', '/throw']) {
      const [known, unknown] = [await get(path, cookie), await get(path)]

      expect([known.status, unknown.status]).toEqual([500, 500])
      expect([...known.headers.getSetCookie(), ...unknown.headers.getSetCookie()]).toEqual([])
    }
    expect((await sessions.load(cookie)).data).toEqual({ n: 1 })
  })

  it('a login that was awaited keeps its cookie with a response of 500', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/login': async (c) => {
        await c.var.session.login('bob')
        throw new Error('failed')
      },
    })

    const response = await get('/login')

    expect(response.status).toBe(500)
    expect((await sessions.load(cookieOf(response))).userId).toBe('bob')
  })

  it('what a handler set before it answered 404 is saved', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/missing': (c) => {
        c.var.session.data['n'] = 1
        throw new HTTPException(404, { message: 'no such page' })
      },
    })

    const response = await get('/missing')

    expect([response.status, await response.text()]).toEqual([404, 'no such page'])
    expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
  })

  it('a logout that was awaited takes its cookie along when the page fails', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/login': async (c) => {
        await c.var.session.login('bob')
        throw new Error('broken')
      },
      '/logout': async (c) => {
        await c.var.session.logout()
        throw new Error('broken')
      },
    })
    const cookie = cookieOf(await get('/login'))

    const response = await get('/logout', cookie)

    expect([response.status, cookieOf(response)]).toEqual([500, 'sessionid='])
    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('a hung Redis is a 503 within the deadline, and the cookie is left alone', async () => {
    const get = await site(sessionsOn(), pages)
    const cookie = cookieOf(await get('/set'))

    redis.pause()
    const begun = performance.now()
    const [loading, saving] = await Promise.all([get('/get', cookie), get('/set')])
    const ms = performance.now() - begun
    redis.resume()

    for (const response of [loading, saving]) {
      expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable'])
      expect(response.headers.getSetCookie()).toEqual([])
    }
    expect(ms).toBeLessThan(1000)
  })

  it('a handler of errors learns that the session is unavailable', async () => {
    const seen: unknown[] = []
    const get = await site(sessionsOn(), pages, (app) =>
      app.onError((error, c) => {
        seen.push([isEverwarmError(error) && error.code, error.cause instanceof SessionUnavailableError])
        c.header('Retry-After', '1')
        return error instanceof HTTPException ? c.json({ unavailable: true }, error.status) : c.text('', 500)
      }),
    )
    const cookie = cookieOf(await get('/set'))

    redis.pause()
    const responses = await Promise.all([get('/get', cookie), get('/set')])
    redis.resume()

    for (const response of responses) {
      expect([response.status, await response.json()]).toEqual([503, { unavailable: true }])
      expect(response.headers.get('retry-after')).toBe('1')
    }
    expect(seen).toEqual(Array.from({ length: 2 }, () => ['ERR_SESSION_UNAVAILABLE', true]))
  })

  it('a handler that finds the session unavailable is a 503 too', async () => {
    const load: Page = async (c) => c.json((await c.var.session.load()).data)
    const get = await site(sessionsOn({ lazy: true }), { '/load': load })
    const cookie = `sessionid=${'k'.repeat(32)}`

    redis.pause()
    const response = await get('/load', cookie)
    redis.resume()

    expect(response.status).toBe(503)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('mounted twice it is one session still', async () => {
    const sessions = sessionsOn()
    const app = appOf(sessions, pages)
    app.route('/sub', appOf(sessions, pages))
    app.mount('/other', (request) => new Response(new URL(request.url).pathname, { headers: { vary: 'accept' } }))
    const get = await siteOf(app, kind)

    const set = await get('/sub/set')
    const other = await get('/other/place', cookieOf(set))

    expect(set.headers.getSetCookie()).toHaveLength(1)
    expect(await (await get('/get', cookieOf(set))).json()).toEqual({ n: 1 })
    expect([await other.text(), other.headers.get('vary')]).toEqual(['/place', 'accept'])
  })
})

describe('sessions elsewhere in Hono', () => {
  it('carry over an app without a server', async () => {
    const app = appOf(sessionsOn(), pages)

    const set = await app.request('/set')
    const seen = await app.request('/get', { headers: { cookie: cookieOf(set) } })

    expect(await seen.json()).toEqual({ n: 1 })
  })

  it('cost nothing where nobody looks, with lazy ones', async () => {
    const cache = cacheOn()
    const client = await cache.raw<{ sendCommand: (command: readonly string[]) => Promise<unknown> }>()
    const commands = async () =>
      String(await client.sendCommand(['INFO', 'commandstats'])).match(/cmdstat_(?!info|ping)\w+:calls=\d+/g)
    const app = appOf(sessionsOn({ cache, lazy: true }), {
      ...pages,
      '/load': async (c) => c.json((await c.var.session.load()).data),
    })
    const headers = { cookie: `sessionid=${'k'.repeat(32)}` }
    await app.request('/load', { headers })

    const before = await commands()
    for (let round = 0; round < 10; round++) await app.request('/idle', { headers })
    const after = await commands()
    await app.request('/load', { headers })

    expect(after).toEqual(before)
    expect(await commands()).not.toEqual(before)
  })

  it('have a Secure cookie where the server speaks TLS', async () => {
    const app = appOf(sessionsOn(), pages)
    const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const psk = Buffer.alloc(32, 1)
    const serverOptions = { ...tls, pskCallback: () => psk }
    const server = createAdaptorServer({ fetch: app.fetch, createServer: createTlsServer, serverOptions })
    const { port } = new URL(await listen(server))

    const pskCallback = () => ({ psk, identity: 'test' })
    const options = { ...tls, port, path: '/set', pskCallback, checkServerIdentity: () => undefined }
    const [response] = (await once(requestTls(options).end(), 'response')) as [{ headers: Record<string, string[]> }]

    expect(response.headers['set-cookie']?.[0]).toContain('; Secure;')
  })

  it('are there when a WebSocket is opened, and the handshake has their cookie', async () => {
    const sessions = sessionsOn()
    const app = appOf(sessions, {})
    app.get(
      '/socket',
      upgradeWebSocket(async (c) => {
        await c.var.session.login('bob')
        return { onOpen: () => void opened.push(c.var.session.userId) }
      }),
    )
    const opened: unknown[] = []
    const server = createAdaptorServer({ fetch: app.fetch, websocket: { server: new Handshakes() as never } })
    const url = await listen(server)

    const upgrade = request(`${url}/socket`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end()
    const [response, socket] = (await once(upgrade, 'upgrade')) as [{ headers: Record<string, string[]> }, Duplex]
    socket.destroy()

    await expect.poll(() => opened, { timeout: 10_000 }).toEqual(['bob'])
    expect((await sessions.load(response.headers['set-cookie']?.[0])).userId).toBe('bob')
  })

  it('refuse options that cannot be', () => {
    const sessions = sessionsOn()

    expect(() => session(sessions, { secure: true as never })).toThrow(OptionError)
    expect(() => session(sessions, { secrue: () => true } as never)).toThrow('did you mean "secure"?')
  })
})

/** As much of a server of `ws` as it takes to open a socket. */
class Handshakes extends EventEmitter {
  readonly options = { noServer: true }

  handleUpgrade(request: unknown, socket: Duplex, _head: unknown, done: (ws: EventEmitter) => void): void {
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    this.emit('headers', lines, request)
    socket.end(`${lines.join('\r\n')}\r\n\r\n`)
    done(new EventEmitter())
  }

  close(): void {}
}
