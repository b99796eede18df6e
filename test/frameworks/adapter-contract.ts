import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

import type { Session, Sessions } from '../../src/sessions/index.ts'
import type { RedisServer } from '../../src/testing/index.ts'
import { cookieOf } from './support.ts'

/** A page of any framework: it answers with what this makes, as JSON. The query is what stands behind the question mark. */
export type PlainPage = (session: Session, query: string) => unknown

/** A site that a framework serves. */
export interface Site {
  readonly sessions: Sessions
  readonly redis: RedisServer
  readonly get: (path: string, cookie?: string, init?: RequestInit) => Promise<Response>
}

/** What a site is like. */
export interface Manner {
  /** Whether it believes what a proxy says. */
  readonly trustsProxy: boolean
  readonly onOutage: 'error' | 'anonymous'
}

/** Opens a site with these pages. */
export type OpenSite = (pages: Readonly<Record<string, PlainPage>>, manner: Manner) => Promise<Site>

const pages: Readonly<Record<string, PlainPage>> = {
  '/set': (session) => {
    session.data['n'] = 1
    return { ok: true }
  },
  '/get': (session) => session.data,
  '/idle': () => ({}),
  '/field': async (session, name) => {
    await sleep(Math.random() * 20)
    session.data[name] = true
    return {}
  },
  '/login': (session) => session.login('bob').then(() => ({})),
  '/logout': (session) => session.logout().then(() => ({})),
  '/slow': async (session) => {
    await sleep(100)
    session.data['late'] = true
    return {}
  },
  '/who': (session) => ({ user: session.userId ?? null }),
  '/change': (session) => {
    session.data['n'] = 5
    return { available: session.isAvailable }
  },
}

/** What holds on every framework. */
export function holdsOn(openSite: OpenSite): void {
  const open = (manner: Partial<Manner> = {}) => openSite(pages, { trustsProxy: false, onOutage: 'error', ...manner })

  it('a session that is set comes back, with Vary and a safe cookie', async () => {
    const { get } = await open()

    const set = await get('/set')
    const seen = await get('/get', cookieOf(set))

    expect(set.headers.getSetCookie()[0]).toMatch(
      /^sessionid=[\w-]{32}; Max-Age=12096\d\d; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/,
    )
    expect(set.headers.get('vary')).toBe('Cookie')
    expect(await seen.json()).toEqual({ n: 1 })
    expect(seen.headers.getSetCookie()).toEqual([])
  })

  it('a response for which nobody looked depends on no cookie', async () => {
    const { get } = await open()

    const response = await get('/idle', cookieOf(await get('/set')))

    expect(response.headers.get('vary')).toBeNull()
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('the session is saved before the client has its answer', async () => {
    const { get, sessions } = await open()
    for (let round = 0; round < 20; round++) {
      const cookie = cookieOf(await get('/set'))

      expect((await sessions.load(cookie)).data).toEqual({ n: 1 })
    }
  })

  it('HEAD is answered as GET is, without a body', async () => {
    const { get, sessions } = await open()

    const response = await get('/set', '', { method: 'HEAD' })

    expect([response.status, response.headers.get('vary'), await response.text()]).toEqual([200, 'Cookie', ''])
    // Hono tells none, without sessions neither.
    expect(['11', null]).toContain(response.headers.get('content-length'))
    expect((await sessions.load(cookieOf(response))).data).toEqual({ n: 1 })
  })

  it('the cookie is Secure behind a proxy that is trusted, and only there', async () => {
    const proxied = { headers: { 'x-forwarded-proto': 'https' } }
    const [trusting, wary] = [await open({ trustsProxy: true }), await open()]

    const safe = await trusting.get('/set', '', proxied)
    const others = [await trusting.get('/set'), await wary.get('/set', '', proxied)]

    expect(safe.headers.getSetCookie()[0]).toContain('; Secure;')
    for (const { headers } of others) expect(headers.getSetCookie()[0]).not.toContain('Secure')
  })

  it('of 50 requests at once none loses what it wrote', async () => {
    const { get, sessions } = await open()
    const cookie = cookieOf(await get('/set'))

    const responses = await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/field?f${index}`, cookie)))

    expect(responses.filter(({ ok }) => !ok)).toEqual([])
    expect(Object.keys((await sessions.load(cookie)).data)).toHaveLength(51)
  })

  it('a slow request that ends after a logout logs nobody in', async () => {
    const { get } = await open()
    const cookie = cookieOf(await get('/login'))
    expect(await (await get('/who', cookie)).json()).toEqual({ user: 'bob' })

    const slow = get('/slow', cookie)
    await sleep(30)
    const logout = await get('/logout', cookie)

    expect(logout.headers.getSetCookie()[0]).toMatch(/^sessionid=; Max-Age=0/)
    expect((await slow).headers.getSetCookie()).toEqual([])
    expect(await (await get('/who', cookie)).json()).toEqual({ user: null })
  })

  it("with onOutage 'anonymous' a hung Redis is a visitor without a session", async () => {
    const { get, redis } = await open({ onOutage: 'anonymous' })
    const cookie = cookieOf(await get('/set'))

    redis.pause()
    const response = await get('/change', cookie)
    redis.resume()

    expect([response.status, await response.json()]).toEqual([200, { available: false }])
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await (await get('/get', cookie)).json()).toEqual({ n: 1 })
  })
}

/** The pages as a framework has them. */
export function pagesOf<Page>(
  plain: Readonly<Record<string, PlainPage>>,
  make: (page: PlainPage) => Page,
): Record<string, Page> {
  return Object.fromEntries(Object.entries(plain).map(([path, page]) => [path, make(page)]))
}
