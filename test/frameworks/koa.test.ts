import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'

import Koa3, { type Context, type Middleware } from 'koa'
import Koa2 from 'koa2'
import { describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/koa.ts'
import { isEverwarmError } from '../../src/index.ts'
import type { Sessions } from '../../src/sessions/index.ts'
import { holdsOn, pagesOf } from './adapter-contract.ts'
import { answerUpgrades, cookieOf, prepareGround, upgrade } from './support.ts'

const { listen, redis, sessionsOn } = prepareGround()

type Pages = Readonly<Record<string, (ctx: Context) => unknown>>

const pages: Pages = {
  '/set': (ctx) => {
    ctx.session.data['n'] = 1
    ctx.body = { ok: true }
  },
  '/get': (ctx) => {
    ctx.body = ctx.session.data
  },
  '/idle': (ctx) => {
    ctx.body = {}
  },
}

function serverOf(app: Koa3): Server {
  const answer = app.callback()
  return createServer((req, res) => void answer(req, res))
}

describe.each([
  ['koa 2', Koa2],
  ['koa 3', Koa3],
])('sessions in %s', (_name, Koa) => {
  /** A site with these pages; answers a function that asks for one. Errors that the app is told of go to `errors`. */
  async function site(
    sessions: Sessions,
    pages: Pages,
    { above = [], errors = [], proxy = false }: { above?: Middleware[]; errors?: unknown[]; proxy?: boolean } = {},
  ) {
    const app = new Koa({ proxy })
    app.on('error', (error: unknown) => void errors.push(error))
    for (const middleware of above) app.use(middleware)
    app.use(session(sessions))
    app.use(async (ctx) => void (await pages[ctx.path]?.(ctx)))
    const url = await listen(serverOf(app))
    return (path: string, cookie = '', init: RequestInit = {}) =>
      fetch(url + path, { redirect: 'manual', ...init, headers: { ...init.headers, ...(cookie && { cookie }) } })
  }

  holdsOn(async (plain, { trustsProxy, onOutage }) => {
    const sessions = sessionsOn({ onOutage }, onOutage === 'error' ? '10s' : '700ms')
    const pages = pagesOf(plain, (page) => async (ctx: Context) => {
      ctx.body = await page(ctx.session, ctx.querystring)
    })
    return { sessions, redis: redis(), get: await site(sessions, pages, { proxy: trustsProxy }) }
  })

  it('whatever a body is, it arrives whole and with its cookie', async () => {
    const sessions = sessionsOn()
    const bodies: Readonly<Record<string, (ctx: Context) => void>> = {
      '200 text': (ctx) => void (ctx.body = 'text'),
      '200 {"a":1}': (ctx) => void (ctx.body = { a: 1 }),
      '200 bytes': (ctx) => void (ctx.body = Buffer.from('bytes')),
      '200 stream': (ctx) => void (ctx.body = Readable.from(['str', 'eam'])),
      '200 ': (ctx) => void (ctx.body = Readable.from([])),
      '204 ': (ctx) => void (ctx.body = null),
      '304 ': (ctx) => void (ctx.status = 304),
      '302 Redirecting to /get.': (ctx) => ctx.redirect('/get'),
      '404 Not Found': () => {},
      '201 raw': (ctx) => {
        ctx.respond = false
        ctx.res.writeHead(201)
        ctx.res.end('raw')
      },
    }
    for (const [answer, give] of Object.entries(bodies)) {
      const set = (ctx: Context): void => {
        ctx.session.data['n'] = 1
        give(ctx)
      }
      const get = await site(sessions, { '/': set })

      const response = await get('/')

      expect(`${response.status} ${await response.text()}`).toBe(answer)
      expect(response.headers.get('vary')).toBe('Cookie')
      expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
    }
  })

  it('the cookie is one more beside those of the app', async () => {
    const get = await site(sessionsOn(), {
      '/both': (ctx) => {
        ctx.session.data['n'] = 1
        ctx.cookies.set('a', '1')
        ctx.vary('Accept')
        ctx.cookies.set('b', '2')
        ctx.body = 'both'
      },
    })

    const { headers } = await get('/both')

    expect(headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual(['a', 'b', 'sessionid'])
    expect(headers.get('vary')).toBe('Accept, Cookie')
  })

  it('a stream keeps what is set before it begins and while it runs', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/stream': (ctx) => {
        ctx.session.data['before'] = true
        const chunks = async function* () {
          for (let chunk = 0; chunk < 50; chunk++) {
            yield 'x'.repeat(50_000)
            if (chunk === 25) ctx.session.data['during'] = true
          }
        }
        ctx.body = Readable.from(chunks())
      },
    })

    const response = await get('/stream')
    const text = await response.text()

    expect(text).toHaveLength(2_500_000)
    expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true })
  })

  it('headers written at once go together with the cookie', async () => {
    const get = await site(sessionsOn(), {
      '/list': (ctx) => {
        ctx.respond = false
        ctx.session.data['n'] = 1
        ctx.res.writeHead(202, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'] as never)
        ctx.flushHeaders()
        setTimeout(() => ctx.res.end('late'), 20)
      },
    })

    const response = await get('/list')

    expect([response.status, await response.text()]).toEqual([202, 'late'])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2', expect.stringMatching(/^sessionid=/)])
  })

  it('what middleware above changes afterwards is saved too', async () => {
    const sessions = sessionsOn()
    const above: Middleware = async (ctx, next) => {
      await next()
      ctx.session.data['afterwards'] = true
    }
    const get = await site(sessions, pages, { above: [above] })

    const response = await get('/set')

    expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1, afterwards: true })
  })

  it('nothing is saved with a response of 500', async () => {
    const sessions = sessionsOn()
    const fail = (status: number) => (ctx: Context) => {
      ctx.session.data['n'] = 2
      if (status === 500) throw new Error('broken')
      ctx.status = status
    }
    const get = await site(sessions, { ...pages, '/throw': fail(500), '/status': fail(502) })
    const cookie = cookieOf(await get('/set'))

    for (const path of ['/throw', '/status']) {
      const [known, unknown] = [await get(path, cookie), await get(path)]

      expect(known.status).toBeGreaterThanOrEqual(500)
      expect((await sessions.load(cookie)).data).toEqual({ n: 1 })
      expect([...known.headers.getSetCookie(), ...unknown.headers.getSetCookie()]).toEqual([])
    }
  })

  it('what middleware above makes of an error decides whether it is saved', async () => {
    const sessions = sessionsOn()
    const above: Middleware = async (ctx, next) => {
      try {
        await next()
      } catch {
        ctx.status = Number(ctx.query['status'])
        ctx.body = 'answered'
      }
    }
    const page = (ctx: Context) => {
      ctx.session.data['n'] = 2
      throw new Error('broken')
    }
    const get = await site(sessions, { ...pages, '/throw': page }, { above: [above] })
    const cookie = cookieOf(await get('/set'))

    await get('/throw?status=503', cookie)
    expect((await sessions.load(cookie)).data).toEqual({ n: 1 })

    await get('/throw?status=422', cookie)
    expect((await sessions.load(cookie)).data).toEqual({ n: 2 })
  })

  it('an error that is no failure of the server is saved, and its cookie arrives', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/missing': (ctx) => {
        ctx.session.data['n'] = 1
        ctx.throw(404, 'no such thing')
      },
    })

    const response = await get('/missing')

    expect([response.status, await response.text()]).toEqual([404, 'no such thing'])
    expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
  })

  it('a login that was awaited keeps its cookie when the page fails', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/login': async (ctx) => {
        await ctx.session.login('bob')
        ctx.session.data['late'] = true
        ctx.throw(500)
      },
    })

    const response = await get('/login')
    const bob = await sessions.load(cookieOf(response))

    expect(response.status).toBe(500)
    expect([bob.userId, bob.data]).toEqual(['bob', {}])
  })

  it('a logout that was awaited takes its cookie along when the page fails', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/login': async (ctx) => {
        await ctx.session.login('bob')
        throw new Error('broken')
      },
      '/logout': async (ctx) => {
        await ctx.session.logout()
        throw new Error('broken')
      },
    })
    const cookie = cookieOf(await get('/login'))

    const response = await get('/logout', cookie)

    expect([response.status, cookieOf(response)]).toEqual([500, 'sessionid='])
    expect((await sessions.load(cookie)).isNew).toBe(true)
  })

  it('a hung Redis is a 503 within the deadline, and the cookie is left alone', async () => {
    const errors: unknown[] = []
    const stream = (ctx: Context) => {
      ctx.session.data['n'] = 1
      ctx.body = Readable.from(['a', 'b', 'c'])
    }
    const get = await site(sessionsOn({}, '700ms'), { ...pages, '/stream': stream }, { errors })
    const cookie = cookieOf(await get('/set'))

    redis().pause()
    const begun = performance.now()
    const responses = await Promise.all([get('/get', cookie), get('/set'), get('/stream')])
    const ms = performance.now() - begun
    redis().resume()

    for (const response of responses) {
      expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable'])
      expect(response.headers.getSetCookie()).toEqual([])
    }
    expect(ms).toBeLessThan(2000)
    // Koa 3 tells besides of the stream that was not sent, as it does when a client leaves.
    expect(errors.filter((error) => isEverwarmError(error)).map(({ code }) => code)).toEqual(
      responses.map(() => 'ERR_SESSION_UNAVAILABLE'),
    )
  })

  it('middleware above can answer for a session that cannot be loaded', async () => {
    const above: Middleware = async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        if (!isEverwarmError(error)) throw error
        ctx.status = (error as unknown as { status: number }).status
        ctx.body = { code: error.code }
      }
    }
    const get = await site(sessionsOn({}, '700ms'), pages, { above: [above] })
    const cookie = cookieOf(await get('/set'))

    redis().pause()
    const response = await get('/get', cookie)
    redis().resume()

    expect([response.status, await response.json()]).toEqual([503, { code: 'ERR_SESSION_UNAVAILABLE' }])
  })

  it('a stream whose last changes cannot be saved is cut off', async () => {
    let began = () => {}
    const begun = new Promise<void>((resolve) => (began = resolve))
    const get = await site(sessionsOn({}, '700ms'), {
      '/stream': (ctx) => {
        ctx.session.data['n'] = 1
        const chunks = async function* () {
          yield 'first'
          await begun
          redis().pause()
          ctx.session.data['n'] = 2
          yield 'last'
        }
        ctx.body = Readable.from(chunks())
      },
    })

    const response = await get('/stream')
    began()

    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('mounted twice it is one session still', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, pages, { above: [session(sessions)] })

    const set = await get('/set')

    expect(set.headers.getSetCookie()).toHaveLength(1)
    expect(await (await get('/get', cookieOf(set))).json()).toEqual({ n: 1 })
  })

  it('below another middleware that sets ctx.session it says so', async () => {
    const errors: unknown[] = []
    const other: Middleware = (ctx, next) => {
      Object.assign(ctx, { session: {} })
      return next()
    }
    const get = await site(sessionsOn(), pages, { above: [other], errors })

    const response = await get('/get')

    expect(response.status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_OPTION', option: 'session' })])
  })

  it('a lazy session asks Redis for nothing until somebody looks', async () => {
    const get = await site(sessionsOn({ lazy: true }), {
      ...pages,
      '/set': async (ctx) => {
        const { data } = await ctx.session.load()
        data['n'] = 1
        ctx.body = {}
      },
      '/get': async (ctx) => {
        ctx.body = (await ctx.session.load()).data
      },
    })
    const cookie = cookieOf(await get('/set'))

    redis().pause()
    const idle = await get('/idle', cookie)
    redis().resume()
    const seen = await get('/get', cookie)

    expect([idle.status, idle.headers.get('vary')]).toEqual([200, null])
    expect([await seen.json(), seen.headers.get('vary')]).toEqual([{ n: 1 }, 'Cookie'])
  })
})

