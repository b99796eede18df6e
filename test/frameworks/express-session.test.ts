import { createServer } from 'node:http'

import { RedisStore } from 'connect-redis'
import express5, { type ErrorRequestHandler, type Request, type Response as Reply } from 'express'
import expressSession, { type SessionOptions, type Store } from 'express-session'
import express4 from 'express4'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'

import { SessionStore, type SessionStoreOptions } from '../../src/frameworks/express-session.ts'
import { type Cache, createCache, isEverwarmError } from '../../src/index.ts'
import { freshPrefix } from '../support/redis.ts'
import { type Answer, ask, cacheOn, commandsOf, done, gate } from './store-support.ts'
import { prepareGround } from './support.ts'

declare module 'express-session' {
  interface SessionData {
    /** Asked of every session, so that a store that knows nothing of it is seen to fit nevertheless. */
    required: number
  }
}

/** What express-session gives a handler. */
interface Visit {
  [field: string]: unknown
  readonly id: string
  readonly cookie: { maxAge: number | null; expires: Date | null; originalMaxAge: number | null }
  save(done?: (error: unknown) => void): unknown
  destroy(done?: (error: unknown) => void): unknown
  regenerate(done: (error: unknown) => void): unknown
  reload(done: (error: unknown) => void): unknown
}

type Page = (visit: Visit, request: Request, response: Reply) => unknown
type Pages = Readonly<Record<string, Page>>

interface Site {
  readonly store: SessionStore
  readonly cache: Cache
  readonly get: (path: string, cookie?: string) => Promise<Answer>
}

const ground = prepareGround()
const secret = 'a secret of the test'

const pages: Pages = {
  '/set': (visit, _req, res) => {
    visit['n'] = 1
    res.json({})
  },
  '/get': (visit, _req, res) => {
    const { cookie: _cookie, ...fields } = visit
    res.json(fields)
  },
  '/field/:name': (visit, req, res) => {
    visit[req.params['name'] as string] = true
    res.json({})
  },
  '/logout': async (visit, _req, res) => {
    await done((tell) => visit.destroy(tell))
    res.json({})
  },
}

