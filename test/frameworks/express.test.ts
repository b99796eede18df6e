import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { Readable } from 'node:stream'

import express5, { type ErrorRequestHandler, type Express, type Request, type Response as Reply } from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/express.ts'
import { isEverwarmError } from '../../src/index.ts'
import type { Sessions } from '../../src/sessions/index.ts'
import { holdsOn, pagesOf } from './adapter-contract.ts'
import { cookieOf, prepareGround } from './support.ts'

const { listen, redis, sessionsOn } = prepareGround()

describe.each([
  ['express 4', express4],
  ['express 5', express5],
])('sessions in %s', (_name, express) => {
  /** A site with these pages; answers a function that asks for one. */
  async function site(
    sessions: Sessions,
    pages: Readonly<Record<string, (request: Request, response: Reply) => unknown>>,
    prepare: (app: Express) => void = () => {},
  ) {
    const app = express()
    prepare(app)
    app.use(session(sessions))
    for (const [path, page] of Object.entries(pages)) app.all(path, (req, res) => void page(req, res))
    const answerError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
      if (!isEverwarmError(error)) return next(error)
      res.status((error as unknown as { status: number }).status).json({ code: error.code })
    }
    app.use(answerError)
    const url = await listen(createServer(app))
    return (path: string, cookie = '', init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { ...init.headers, ...(cookie && { cookie }) } })
  }

  const pages = {
    '/set': (req: Request, res: Reply) => {
      req.session.data['n'] = 1
      res.json({ ok: true })
    },
    '/get': (req: Request, res: Reply) => void res.json(req.session.data),
    '/idle': (_req: Request, res: Reply) => void res.json({}),
  }

  holdsOn(async (plain, { trustsProxy, onOutage }) => {
    const sessions = sessionsOn({ onOutage }, onOutage === 'error' ? '10s' : '700ms')
    const pages = pagesOf(plain, (page) => async (req: Request, res: Reply) => {
      res.json(await page(req.session, req.url.split('?')[1] ?? ''))
    })
    return {
      sessions,
      redis: redis(),
      get: await site(sessions, pages, (app) => void app.set('trust proxy', trustsProxy)),
    }
  })

  it('a stream keeps what is set before it begins and while it runs', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/stream': (req, res) => {
        req.session.data['before'] = true
        const chunks = async function* () {
          for (let chunk = 0; chunk < 50; chunk++) {
            yield 'x'.repeat(50_000)
            if (chunk === 25) req.session.data['during'] = true
          }
        }
        Readable.from(chunks()).pipe(res)
      },
    })

    const response = await get('/stream')
    const text = await response.text()

    expect(text).toHaveLength(2_500_000)
    expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true })
  })

  it('headers written at once, in whatever form, go together with the cookie', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/head': (req, res) => {
        req.session.data['n'] = 1
        res.writeHead(201, 'Made', { 'Set-Cookie': 'other=1', Vary: 'Accept' })
        res.end('body')
      },
      '/list': (req, res) => {
        req.session.data['n'] = 1
        res.writeHead(202, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'] as never)
        res.flushHeaders()
        setTimeout(() => res.end('late'), 20)
      },
    })

    const [head, list] = [await get('/head'), await get('/list')]

    expect([head.status, head.statusText, await head.text()]).toEqual([201, 'Made', 'body'])
    expect(head.headers.get('vary')).toBe('Accept, Cookie')
    expect(head.headers.getSetCookie()).toEqual(['other=1', expect.stringMatching(/^sessionid=/)])
    expect([list.status, await list.text()]).toEqual([202, 'late'])
    expect(list.headers.getSetCookie()).toEqual(['a=1', 'b=2', expect.stringMatching(/^sessionid=/)])
  })

  it('an answer that is sent twice is an error, as without sessions', async () => {
    const errors: unknown[] = []
    const get = await site(sessionsOn(), {
      '/twice': (req, res) => {
        req.session.data['n'] = 1
        res.json({ first: true })
        try {
          res.json({ second: 'a longer answer' })
        } catch (error) {
          errors.push((error as { code: string }).code)
        }
      },
    })

    expect(await (await get('/twice')).json()).toEqual({ first: true })
    expect(errors).toEqual(['ERR_HTTP_HEADERS_SENT'])
  })

  it('nothing is saved with a response of 500', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      ...pages,
      '/fail': (req, res) => {
        req.session.data['n'] = 2
        res.status(500).end()
      },
    })
    const cookie = cookieOf(await get('/set'))

    const [known, unknown] = [await get('/fail', cookie), await get('/fail')]

    expect((await sessions.load(cookie)).data).toEqual({ n: 1 })
    expect([...known.headers.getSetCookie(), ...unknown.headers.getSetCookie()]).toEqual([])
  })

  it('a logout that was awaited takes its cookie along when the page fails', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      ...pages,
      '/logout': async (req, res) => {
        await req.session.logout()
        res.status(500).end()
      },
    })
    const cookie = cookieOf(await get('/set'))

    const response = await get('/logout', cookie)

    expect([response.status, cookieOf(response)]).toEqual([500, 'sessionid='])
    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('a hung Redis is a 503 within the deadline, and the cookie is left alone', async () => {
    const get = await site(sessionsOn({}, '300ms'), pages)
    const cookie = cookieOf(await get('/set'))

    redis().pause()
    const begun = performance.now()
    const [loading, saving] = await Promise.all([get('/get', cookie), get('/set')])
    const ms = performance.now() - begun
    redis().resume()

    for (const response of [loading, saving]) {
      expect(response.status).toBe(503)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toEqual({ code: 'ERR_SESSION_UNAVAILABLE' })
    }
    expect(ms).toBeLessThan(700)
  })

  it('a stream whose last changes cannot be saved is cut off', async () => {
    let began = () => {}
    const begun = new Promise<void>((resolve) => (began = resolve))
    const get = await site(sessionsOn({}, '300ms'), {
      '/stream': async (req, res) => {
        req.session.data['n'] = 1
        res.write('first')
        await begun
        redis().pause()
        req.session.data['n'] = 2
        res.end('last')
      },
    })

    const response = await get('/stream')
    began()

    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('mounted twice it is one session still', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, pages, (app) => void app.use(session(sessions)))

    const set = await get('/set')

    expect(set.headers.getSetCookie()).toHaveLength(1)
    expect(await (await get('/get', cookieOf(set))).json()).toEqual({ n: 1 })
  })
})

