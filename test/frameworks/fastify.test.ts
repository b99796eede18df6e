import { Readable } from 'node:stream'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/fastify.ts'
import { holdsOn, pagesOf } from './adapter-contract.ts'
import { type Page, pages, siteWith, versions } from './fastify-site.ts'
import { answerUpgrades, cookieOf, prepareGround, upgrade } from './support.ts'

const { closeAfterwards, redis, sessionsOn } = prepareGround()

describe.each(versions)('sessions in %s', (_name, Fastify, fastifyCookie) => {
  const site = siteWith(Fastify, closeAfterwards)

  describe('on a site', () => {
    holdsOn(async (plain, { trustsProxy, onOutage }) => {
      const sessions = sessionsOn({ onOutage }, onOutage === 'error' ? '10s' : '700ms')
      const pages = pagesOf<Page>(
        plain,
        (page) =>
          async ({ session, url }) =>
            page(session, url.split('?')[1] ?? ''),
      )
      return { sessions, redis: redis(), get: await site(sessions, pages, { trustProxy: trustsProxy }) }
    })

    it('whatever a payload is, it arrives whole and with its cookie', async () => {
      const sessions = sessionsOn()
      const payloads: Readonly<Record<string, (reply: FastifyReply) => unknown>> = {
        '200 text': () => 'text',
        '200 {"a":1}': () => ({ a: 1 }),
        '200 bytes': () => Buffer.from('bytes'),
        '200 stream': () => Readable.from(['str', 'eam']),
        '200 ': () => Readable.from([]),
        '200 web stream': () => new Blob(['web stream']).stream(),
        '201 Response': () => new Response('Response', { status: 201 }),
        '202 trailer': (reply) =>
          reply
            .code(202)
            .trailer('x-end', async () => 'over')
            .send('trailer'),
        '204 ': (reply) => reply.code(204).send(),
        '304 ': (reply) => reply.code(304).send(),
        '302 ': (reply) => reply.redirect('/get'),
        '203 raw': (reply) => {
          reply.raw.writeHead(203)
          reply.raw.end('raw')
          return reply
        },
        '206 hijacked': (reply) => {
          reply.hijack()
          reply.raw.writeHead(206)
          reply.raw.end('hijacked')
        },
      }
      for (const [answer, payloadOf] of Object.entries(payloads)) {
        const set: Page = async (req, reply) => {
          req.session.data['n'] = 1
          return payloadOf(reply)
        }
        const get = await site(sessions, { '/': set })

        const response = await get('/')

        expect(`${response.status} ${await response.text()}`).toBe(answer)
        expect(response.headers.get('vary')).toBe('Cookie')
        expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
      }
    })

    it('a page that is not found has a session too', async () => {
      const sessions = sessionsOn()
      const get = await site(sessions, pages, {
        after: (app) =>
          void app.setNotFoundHandler((req, reply) => {
            req.session.data['missed'] = req.url
            void reply.code(404).send({ missed: true })
          }),
      })

      const response = await get('/nowhere')

      expect([response.status, await response.json()]).toEqual([404, { missed: true }])
      expect((await sessions.load(cookieOf(response))).data).toEqual({ missed: '/nowhere' })
    })

    it('an answer without a server, by inject(), is the same', async () => {
      const sessions = sessionsOn()
      const app = Fastify()
      closeAfterwards(() => app.close())
      await app.register(session(sessions))
      app.get('/set', pages['/set'] as Page)

      const { statusCode, headers, body, cookies } = await app.inject('/set')

      expect([statusCode, body, headers['vary']]).toEqual([200, '{"ok":true}', 'Cookie'])
      expect((await sessions.load(`sessionid=${cookies[0]?.value}`)).data).toEqual({ n: 1 })
    })

    it.each(['before', 'after'] as const)(
      'the cookie is one more, with @fastify/cookie registered %s it',
      async (when) => {
        const both: Page = async (req, reply) => {
          req.session.data['n'] = 1
          void reply.setCookie('a', '1').header('vary', 'Accept').header('set-cookie', 'b=2')
          return 'both'
        }
        const get = await site(
          sessionsOn(),
          { '/both': both },
          { [when]: (app: FastifyInstance) => app.register(fastifyCookie) },
        )

        const { headers } = await get('/both')

        const names = headers.getSetCookie().map((cookie) => cookie.split('=')[0])
        expect([new Set(names), names.length]).toEqual([new Set(['a', 'b', 'sessionid']), 3])
        expect(headers.get('vary')).toBe('Accept, Cookie')
      },
    )

    it('a stream keeps what is set before it begins and while it runs', async () => {
      const sessions = sessionsOn()
      const chunksOf = async function* (req: FastifyRequest) {
        for (let chunk = 0; chunk < 50; chunk++) {
          yield 'x'.repeat(50_000)
          if (chunk === 25) req.session.data['during'] = true
        }
      }
      const streaming =
        (streamOf: (chunks: Readable) => unknown): Page =>
        async (req) => {
          req.session.data['before'] = true
          return streamOf(Readable.from(chunksOf(req), { objectMode: false }))
        }
      const get = await site(sessions, {
        '/node': streaming((chunks) => chunks),
        '/web': streaming((chunks) => Readable.toWeb(chunks)),
        '/response': streaming((chunks) => new Response(Readable.toWeb(chunks) as ReadableStream)),
      })

      for (const path of ['/node', '/web', '/response']) {
        const response = await get(path)

        expect(await response.text()).toHaveLength(2_500_000)
        expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true })
      }
    })

    it('headers written at once go together with the cookie', async () => {
      const get = await site(sessionsOn(), {
        '/list': async (req, reply) => {
          req.session.data['n'] = 1
          reply.hijack()
          reply.raw.writeHead(202, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'] as never)
          reply.raw.flushHeaders()
          setTimeout(() => reply.raw.end('late'), 20)
        },
      })

      const response = await get('/list')

      expect([response.status, await response.text()]).toEqual([202, 'late'])
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2', expect.stringMatching(/^sessionid=/)])
    })

    it('an answer that is sent without being returned is sent once', async () => {
      const sessions = sessionsOn()
      const statuses: number[] = []
      const get = await site(
        sessions,
        {
          '/sent': async (req, reply) => {
            req.session.data['n'] = 1
            void reply.send({ sent: true })
          },
        },
        { after: (app) => void app.addHook('onSend', async (_req, reply) => void statuses.push(reply.statusCode)) },
      )

      const response = await get('/sent')

      expect([response.status, await response.json(), statuses.length]).toEqual([200, { sent: true }, 1])
      expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
    })

    it('what hooks change while an answer is sent is saved too', async () => {
      const sessions = sessionsOn()
      const get = await site(sessions, pages, {
        after: (app) => void app.addHook('onSend', async (req) => void (req.session.data['hook'] = true)),
      })

      const response = await get('/set')

      expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1, hook: true })
    })

    it('nothing is saved with a response of 500', async () => {
      const sessions = sessionsOn()
      const failing =
        (fail: (reply: FastifyReply) => unknown): Page =>
        async (req, reply) => {
          req.session.data['n'] = 2
          return fail(reply)
        }
      const get = await site(sessions, {
        ...pages,
        '/throw': failing(() => Promise.reject(new Error('broken'))),
        '/status': failing((reply) => reply.code(502).send('down')),
        '/response': failing(() => new Response('down', { status: 503 })),
        '/stream': failing(() => new Readable({ read: (): void => {} }).destroy(new Error('no such file'))),
      })
      const cookie = cookieOf(await get('/set'))

      for (const path of ['/throw', '/status', '/response', '/stream']) {
        const [known, unknown] = [await get(path, cookie), await get(path)]

        expect(known.status).toBeGreaterThanOrEqual(500)
        expect((await sessions.load(cookie)).data).toEqual({ n: 1 })
        expect([...known.headers.getSetCookie(), ...unknown.headers.getSetCookie()]).toEqual([])
      }
    })

    it('what an error handler makes of an error decides whether it is saved', async () => {
      const sessions = sessionsOn()
      const broken: Page = async (req) => {
        req.session.data['n'] = 2
        throw new Error('broken')
      }
      const get = await site(
        sessions,
        { ...pages, '/throw': broken },
        {
          after: (app) =>
            void app.setErrorHandler((_error, req, reply) =>
              reply.code(Number((req.query as { as: string }).as)).send('oh'),
            ),
        },
      )
      const cookie = cookieOf(await get('/set'))

      await get('/throw?as=503', cookie)
      expect((await sessions.load(cookie)).data).toEqual({ n: 1 })

      await get('/throw?as=422', cookie)
      expect((await sessions.load(cookie)).data).toEqual({ n: 2 })
    })

    it('an error that is no failure of the server is saved, and its cookie arrives', async () => {
      const sessions = sessionsOn()
      const get = await site(sessions, {
        '/missing': async (req) => {
          req.session.data['n'] = 1
          throw Object.assign(new Error('no such thing'), { statusCode: 404 })
        },
      })

      const response = await get('/missing')

      expect([response.status, await response.json()]).toMatchObject([404, { message: 'no such thing' }])
      expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
    })

    it('a login that was awaited keeps its cookie when the page fails', async () => {
      const sessions = sessionsOn()
      const get = await site(sessions, {
        '/login': async (req) => {
          await req.session.login('bob')
          req.session.data['late'] = true
          throw new Error('broken')
        },
      })

      const response = await get('/login')
      const bob = await sessions.load(cookieOf(response))

      expect([response.status, response.headers.getSetCookie().length]).toEqual([500, 1])
      expect([bob.userId, bob.data]).toEqual(['bob', {}])
    })

    it('registered twice, also further inside, it is one session still', async () => {
      const sessions = sessionsOn()
      const get = await site(sessions, pages, {
        after: (app) => {
          app.register(session(sessions))
          app.register(async (inner) => {
            await inner.register(session(sessions))
            inner.get('/inside', pages['/set'] as Page)
          })
        },
      })

      const [set, inside] = [await get('/set'), await get('/inside')]

      for (const { headers } of [set, inside]) expect(headers.getSetCookie()).toHaveLength(1)
      expect(await (await get('/get', cookieOf(set))).json()).toEqual({ n: 1 })
    })

    it('beside another plugin that has request.session it says so', async () => {
      const app = Fastify()
      closeAfterwards(() => app.close())
      app.decorateRequest('session', null as never)

      const registered = app.register(session(sessionsOn())).ready()

      await expect(registered).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'session' })
    })

    it('a lazy session asks Redis for nothing until somebody looks', async () => {
      const get = await site(sessionsOn({ lazy: true }), {
        ...pages,
        '/set': async (req) => {
          const { data } = await req.session.load()
          data['n'] = 1
          return {}
        },
        '/get': async (req) => (await req.session.load()).data,
      })
      const cookie = cookieOf(await get('/set'))

      redis().pause()
      const idle = await get('/idle', cookie)
      redis().resume()
      const seen = await get('/get', cookie)

      expect([idle.status, idle.headers.get('vary')]).toEqual([200, null])
      expect([await seen.json(), seen.headers.get('vary')]).toEqual([{ n: 1 }, 'Cookie'])
    })

    it('a session is there when a WebSocket is opened', async () => {
      const sessions = sessionsOn()
      const begun = await sessions.load(undefined)
      await begun.login('bob')
      const app = Fastify()
      closeAfterwards(() => app.close())
      app.register(session(sessions))
      answerUpgrades(app.server, sessions)
      const cookie = `sessionid=${begun.key}`

      const headers = await upgrade(await app.listen({ port: 0 }), cookie)

      expect(headers['x-user']).toBe('bob')
      expect((await sessions.load(cookie)).data).toEqual({ sockets: 1 })
    })
  })

  describe('while Redis hangs', () => {
    const setAnd =
      (answer: (reply: FastifyReply) => unknown): Page =>
      async (req, reply) => {
        req.session.data['n'] = 1
        return answer(reply)
      }

    it('a session that cannot be loaded or saved is a 503 within the deadline, and the cookie is left alone', async () => {
      const get = await site(sessionsOn({}, '700ms'), {
        ...pages,
        '/stream': setAnd(() => Readable.from(['a', 'b', 'c'])),
        '/page': setAnd((reply) => reply.type('text/html').send('<p>'.repeat(1000))),
      })
      const cookie = cookieOf(await get('/set'))

      redis().pause()
      const begun = performance.now()
      const responses = await Promise.all([get('/get', cookie), get('/set'), get('/stream'), get('/page')])
      const ms = performance.now() - begun
      redis().resume()

      for (const response of responses) {
        expect(response.status).toBe(503)
        expect(response.headers.getSetCookie()).toEqual([])
        expect(await response.json()).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE', statusCode: 503 })
      }
      expect(ms).toBeLessThan(2000)
    })

    it('the app answers for it with hooks and handlers of its own, once', async () => {
      const told: string[] = []
      const get = await site(
        sessionsOn({}, '700ms'),
        { '/page': setAnd((reply) => reply.type('text/html').send('<p>')) },
        {
          after: (app) => {
            app.addHook('onError', async (_req, _reply, error) => void told.push(error.code))
            app.setErrorHandler((error: Error & { code: string }, _req, reply) =>
              reply.code(200).send({ code: error.code }),
            )
          },
        },
      )

      redis().pause()
      const response = await get('/page')
      redis().resume()

      expect([response.status, await response.json()]).toEqual([200, { code: 'ERR_SESSION_UNAVAILABLE' }])
      expect([told, response.headers.getSetCookie()]).toEqual([['ERR_SESSION_UNAVAILABLE'], []])
    })

    it('a stream whose last changes cannot be saved is cut off', async () => {
      let began = () => {}
      const begun = new Promise<void>((resolve) => (began = resolve))
      const chunksOf = async function* (req: FastifyRequest) {
        yield 'first'
        await begun
        redis().pause()
        req.session.data['n'] = 2
        yield 'last'
      }
      const get = await site(sessionsOn({}, '700ms'), {
        '/stream': async (req) => {
          req.session.data['n'] = 1
          return Readable.from(chunksOf(req))
        },
      })

      const response = await get('/stream')
      began()

      await expect(response.text()).rejects.toThrow('terminated')
    })

    it('whoever hijacks a reply saves and answers for it, and else it is a 503 too', async () => {
      const get = await site(sessionsOn({}, '700ms'), {
        '/saves': async (req, reply) => {
          reply.hijack()
          req.session.data['n'] = 1
          const status = await req.session.save().then(
            () => 201,
            () => 502,
          )
          reply.raw.writeHead(status).end('own')
        },
        '/trusts': async (req, reply) => {
          reply.hijack()
          req.session.data['n'] = 1
          reply.raw.writeHead(201, 'Made', { 'content-length': 3, 'set-cookie': 'a=1' }).end('own')
        },
      })
      const saved = [await get('/saves'), await get('/trusts')]

      redis().pause()
      const unsaved = [await get('/saves'), await get('/trusts')]
      redis().resume()

      expect(saved.map(({ status }) => status)).toEqual([201, 201])
      for (const { headers } of saved) expect(headers.getSetCookie().at(-1)).toMatch(/^sessionid=/)
      expect(unsaved.map(({ status, statusText }) => `${status} ${statusText}`)).toEqual([
        '502 Bad Gateway',
        '503 Service Unavailable',
      ])
      for (const { headers } of unsaved) expect(headers.getSetCookie()).toEqual([])
    })
  })
})
