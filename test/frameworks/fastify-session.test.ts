import fastifyCookie from '@fastify/cookie'
import fastifySession, { type FastifySessionOptions, type SessionStore as FastifyStore } from '@fastify/session'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'

import { SessionStore, type SessionStoreOptions } from '../../src/frameworks/express-session.ts'
import type { Cache } from '../../src/index.ts'
import { type Answer, ask, cacheOn, commandsOf, gate } from './store-support.ts'
import { prepareGround } from './support.ts'

declare module 'fastify' {
  interface Session {
    /** Asked of every session, so that a store that knows nothing of it is seen to fit nevertheless. */
    required: number
  }
}

/** What @fastify/session gives a handler. */
interface Visit {
  [field: string]: unknown
  readonly sessionId: string
  readonly cookie: { expires: Date | null; originalMaxAge: number | null; maxAge: number | null }
  save(): Promise<void>
  destroy(): Promise<void>
  regenerate(keep?: string[]): Promise<void>
  reload(): Promise<void>
  options(options: { maxAge: number }): void
}

type Page = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => unknown
type Pages = Readonly<Record<string, Page>>

interface Site {
  readonly store: SessionStore
  readonly cache: Cache
  readonly get: (path: string, cookie?: string) => Promise<Answer>
}

const ground = prepareGround()
const secret = 'a secret of the test, of 32 or more characters'

const pages: Pages = {
  '/set': (visit) => {
    visit['n'] = 1
    return {}
  },
  '/get': (visit) => fieldsOf(visit),
  '/field/:name': (visit, request) => {
    visit[(request.params as { name: string }).name] = true
    return {}
  },
  '/logout': async (visit) => {
    await visit.destroy()
    return {}
  },
}

function fieldsOf({ cookie: _cookie, ...fields }: Visit): Record<string, unknown> {
  return fields
}

function visitOf(request: FastifyRequest): Visit {
  return request.session as unknown as Visit
}

