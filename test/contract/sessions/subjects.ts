import { describe } from 'vitest'

import { type Cache, createCache } from '../../../src/index.ts'
import { createSessions, type Session, type Sessions } from '../../../src/sessions/index.ts'
import type { SessionsOptions } from '../../../src/sessions/options.ts'
import { everyPlace } from '../../support/places.ts'
import { freshPrefix } from '../../support/redis.ts'

/** Sessions whose keys nobody else has, and the cache they are in. */
export interface Subject extends AsyncDisposable {
  readonly sessions: Sessions
  readonly cache: Cache
  /** A new session with this data, saved; its cookie. */
  begin(data?: Readonly<Record<string, unknown>>): Promise<string>
  /** The data that a cookie leads to, as a request of its own sees it. */
  seen(cookie: string | undefined): Promise<Record<string, unknown>>
}

export type Open = (options?: Omit<SessionsOptions, 'cache'>) => Subject

/** Declares the same tests for every place, or those that are named. */
export function describeSessions(name: string, body: (open: Open) => void, only?: readonly string[]): void {
  const places = everyPlace(2).filter((place) => only?.includes(place.name) ?? true)
  describe.each(places)(`${name}: $name`, ({ prepare }) => {
    const place = prepare()
    body((options) => openSubject(createCache({ ...place(), keyPrefix: freshPrefix() }), options))
  })
}

function openSubject(cache: Cache, options?: Omit<SessionsOptions, 'cache'>): Subject {
  const sessions = createSessions({ cache, ...options })
  return {
    sessions,
    cache,
    begin: async (data = { began: true }) => {
      const session = await sessions.load(undefined)
      Object.assign(session.data, data)
      return cookieOf(await respond(sessions, session)) as string
    },
    seen: async (cookie) => ({ ...(await sessions.load(cookie)).data }),
    [Symbol.asyncDispose]: () => cache.close(),
  }
}

/** Ends a request as an adapter does; the `Set-Cookie` of its response. */
export async function respond(sessions: Sessions, session: Session, status: number = 200): Promise<string | undefined> {
  return (await sessions.commit(session, { status, secure: true })).setCookie
}

/** What a browser sends back after such a `Set-Cookie`; `undefined` for one that takes the cookie away. */
export function cookieOf(setCookie: string | undefined): string | undefined {
  const pair = setCookie?.split(';')[0]
  return pair === undefined || pair.endsWith('=') ? undefined : pair
}