describe('bodies of koa 3', () => {
  it.each([
    ['a web stream', () => new Blob(['web']).stream()],
    ['a Blob', () => new Blob(['web'])],
    ['a Response', () => new Response('web', { status: 201, headers: { vary: 'Accept' } })],
  ])('%s arrives whole and with its cookie', async (_name, bodyOf) => {
    const sessions = sessionsOn()
    const app = new Koa3()
    app.use(session(sessions))
    app.use((ctx) => {
      ctx.session.data['n'] = 1
      ctx.body = bodyOf()
    })
    const url = await listen(serverOf(app))

    const response = await fetch(url)

    expect(await response.text()).toBe('web')
    expect(response.headers.get('vary')).toMatch(/^(Accept, )?Cookie$/)
    expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
  })
})

describe('beside koa', () => {
  it('a session is there when a WebSocket is opened', async () => {
    const sessions = sessionsOn()
    const begun = await sessions.load(undefined)
    await begun.login('bob')
    const server = serverOf(new Koa3().use(session(sessions)))
    answerUpgrades(server, sessions)
    const cookie = `sessionid=${begun.key}`

    const headers = await upgrade(await listen(server), cookie)

    expect(headers['x-user']).toBe('bob')
    expect((await sessions.load(cookie)).data).toEqual({ sockets: 1 })
  })
})