describe.each([
  ['express 4', express4],
  ['express 5', express5],
])('express-session on %s', (_name, express) => {
  async function site(
    more: Pages = {},
    options: Partial<SessionOptions> = {},
    storeOptions: Omit<SessionStoreOptions, 'cache'> = {},
  ): Promise<Site> {
    const cache = await cacheOn(ground)
    const store = new SessionStore({ cache, ...storeOptions })
    const app = express()
    app.use(expressSession({ store, secret, resave: false, saveUninitialized: false, ...options }))
    for (const [path, page] of Object.entries({ ...pages, ...more })) {
      app.get(path, (req, res) => void page(req.session as unknown as Visit, req, res))
    }
    const answerError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
      if (res.headersSent || !isEverwarmError(error)) return next(error)
      res.status((error as unknown as { status: number }).status).json({ code: error.code })
    }
    app.use(answerError)
    const url = await ground.listen(createServer(app))
    return {
      store,
      cache,
      get: (path, cookie) => ask(url + path, cookie),
    }
  }

  it('a session comes back to the browser that began it', async () => {
    const { get } = await site()

    const set = await get('/set')
    const seen = await get('/get', set.cookie)

    expect(seen.body).toEqual({ n: 1 })
    expect((await get('/get')).body).toEqual({})
  })

  it('what a slow and a fast request write is there afterwards, in 20 of 20 rounds', async () => {
    let held = gate()
    const { get } = await site({
      '/slow/:round': async (visit, req, res) => {
        await held.pass()
        visit[`slow${String(req.params['round'])}`] = true
        res.json({})
      },
    })
    const cookie = (await get('/set')).cookie

    for (let round = 0; round < 20; round++) {
      held = gate()
      const slow = get(`/slow/${round}`, cookie)
      await held.entered
      await get(`/field/fast${round}`, cookie)
      held.open()
      await slow
    }

    const names = Array.from({ length: 20 }, (_, round) => [`slow${round}`, `fast${round}`]).flat()
    const seen = (await get('/get', cookie)).body as object
    expect(Object.keys(seen).toSorted()).toEqual(['n', ...names].toSorted())
  })

  it('of 50 requests at once none loses what it wrote', async () => {
    const { get } = await site({}, { cookie: { maxAge: 60_000 } })
    const cookie = (await get('/set')).cookie

    await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/field/f${index}`, cookie)))

    expect(Object.keys((await get('/get', cookie)).body as object)).toHaveLength(51)
  })

  it('a slow request that ends after a logout brings nothing back, and is answered', async () => {
    const held = gate()
    const { get, cache } = await site({
      '/slow': async (visit, _req, res) => {
        await held.pass()
        visit['late'] = true
        await done((tell) => visit.save(tell))
        res.json({ answered: true })
      },
    })
    const told: string[] = []
    cache.on('error', ({ error }) => told.push((error as { code: string }).code))
    const cookie = (await get('/set')).cookie

    const slow = get('/slow', cookie)
    await held.entered
    await get('/logout', cookie)
    held.open()

    expect((await slow).body).toEqual({ answered: true })
    expect(await cache.keys()).toEqual([])
    expect((await get('/get', cookie)).body).toEqual({})
    expect(new Set(told)).toEqual(new Set(['ERR_SESSION_REVOKED']))
  })

  it('a request that only read does not bring back what was destroyed', async () => {
    const held = gate()
    const { get, cache } = await site({
      '/slow': async (_visit, _req, res) => {
        await held.pass()
        res.json({})
      },
    })
    const cookie = (await get('/set')).cookie

    const slow = get('/slow', cookie)
    await held.entered
    await get('/logout', cookie)
    held.open()
    await slow

    expect(await cache.keys()).toEqual([])
  })

  it('a session saved while its response runs is not brought back at the end of it', async () => {
    const held = gate()
    const { get, cache, store } = await site({
      '/stream': async (visit, _req, res) => {
        visit['user'] = 'bob'
        await done((tell) => visit.save(tell))
        res.write('begun')
        await held.pass()
        visit['late'] = true
        res.end()
      },
    })

    const response = get('/stream')
    await held.entered
    await store.destroy((await store.ids())[0] ?? '')
    held.open()
    await response

    expect(await cache.keys()).toEqual([])
  })

  it('regenerate leaves a slow request nothing to write to', async () => {
    const held = gate()
    const { get, store } = await site({
      '/slow': async (visit, _req, res) => {
        await held.pass()
        visit['late'] = true
        res.json({})
      },
      '/regenerate': async (visit, req, res) => {
        await done((tell) => visit.regenerate(tell))
        ;(req.session as unknown as Visit)['fresh'] = true
        res.json({})
      },
    })
    const cookie = (await get('/set')).cookie

    const slow = get('/slow', cookie)
    await held.entered
    const regenerated = await get('/regenerate', cookie)
    held.open()
    await slow

    expect(await store.all()).toEqual([
      { cookie: expect.anything() as object, fresh: true, id: expect.any(String) as string },
    ])
    expect((await get('/get', cookie)).body).toEqual({})
    expect((await get('/get', regenerated.cookie)).body).toEqual({ fresh: true })
  })

  it('passport logs in and out: regenerate, then save', async () => {
    const { get, store } = await site({
      '/login': async (visit, req, res) => {
        await done((tell) => visit.regenerate(tell))
        const next = req.session as unknown as Visit
        // keepSessionInfo copies everything that the old session has.
        for (const name in visit) if (next[name] === undefined) next[name] = visit[name]
        next['passport'] = { user: 42 }
        await done((tell) => next.save(tell))
        res.json({})
      },
      '/leave': async (visit, req, res) => {
        delete (visit['passport'] as { user?: number }).user
        await done((tell) => visit.save(tell))
        await done((tell) => visit.regenerate(tell))
        res.json({ id: req.sessionID })
      },
    })
    const before = (await get('/set')).cookie

    const during = (await get('/login', before)).cookie
    const seen = (await get('/get', during)).body
    await get('/leave', during)

    expect(seen).toEqual({ n: 1, passport: { user: 42 } })
    expect((await get('/get', before)).body).toEqual({})
    expect((await get('/get', during)).body).toEqual({})
    expect(await store.all()).not.toContainEqual(expect.objectContaining({ n: 1 }))
  })

  it('a request that only reads asks for GET and PEXPIRE, without touch for GET alone', async () => {
    for (const [disableTouch, expected] of [
      [false, { get: 1, pexpire: 1 }],
      [true, { get: 1 }],
    ] as const) {
      const { get, cache } = await site({}, { cookie: { maxAge: 60_000 } }, { disableTouch })
      const cookie = (await get('/set')).cookie
      const [key = ''] = await cache.keys()
      await cache.expire(key, '10s')

      const commands = await commandsOf(cache, () => get('/get', cookie))

      expect(commands).toEqual(expected)
      expect(Number(await cache.pttl(key)) > 50_000).toBe(!disableTouch)
    }
  })

  it('resave without a change prolongs a session and does not write it', async () => {
    const { get, cache } = await site({}, { resave: true })
    const cookie = (await get('/set')).cookie

    const commands = await commandsOf(cache, () => get('/get', cookie))

    expect(commands).toEqual({ get: 1, pexpire: 1 })
  })

  it('a rolling cookie and its session end together, of requests that only read too', async () => {
    const { get, cache } = await site({}, { rolling: true, cookie: { maxAge: 60_000 } })
    const cookie = (await get('/set')).cookie
    const [key = ''] = await cache.keys()
    await cache.expire(key, '10s')

    const response = await get('/get', cookie)

    const expires = Date.parse(/Expires=([^;]+)/.exec(response.setCookie[0] ?? '')?.[1] ?? '')
    expect(Math.abs(expires - Date.now() - Number(await cache.pttl(key)))).toBeLessThan(3000)
  })

  it('a visitor who sets nothing has no session, or one with saveUninitialized', async () => {
    for (const saveUninitialized of [false, true]) {
      const { get, store } = await site({}, { saveUninitialized })

      const response = await get('/get')

      expect(await store.length()).toBe(saveUninitialized ? 1 : 0)
      expect(response.setCookie).toHaveLength(saveUninitialized ? 1 : 0)
    }
  })

  it("unset: 'destroy' ends the session", async () => {
    const { get, store } = await site(
      {
        '/unset': (_visit, req, res) => {
          Reflect.deleteProperty(req, 'session')
          res.json({})
        },
      },
      { unset: 'destroy' },
    )
    const cookie = (await get('/set')).cookie

    await get('/unset', cookie)

    expect(await store.length()).toBe(0)
  })

  it('a cookie keeps its age and attributes, and dates stay dates', async () => {
    const { get } = await site(
      {
        '/date': (visit, _req, res) => {
          visit['since'] = new Date(0)
          res.json({})
        },
        '/facts': (visit, _req, res) => {
          const { originalMaxAge, expires, maxAge } = visit.cookie
          res.json({
            isDate: visit['since'] instanceof Date,
            originalMaxAge,
            end: expires instanceof Date,
            left: Number(maxAge) > 50_000,
            cookie: visit.cookie,
          })
        },
      },
      { cookie: { maxAge: 60_000, sameSite: 'lax', path: '/' } },
    )
    const cookie = (await get('/date')).cookie

    expect((await get('/facts', cookie)).body).toEqual({
      isDate: true,
      originalMaxAge: 60_000,
      end: true,
      left: true,
      cookie: {
        originalMaxAge: 60_000,
        expires: expect.any(String) as string,
        httpOnly: true,
        path: '/',
        sameSite: 'lax',
      },
    })
  })

  it('a cookie of its own age, and one that is over, are what the session goes by', async () => {
    const { get, cache, store } = await site({
      '/remember': (visit, _req, res) => {
        visit.cookie.maxAge = 3_600_000
        visit['remembered'] = true
        res.json({})
      },
      '/end': (visit, _req, res) => {
        visit.cookie.maxAge = -1
        visit['ended'] = true
        res.json({})
      },
    })
    const cookie = (await get('/set')).cookie
    const [key = ''] = await cache.keys()
    const usual = Number(await cache.pttl(key))

    await get('/remember', cookie)
    const remembered = Number(await cache.pttl(key))
    await get('/end', cookie)

    expect(usual).toBeGreaterThan(86_000_000)
    expect(remembered).toBeLessThanOrEqual(3_600_000)
    expect(await store.length()).toBe(0)
  })

  it('reload forgets what was not saved and sees what others saved', async () => {
    const held = gate()
    const { get } = await site({
      '/reload': async (visit, req, res) => {
        visit['mine'] = true
        await held.pass()
        await done((tell) => visit.reload(tell))
        const { cookie: _cookie, ...fields } = req.session as unknown as Visit
        ;(req.session as unknown as Visit)['after'] = true
        res.json(fields)
      },
    })
    const cookie = (await get('/set')).cookie

    const reloaded = get('/reload', cookie)
    await held.entered
    await get('/field/theirs', cookie)
    held.open()

    expect((await reloaded).body).toEqual({ n: 1, theirs: true })
    expect((await get('/get', cookie)).body).toEqual({ n: 1, theirs: true, after: true })
  })

  it('a session is loaded without a request, as for a WebSocket, and saved', async () => {
    const { get, store } = await site()
    const cookie = (await get('/set')).cookie
    const [id = ''] = await store.ids()

    const visit = await new Promise<Visit>((resolve, reject) => {
      store.load<Visit>(id, (error, loaded) => (loaded === undefined ? reject(error) : resolve(loaded)))
    })
    visit['socket'] = true
    await done((tell) => visit.save(tell))

    expect((await get('/get', cookie)).body).toEqual({ n: 1, socket: true })
  })

  it('fields whose names express-session has taken stay in the record', async () => {
    const { get, cache } = await site()
    const { cookie } = await get('/set')
    const [key = ''] = await cache.keys()
    const taken = { id: 'mine', save: 'it', touch: 1, constructor: 2, toString: 3 }
    await cache.set(key, { ...(await cache.get<object>(key)), ...taken })

    await get('/field/x', cookie)

    expect(await cache.get(key)).toMatchObject({ ...taken, n: 1, x: true })
    expect((await get('/get', cookie)).body).toEqual({ n: 1, x: true })
  })

  it('a hung Redis is a 503 within the deadline, and afterwards everybody is there still', async () => {
    const { get } = await site()
    const cookie = (await get('/set')).cookie

    ground.redis().pause()
    const begun = performance.now()
    const responses = await Promise.all([get('/get', cookie), get('/set', cookie)])
    const ms = performance.now() - begun
    ground.redis().resume()

    for (const response of responses) {
      expect(response.status).toBe(503)
      expect(response.setCookie).toEqual([])
      expect(response.body).toEqual({ code: 'ERR_SESSION_UNAVAILABLE' })
    }
    expect(ms).toBeLessThan(1200)
    await expect.poll(async () => (await get('/get', cookie)).body).toEqual({ n: 1 })
  })

  it('a Redis that hangs before the session is saved tells save, and the response ends', async () => {
    const { get } = await site({
      '/hang': async (visit, _req, res) => {
        ground.redis().pause()
        visit['n'] = 2
        const error = await done((tell) => visit.save(tell)).catch((failure: unknown) => failure)
        const destroyed = await done((tell) => visit.destroy(tell)).catch((failure: unknown) => failure)
        res.json([error, destroyed].map((failure) => (failure as { code: string }).code))
      },
      '/forgotten': (visit, _req, res) => {
        ground.redis().pause()
        visit.destroy()
        setTimeout(() => res.json({}), 800)
      },
    })
    const cookie = (await get('/set')).cookie

    const begun = performance.now()
    const hung = await get('/hang', cookie)
    const ms = performance.now() - begun
    ground.redis().resume()
    await expect.poll(async () => (await get('/get', cookie)).status).toBe(200)
    const forgotten = await get('/forgotten', cookie)

    expect(hung.body).toEqual(['ERR_SESSION_UNAVAILABLE', 'ERR_SESSION_UNAVAILABLE'])
    expect(ms).toBeLessThan(2000)
    expect(forgotten.status).toBe(200)
  })
})

describe('a store for express-session', () => {
  it('fits its type, and never tells it to go on without sessions', async () => {
    const store: Store = new SessionStore({ cache: await cacheOn(ground) })
    const told: unknown[] = []

    store.on('disconnect', () => told.push('disconnect'))

    expect(store.listenerCount('disconnect')).toBe(1)
    expect(told).toEqual([])
  })

  it('takes over what connect-redis wrote, and is read by it', async () => {
    const client = createClient({ url: ground.redis().url })
    await client.connect()
    ground.closeAfterwards(() => client.close())
    const prefix = `${freshPrefix()}sess:`
    const before = new RedisStore({ client, prefix })
    const cache = createCache({
      location: ground.redis().url,
      keyFunction: (key) => key,
      reverseKeyFunction: (wireKey) => wireKey,
    })
    ground.closeAfterwards(() => cache.close())
    const store = new SessionStore({ cache, prefix })
    const expires = new Date(Date.now() + 60_000)
    const session = { cookie: { originalMaxAge: 60_000, expires }, cart: ['book'] }
    await before.set('a', session as never)

    const taken = await store.get('a')
    await store.set('a', Object.assign(taken ?? {}, { user: 42 }))

    expect(taken).toMatchObject(session)
    expect(await before.get('a')).toMatchObject({
      cart: ['book'],
      user: 42,
      cookie: { expires: expires.toISOString() },
    })
    expect(await store.ids()).toEqual(['a'])
    expect(await client.pTTL(`${prefix}a`)).toBeGreaterThan(50_000)
  })
})