async function site(
  more: Pages = {},
  options: Partial<FastifySessionOptions> = {},
  storeOptions: Omit<SessionStoreOptions, 'cache'> = {},
): Promise<Site> {
  const cache = await cacheOn(ground)
  const store = new SessionStore({ cache, ...storeOptions })
  const app = fastify()
  app.register(fastifyCookie)
  app.register(fastifySession, { store, secret, saveUninitialized: false, cookie: { secure: false }, ...options })
  for (const [path, page] of Object.entries({ ...pages, ...more })) {
    app.all(path, async (request, reply) => page(visitOf(request), request, reply))
  }
  ground.closeAfterwards(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { store, cache, get: (path, cookie) => ask(url + path, cookie) }
}

describe('@fastify/session on fastify 5', () => {
  it('a session comes back to the browser that began it, dates as dates', async () => {
    const { get } = await site({
      '/date': (visit) => {
        visit['since'] = new Date(0)
        return {}
      },
      '/is-date': (visit) => ({ isDate: visit['since'] instanceof Date }),
    })

    const { cookie } = await get('/date')

    expect((await get('/is-date', cookie)).body).toEqual({ isDate: true })
    expect((await get('/get')).body).toEqual({})
  })

  it('what a slow and a fast request write is there afterwards, in 20 of 20 rounds', async () => {
    let held = gate()
    const { get } = await site({
      '/slow': async (visit, request) => {
        await held.pass()
        visit[`slow${(request.query as { round: string }).round}`] = true
        return {}
      },
    })
    const { cookie } = await get('/set')

    for (let round = 0; round < 20; round++) {
      held = gate()
      const slow = get(`/slow?round=${round}`, cookie)
      await held.entered
      await get(`/field/fast${round}`, cookie)
      held.open()
      await slow
    }

    const names = Array.from({ length: 20 }, (_, round) => [`slow${round}`, `fast${round}`]).flat()
    const { body } = await get('/get', cookie)
    expect(Object.keys(body as object).toSorted()).toEqual(['n', ...names].toSorted())
  })

  it.each([{ rolling: true }, { rolling: false }])(
    'of 50 requests at once none loses what it wrote: %j',
    async (manner) => {
      const { get } = await site({}, { ...manner, cookie: { secure: false, maxAge: 60_000 } })
      const { cookie } = await get('/set')

      await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/field/f${index}`, cookie)))

      expect(Object.keys((await get('/get', cookie)).body as object)).toHaveLength(51)
    },
  )

  it('a slow request that ends after a logout brings nothing back, and is answered', async () => {
    const held = gate()
    const { get, cache } = await site({
      '/slow': async (visit) => {
        await held.pass()
        visit['late'] = true
        await visit.save()
        return { answered: true }
      },
    })
    const told: string[] = []
    cache.on('error', ({ error }) => told.push((error as { code: string }).code))
    const { cookie } = await get('/set')

    const slow = get('/slow', cookie)
    await held.entered
    await get('/logout', cookie)
    held.open()

    expect(await slow).toMatchObject({ status: 200, body: { answered: true } })
    expect(await cache.keys()).toEqual([])
    expect((await get('/get', cookie)).body).toEqual({})
    expect(new Set(told)).toEqual(new Set(['ERR_SESSION_REVOKED']))
  })

  it('a request that only read does not bring back what was destroyed', async () => {
    const held = gate()
    const { get, cache } = await site({
      '/slow': async () => {
        await held.pass()
        return {}
      },
    })
    const { cookie } = await get('/set')

    const slow = get('/slow', cookie)
    await held.entered
    await get('/logout', cookie)
    held.open()
    await slow

    expect(await cache.keys()).toEqual([])
  })

  it('regenerate takes along what is asked for and leaves a slow request nothing to write to', async () => {
    const held = gate()
    const { get, store } = await site({
      '/slow': async (visit) => {
        await held.pass()
        visit['late'] = true
        return {}
      },
      '/regenerate': async (visit, request) => {
        await visit.regenerate(['n'])
        visitOf(request)['fresh'] = true
        return {}
      },
    })
    const before = await get('/set')

    const slow = get('/slow', before.cookie)
    await held.entered
    const after = await get('/regenerate', before.cookie)
    held.open()
    await slow

    expect(await store.length()).toBe(1)
    expect((await get('/get', before.cookie)).body).toEqual({})
    expect((await get('/get', after.cookie)).body).toEqual({ n: 1, fresh: true })
  })

  it('reload forgets what was not saved, sees what others saved and is merged from there', async () => {
    const held = gate()
    const { get } = await site({
      '/reload': async (visit, request) => {
        visit['mine'] = true
        await held.pass()
        await visit.reload()
        const fields = fieldsOf(visitOf(request))
        visitOf(request)['after'] = true
        return fields
      },
    })
    const { cookie } = await get('/set')

    const reloaded = get('/reload', cookie)
    await held.entered
    await get('/field/theirs', cookie)
    held.open()

    expect((await reloaded).body).toEqual({ n: 1, theirs: true })
    expect((await get('/get', cookie)).body).toEqual({ n: 1, theirs: true, after: true })
  })

  it('options for one session, and saving twice, are merged as well', async () => {
    const held = gate()
    const { get, store } = await site(
      {
        '/remember': async (visit) => {
          visit.options({ maxAge: 3_600_000 })
          visit['first'] = true
          await visit.save()
          await held.pass()
          visit['second'] = true
          return {}
        },
      },
      { cookie: { secure: false, maxAge: 60_000 } },
    )
    const { cookie } = await get('/set')

    const remembered = get('/remember', cookie)
    await held.entered
    await get('/field/theirs', cookie)
    held.open()
    await remembered

    expect((await get('/get', cookie)).body).toEqual({ n: 1, first: true, theirs: true, second: true })
    expect((await store.all())[0]?.cookie.originalMaxAge).toBe(3_600_000)
  })

  it('a request that only reads asks for GET alone, and for PEXPIRE when cookies roll', async () => {
    for (const [rolling, expected] of [
      [false, { get: 1 }],
      [true, { get: 1, pexpire: 1 }],
    ] as const) {
      const { get, cache } = await site({}, { rolling })
      const { cookie } = await get('/set')

      const commands = await commandsOf(cache, () => get('/get', cookie))

      expect(commands).toEqual(expected)
    }
  })

  it('a rolling cookie and its session end together and go on together', async () => {
    const { get, cache, store } = await site({}, { cookie: { secure: false, maxAge: 60_000 } })
    const { cookie } = await get('/set')
    const [key = ''] = await cache.keys()
    await cache.expire(key, '10s')

    const { setCookie } = await get('/get', cookie)

    const expires = Date.parse(/Expires=([^;]+)/.exec(setCookie[0] ?? '')?.[1] ?? '')
    const stored = (await store.all())[0]?.cookie.expires
    expect(Math.abs(expires - Date.now() - Number(await cache.pttl(key)))).toBeLessThan(3000)
    expect(Math.abs(Number(stored) - expires)).toBeLessThan(3000)
  })

  it('a session whose time is over is nobody, and leaves nothing', async () => {
    const { get, store } = await site()
    const { cookie } = await get('/set')
    const [id = ''] = await store.ids()

    await store.set(id, { cookie: { originalMaxAge: null, expires: new Date(Date.now() - 1) }, n: 1 })

    expect((await get('/get', cookie)).body).toEqual({})
    expect(await store.length()).toBe(0)
  })

  it('what is in the store shows in no session', async () => {
    const { get } = await site({
      '/look': (visit) => ({ names: Object.keys(visit), cookie: visit.cookie, text: JSON.stringify(visit) }),
    })
    const { cookie } = await get('/set')

    const { body } = await get('/look', cookie)

    expect(body).toMatchObject({ names: ['cookie', 'n'] })
    expect(JSON.stringify(body)).not.toContain('everwarm')
  })

  it('a hung Redis is a 503 within the deadline, and afterwards everybody is there still', async () => {
    const { get } = await site()
    const { cookie } = await get('/set')

    ground.redis().pause()
    const begun = performance.now()
    const [loading, saving] = await Promise.all([get('/get', cookie), get('/set')])
    const ms = performance.now() - begun
    ground.redis().resume()

    for (const answer of [loading, saving]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'ERR_SESSION_UNAVAILABLE' }, setCookie: [] })
    }
    expect(ms).toBeLessThan(1200)
    await expect.poll(async () => (await get('/get', cookie)).body).toEqual({ n: 1 })
  })
})

it('the store fits the type of @fastify/session', async () => {
  const store: FastifyStore = new SessionStore({ cache: await cacheOn(ground) })

  const answer = await new Promise((resolve) =>
    store.get('nobody', (error: unknown, session) => resolve([error, session])),
  )

  expect(answer).toEqual([null, undefined])
})
