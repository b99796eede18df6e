import type { Request } from 'express'
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify'
import type { Context, MiddlewareHandler } from 'hono'
import type { Context as KoaContext, Middleware } from 'koa'
import { expectTypeOf } from 'vitest'

import { type DjangoSessions, djangoSessions } from '../../src/django/index.ts'
import { SessionStore, type StoredSession } from '../../src/frameworks/express-session.ts'
import { session as onExpress, type SessionMiddleware } from '../../src/frameworks/express.ts'
import { session as onFastify } from '../../src/frameworks/fastify.ts'
import { session as onHono } from '../../src/frameworks/hono.ts'
import { session as onKoa } from '../../src/frameworks/koa.ts'
import type { Cache } from '../../src/index.ts'
import {
  type Commit,
  createSessions,
  type Device,
  type Merge,
  type Session,
  type Sessions,
} from '../../src/sessions/index.ts'

declare module '../../src/sessions/index.ts' {
  interface SessionData {
    /** As a reader declares a field of the own application. */
    declaredInTypeTests?: string[]
  }
}

declare const cache: Cache
declare const session: Session

const sessions = createSessions({ cache, age: '14d', cookie: { secure: 'auto', sameSite: 'lax' }, lazy: true })
expectTypeOf(sessions).toEqualTypeOf<Sessions>()
// @ts-expect-error sessions need a cache
createSessions({})
// @ts-expect-error a URL is no cache
createSessions({ cache: 'redis://localhost' })
// @ts-expect-error an unknown option
createSessions({ cache, ttl: 5 })
// @ts-expect-error a unit that is missing
createSessions({ cache, idle: '14' })
// @ts-expect-error an unknown option of the cookie
createSessions({ cache, cookie: { maxAge: 5 } })
// @ts-expect-error a word that does not exist
createSessions({ cache, cookie: { sameSite: 'Lax' } })

const sum: Merge = (field, { base, mine, theirs }) => {
  expectTypeOf(field).toEqualTypeOf<string>()
  return Number(mine) + Number(theirs) - Number(base)
}
createSessions({ cache, merge: sum })

expectTypeOf(session.data.declaredInTypeTests).toEqualTypeOf<string[] | undefined>()
expectTypeOf(session.data['undeclared']).toEqualTypeOf<unknown>()
session.data['undeclared'] = new Map()
// @ts-expect-error another type than was declared
session.data.declaredInTypeTests = 5
// @ts-expect-error the data is changed and not replaced
session.data = {}

expectTypeOf(session.userId).toEqualTypeOf<string | undefined>()
expectTypeOf(session.key).toEqualTypeOf<string | undefined>()
expectTypeOf(session.expiresAt()).toEqualTypeOf<Date | null>()
expectTypeOf(session.load()).resolves.toEqualTypeOf<Session>()
expectTypeOf(session.atomically((data) => data.declaredInTypeTests?.length ?? 0)).resolves.toEqualTypeOf<number>()
void session.login(42n, { device: undefined })
// @ts-expect-error a user's id is a text or a number
void session.login({ id: 1 })
// @ts-expect-error the device is an option
void session.login('42', 'Firefox')
// @ts-expect-error who is logged in is said by login
session.userId = '42'

for (const expiry of [300, '5m', new Date(), 'browser', null, undefined] as const) session.setExpiry(expiry)
// @ts-expect-error no time
session.setExpiry('soon')

expectTypeOf(sessions.load(undefined)).resolves.toEqualTypeOf<Session>()
// @ts-expect-error the header, and not the request
void sessions.load({ headers: {} })
expectTypeOf(sessions.commit(session, { status: 200, secure: true })).resolves.toEqualTypeOf<Commit>()
expectTypeOf(sessions.list(7)).resolves.toEqualTypeOf<Device[]>()
expectTypeOf(sessions.revoke('7', { except: session.key })).resolves.toEqualTypeOf<number>()
// @ts-expect-error an unknown option
void sessions.revoke('7', { all: true })

expectTypeOf(onExpress(sessions)).toEqualTypeOf<SessionMiddleware>()
expectTypeOf(onFastify(sessions)).toEqualTypeOf<FastifyPluginCallback>()
expectTypeOf(
  onHono(sessions, { secure: (c) => c.req.header('x-forwarded-proto') === 'https' }),
).toEqualTypeOf<MiddlewareHandler>()
expectTypeOf(onKoa(sessions)).toEqualTypeOf<Middleware<unknown, unknown>>()
expectTypeOf<Request['session']>().toEqualTypeOf<Session>()
expectTypeOf<FastifyRequest['session']>().toEqualTypeOf<Session>()
expectTypeOf<Context['var']['session']>().toEqualTypeOf<Session>()
expectTypeOf<KoaContext['session']>().toEqualTypeOf<Session>()
declare const fastify: FastifyInstance
void fastify.register(onFastify(sessions))
// @ts-expect-error sessions, and not their options
onExpress({ cache })
// @ts-expect-error a function of the context
onHono(sessions, { secure: true })

const store = new SessionStore({ cache, ttl: (stored) => (stored.cookie.originalMaxAge === null ? '1h' : '1d') })
expectTypeOf(store.get('id')).resolves.toEqualTypeOf<StoredSession | undefined>()
expectTypeOf(store.length()).resolves.toEqualTypeOf<number>()
store.get('id', (_error, stored) => expectTypeOf(stored).toEqualTypeOf<StoredSession | undefined>())
// @ts-expect-error an unknown option
void new SessionStore({ cache, client: {} })

const shared = djangoSessions({ SESSION_COOKIE_AGE: 1209600 }, { caches: { default: cache }, django: '5.2' })
expectTypeOf(shared).toEqualTypeOf<DjangoSessions>()
expectTypeOf(shared).toExtend<Sessions>()
expectTypeOf(shared.check(session, undefined)).resolves.toEqualTypeOf<boolean>()
void shared.login(session, { id: 7, password: 'pbkdf2_sha256$...' }, { device: 'Firefox' })
// @ts-expect-error Django takes no login without the column of the password
void shared.login(session, { id: 7 })
