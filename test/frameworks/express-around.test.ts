import { once } from 'node:events'
import { createServer, IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import compression from 'compression'
import express5, { type ErrorRequestHandler, type Express, type Request, type Response as Reply } from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/express.ts'
import { createCache, SessionUnavailableError } from '../../src/index.ts'
import { createSessions, type Sessions } from '../../src/sessions/index.ts'
import { Session } from '../../src/sessions/session.ts'

const open: Server[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** Asks an app for a page; the answer, its cookie and what the session then holds. */
async function ask(app: Express, sessions: Sessions, path: string) {
  const server = createServer(app)
  open.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
  const text = await response.text()
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
  return { response, text, data: { ...(await sessions.load(cookie)).data } }
}

const large = 'x'.repeat(200_000)

const pages: Readonly<Record<string, (req: Request, res: Reply) => void>> = {
  '/json': (req, res) => {
    req.session.data['n'] = 1
    res.json({ large })
  },
  '/stream': (req, res) => {
    req.session.data['n'] = 1
    res.type('text')
    Readable.from(
      (function* () {
        yield large
        req.session.data['later'] = 2
        yield large
      })(),
    ).pipe(res)
  },
}

describe.each([
  ['express 4', express4],
  ['express 5', express5],
])('sessions in %s', (_name, express) => {
  describe.each(['before', 'after'] as const)('with compression mounted %s them', (place) => {
    it.each([
      ['/json', JSON.stringify({ large }), { n: 1 }],
      ['/stream', large + large, { n: 1, later: 2 }],
    ])('%s is compressed, saved and has its cookie', async (path, body, data) => {
      const sessions = createSessions({ cache: createCache() })
      const app = express()
      const around = [compression({ threshold: 1 }), session(sessions)]
      for (const middleware of place === 'before' ? around : around.toReversed()) app.use(middleware)
      for (const [page, handler] of Object.entries(pages)) app.get(page, handler)

      const seen = await ask(app, sessions, path)

      expect(seen.response.headers.get('content-encoding')).toMatch(/gzip|br/)
      expect(seen.response.headers.get('vary')?.split(', ').toSorted()).toEqual(['Accept-Encoding', 'Cookie'])
      expect(seen.text).toBe(body)
      expect(seen.data).toEqual(data)
    })
  })

  it.each(['before', 'after'] as const)(
    'with compression mounted %s them a stream of small parts ends',
    async (place) => {
      const sessions = createSessions({ cache: createCache() })
      const app = express()
      const around = [compression({ threshold: 1 }), session(sessions)]
      for (const middleware of place === 'before' ? around : around.toReversed()) app.use(middleware)
      const parts = Array.from({ length: 300 }, (_, index) => `part ${index} `)
      app.get('/parts', (req, res) => {
        req.session.data['n'] = 1
        res.type('text')
        Readable.from(parts).pipe(res)
      })

      const seen = await ask(app, sessions, '/parts')

      expect(seen.text).toBe(parts.join(''))
      expect(seen.data).toEqual({ n: 1 })
    },
  )

  it.each([
    ['before', '/json'],
    ['before', '/stream'],
    ['after', '/json'],
    ['after', '/stream'],
  ])('with compression mounted %s them the error of a failed save is what is answered to %s', async (place, path) => {
    const sessions = createSessions({ cache: createCache() })
    const failing = {
      load: (header: string | undefined) => sessions.load(header),
      commit: async () => {
        await setImmediate()
        throw new SessionUnavailableError('save', 'away')
      },
    } as unknown as Sessions
    const app = express()
    const around = [compression({ threshold: 1 }), session(failing)]
    for (const middleware of place === 'before' ? around : around.toReversed()) app.use(middleware)
    for (const [page, handler] of Object.entries(pages)) app.get(page, handler)
    const answerError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(503).json({ away: true })
    app.use(answerError)

    const seen = await ask(app, sessions, path)

    expect([seen.response.status, seen.text]).toEqual([503, '{"away":true}'])
  })

  const where: readonly (readonly [string, (main: Express, sub: Express, sessions: Sessions) => void])[] = [
    ['in the main app', (main, _sub, sessions) => void main.use(session(sessions))],
    ['in the mounted app', (_main, sub, sessions) => void sub.use(session(sessions))],
    ['in both', (main, sub, sessions) => void (main.use(session(sessions)), sub.use(session(sessions)))],
  ]

  it.each(where)('an app that is mounted on another has them when they are %s', async (_where, mount) => {
    const sessions = createSessions({ cache: createCache() })
    const [main, sub] = [express(), express()]
    mount(main, sub, sessions)
    for (const [page, handler] of Object.entries(pages)) sub.get(page, handler)
    main.use('/sub', sub)

    const seen = [await ask(main, sessions, '/sub/json'), await ask(main, sessions, '/sub/stream')]

    expect(seen.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 1, later: 2 }])
    expect(seen.map(({ response }) => response.headers.getSetCookie().length)).toEqual([1, 1])
  })

  it.each([200, 400])('a mounted app that has them may leave it to the main app to answer, with %i', async (status) => {
    const sessions = createSessions({ cache: createCache() })
    const [main, sub] = [express(), express()]
    sub.use(session(sessions))
    sub.get('/page', (req, _res, next) => {
      req.session.data['n'] = 1
      next(status === 200 ? undefined : new Error('no'))
    })
    main.use(sub)
    main.get('/page', (_req, res) => void res.send('main'))
    main.use(((_error, _req, res, _next) => void res.status(status).send('main')) as ErrorRequestHandler)

    const seen = await ask(main, sessions, '/page')

    expect([seen.response.status, seen.text, seen.response.headers.get('vary')]).toEqual([status, 'main', 'Cookie'])
    expect(seen.data).toEqual({ n: 1 })
  })

  it.each<[string, (req: Request) => object]>([
    ['lost its session', (req) => (Reflect.deleteProperty(req, 'session'), req)],
    ['had it set to nothing', (req) => Object.assign(req, { session: undefined })],
    [
      'is another one',
      ({ socket, headers, url, method }) => Object.assign(new IncomingMessage(socket), { headers, url, method }),
    ],
  ])('a response carries one session, though the request %s before it is mounted again', async (_what, change) => {
    const sessions = createSessions({ cache: createCache() })
    const [main, sub] = [express(), express()]
    main.use(session(sessions), (req, res) => {
      req.session.data['first'] = 1
      sub(change(req) as Request, res)
    })
    sub.use(session(sessions)).get('/json', pages['/json'] as never)

    const seen = await ask(main, sessions, '/json')

    expect([seen.text, seen.data]).toEqual([JSON.stringify({ large }), { first: 1, n: 1 }])
    expect(seen.response.headers.getSetCookie()).toHaveLength(1)
  })

  it('two that begin at once for one response give it one session', async () => {
    const sessions = createSessions({ cache: createCache() })
    const [app, use, given] = [express(), session(sessions), new Set<object>()]
    app.use((req, res, next) => {
      let under = 2
      const begun = (): void => {
        given.add(req.session)
        if (--under === 0) next()
      }
      use(req, res, begun)
      use(req, res, begun)
    })
    app.get('/json', pages['/json'] as never)

    const seen = await ask(app, sessions, '/json')

    expect([seen.response.status, seen.data, given.size]).toEqual([200, { n: 1 }, 1])
  })

  it('other sessions are refused for a response that carries some already', async () => {
    const [sessions, others] = [createSessions({ cache: createCache() }), createSessions({ cache: createCache() })]
    const app = express()
    app.use(session(sessions), (req, _res, next) => (Reflect.deleteProperty(req, 'session'), next()), session(others))
    app.use(((error: { code: string }, _req, res, _next) => void res.send(error.code)) as ErrorRequestHandler)

    expect((await ask(app, sessions, '/')).text).toBe('ERR_OPTION')
  })

  it('whoever has the response, or something in its place, answers with its session', async () => {
    const sessions = createSessions({ cache: createCache() })
    const app = express()
    app.use(session(sessions), (req, _res, next) => ((req.session.data['n'] = 1), next()))
    app.get('/heir', (_req, res) => void Object.create(res).end('sent'))
    app.get('/proxy', (_req, res) => void new Proxy(res, {}).end('sent'))

    for (const path of ['/heir', '/proxy']) {
      expect(await ask(app, sessions, path)).toMatchObject({ text: 'sent', data: { n: 1 } })
    }
  })

  it('an app without them is as it was, though another of the process has them', async () => {
    const sessions = createSessions({ cache: createCache() })
    const [plain, other] = [express(), express()]
    other.use(session(sessions)).get('/json', pages['/json'] as never)
    plain.get('/json', (_req, res) => void res.json({ sent: res.headersSent }))

    await ask(other, sessions, '/json')
    const seen = await ask(plain, sessions, '/json')

    expect(seen.text).toBe('{"sent":false}')
    expect(seen.response.headers.get('vary')).toBeNull()
  })

  it('whoever has the request, or something in its place, has its session', async () => {
    const sessions = createSessions({ cache: createCache() })
    const app = express()
    app.use(session(sessions))
    app.get(
      '/heir',
      (req, res) => void res.json(Object.create(req).session === req.session && req.session instanceof Session),
    )
    app.get('/proxy', (req, res) => void res.json(new Proxy(req, {}).session === req.session))
    app.get('/other', (req, res) => {
      Object.assign(req, { session: 'of somebody else' })
      res.json(req.session)
    })

    expect((await ask(app, sessions, '/heir')).text).toBe('true')
    expect((await ask(app, sessions, '/proxy')).text).toBe('true')
    expect((await ask(app, sessions, '/other')).text).toBe('"of somebody else"')
    expect((await ask(app, sessions, '/heir')).text).toBe('true')
  })

  it('a property of that name which the app has already is left to it', async () => {
    const sessions = createSessions({ cache: createCache() })
    const app = express()
    Object.defineProperty(app.request, 'session', { value: undefined, writable: true, configurable: true })
    app.use(session(sessions))
    app.get('/own', (req, res) => void res.json(Object.hasOwn(req, 'session') && req.session instanceof Session))

    expect((await ask(app, sessions, '/own')).text).toBe('true')
  })

  it('of one app some pages may have them and others not', async () => {
    const sessions = createSessions({ cache: createCache() })
    const app = express()
    app.use('/with', session(sessions))
    app.get('/with', (req, res) => {
      req.session.data['n'] = 1
      res.json({})
    })
    app.get('/without', (req, res) => void res.json({ session: typeof req.session }))

    const seen = [await ask(app, sessions, '/with'), await ask(app, sessions, '/without')]

    expect(seen.map(({ data }) => data)).toEqual([{ n: 1 }, {}])
    expect(seen[1]?.text).toBe('{"session":"undefined"}')
  })
})
