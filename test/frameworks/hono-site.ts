import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'

import type { Duration } from '../../src/base/duration.ts'
import { session } from '../../src/frameworks/hono.ts'
import { type Cache, createCache } from '../../src/index.ts'
import { createSessions, type Sessions } from '../../src/sessions/index.ts'
import type { SessionsOptions } from '../../src/sessions/options.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { freshPrefix } from '../support/redis.ts'

export type Page = (c: Context) => Response | Promise<Response>

/** Which class of responses handlers make: the one of `@hono/node-server`, or what the platform has. */
export type ResponseKind = 'light' | 'platform'

/** What was there before `@hono/node-server` put its own in their place. */
const platform = { Request, Response }

export let redis: RedisServer
const open: (() => Promise<unknown>)[] = []

/** A Redis for the tests of a file, and an end for all that each opens. */
export function useRedis(): void {
  beforeAll(async () => {
    redis = await startRedis()
    // The first connection of a process takes longer than a deadline may last.
    const cache = createCache(redis.url)
    await cache.connect()
    await cache.close()
  })

  // Hono tells there of each error that a handler did not catch.
  beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue())

  afterEach(async () => {
    redis.resume()
    vi.restoreAllMocks()
    await Promise.all(open.splice(0).map((close) => close()))
  })

  afterAll(() => redis.close())
}

export function sessionsOn(options: Partial<SessionsOptions> = {}): Sessions {
  return createSessions({ cache: cacheOn(), ...options })
}

export function cacheOn(deadline: Duration = '500ms'): Cache {
  const cache = createCache({ location: redis.url, keyPrefix: freshPrefix(), deadline })
  open.push(() => cache.close())
  return cache
}

export async function listen(server: ReturnType<typeof createAdaptorServer>): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open.push(() => new Promise((resolve) => (server as Server).close(resolve).closeAllConnections()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An app with these pages behind the middleware. */
export function appOf(
  sessions: Sessions,
  pages: Readonly<Record<string, Page>>,
  prepare: (app: Hono) => void = () => {},
): Hono {
  const app = new Hono()
  prepare(app)
  app.use(session(sessions))
  for (const [path, page] of Object.entries(pages)) app.all(path, page)
  return app
}

export const pages = {
  '/set': (c: Context): Response => {
    c.var.session.data['n'] = 1
    return c.json({ ok: true })
  },
  '/get': (c: Context): Response => c.json(c.var.session.data),
  '/idle': (c: Context): Response => c.json({}),
}

/** A site of this app; answers a function that asks for a page. */
export async function siteOf(
  app: Hono,
  kind: ResponseKind = 'light',
): Promise<(path: string, cookie?: string, init?: RequestInit) => Promise<Response>> {
  const descriptor = { writable: true, configurable: true }
  for (const [name, value] of Object.entries(platform))
    Object.defineProperty(globalThis, name, { value, ...descriptor })
  const url = await listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: kind === 'light' }))
  return (path: string, cookie = '', init: RequestInit = {}) =>
    fetch(url + path, {
      redirect: 'manual',
      ...init,
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
    })
}