describe('sessions elsewhere', () => {
  it('carry over Node alone, without a framework', async () => {
    const sessions = sessionsOn()
    const middleware = session(sessions)
    const url = await listen(
      createServer((req, res) =>
        middleware(req, res, () => {
          const { session: mine } = req as Request
          mine.data['visits'] = Number(mine.data['visits'] ?? 0) + 1
          res.end(String(mine.data['visits']))
        }),
      ),
    )

    const first = await fetch(url)
    const second = await fetch(url, { headers: { cookie: cookieOf(first) } })

    expect([await first.text(), await second.text()]).toEqual(['1', '2'])
  })

  it('are there when a WebSocket is opened', async () => {
    const sessions = sessionsOn()
    const begun = await sessions.load(undefined)
    await begun.login('bob')
    const server = createServer()
    server.on('upgrade', (req, socket) => {
      void sessions.load(req.headers.cookie).then(async (mine) => {
        mine.data['sockets'] = 1
        await mine.save()
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: Upgrade\r\nX-User: ${mine.userId}\r\n\r\n`,
        )
      })
    })
    const url = await listen(server)
    const cookie = `sessionid=${begun.key}`

    const upgrade = request(url, { headers: { connection: 'Upgrade', upgrade: 'test', cookie } }).end()
    const [response] = (await once(upgrade, 'upgrade')) as [{ headers: Record<string, string> }]

    expect(response.headers['x-user']).toBe('bob')
    expect((await sessions.load(cookie)).data).toEqual({ sockets: 1 })
  })
})
