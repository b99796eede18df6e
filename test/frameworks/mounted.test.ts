import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'

import { session as expressSession, type SessionRequest } from '../../src/frameworks/express.ts'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as honoSession } from '../../src/frameworks/hono.ts'
import { session as koaSession } from '../../src/frameworks/koa.ts'
import { createCache } from '../../src/index.ts'
import { createSessions, type Session, type Sessions } from '../../src/sessions/index.ts'

/** What becomes of a request that finds this session there: the error that it ends with, if any. */
type Ask = (sessions: Sessions, there: unknown) => Promise<unknown>

const byExpress: Ask = (sessions, there) =>
  new Promise((resolve) => {
    const request = { session: there as Session, headers: {} } as SessionRequest
    expressSession(sessions)(request, {} as never, resolve)
  })

const byKoa: Ask = async (sessions, there) => {
  const { createContext } = new Koa() as unknown as { createContext: (...args: object[]) => { session: unknown } }
  const ctx = Object.assign(createContext.call(new Koa(), { headers: {} }, {}), { session: there })
  return Promise.resolve(koaSession(sessions)(ctx as never, async () => {})).catch((error: unknown) => error)
}

const byHono: Ask = async (sessions, there) => {
  const told: unknown[] = []
  const app = new Hono()
  app.use((c, next) => {
    c.set('session', there as Session)
    return next()
  })
  app.use(honoSession(sessions)).onError((error, c) => (told.push(error), c.text('')))
  await app.request('/')
  return told[0]
}

const mine = () => createSessions({ cache: createCache() })

describe.each([
  ['Express', byExpress],
  ['Koa', byKoa],
  ['Hono', byHono],
])('sessions in %s', (_name, ask) => {
  it.each([
    ['a session of another middleware', async () => ({ user: 'x' })],
    ['one of other sessions of this package', async () => mine().load(undefined)],
  ])('say that there is %s, and do not pass it for theirs', async (_what, other) => {
    const sessions = mine()

    const error = await ask(sessions, await other())

    expect(error).toMatchObject({ code: 'ERR_OPTION', option: 'session' })
  })
})

it('in Fastify say that there are other sessions of this package', async () => {
  const app = Fastify()
  await app.register(fastifySession(mine()))
  app.register(async (inner) => await inner.register(fastifySession(mine())))

  const ready = Promise.resolve(app.ready())

  await expect(ready).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'session' })
})
