/**
 * Sessions for Hono.
 *
 * ```ts
 * import { session } from 'everwarm/hono'
 *
 * app.use(session(sessions))
 * app.get('/', (c) => c.json(c.var.session.data))
 * ```
 *
 * @module
 */

import type { Context, MiddlewareHandler } from 'hono'

import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError, SessionUnavailableError } from '../errors.ts'
import type { Session, Sessions } from '../sessions/index.ts'
import { checkSessions } from './check-sessions.ts'
import { carry, dropResponse } from './hono-response.ts'
import { answerable } from './hono-unavailable.ts'
import { isMounted, type Mounted } from './mounted.ts'

export type { SessionUnavailableException } from './hono-unavailable.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** This visitor's session: from the middleware of `everwarm/hono`. */
    session: Session
  }
}

/** Of the middleware. */
export interface HonoSessionOptions {
  /**
   * Whether a request came safely: for servers behind a proxy, of which Hono knows nothing.
   *
   * @defaultValue whether the URL of the request begins with `https:`
   */
  readonly secure?: (c: Context) => boolean
}

/**
 * Gives each request its `c.var.session`, saves it before the response ends and sets its cookie before the headers go.
 * When it cannot be loaded or saved, a {@link SessionUnavailableException} goes to `app.onError`, which Hono answers with 503.
 *
 * @throws OptionError
 */
export function session(sessions: Sessions, options: HonoSessionOptions = {}): MiddlewareHandler {
  checkSessions(sessions)
  const secure = checkSecure(options)
  return async function everwarmSession(c, next) {
    if (isMounted(c.get('session'), mounted.get(c), sessions, "c.get('session')")) return next()
    const session = await loaded(sessions, c)
    mounted.set(c, { session, sessions })
    c.set('session', session)
    await next()
    // Then Hono has an error of its own to tell.
    if (!c.finalized) return

    const status = statusOf(c)
    try {
      await carry(c, status, (headersSent) => sessions.commit(session, { status, secure: secure(c), headersSent }))
    } catch (error) {
      dropResponse(c)
      throw answerable(error)
    }
  }
}

const mounted = new WeakMap<Context, Mounted>()

function checkSecure(options: HonoSessionOptions): (c: Context) => boolean {
  checkOptions(options, ['secure'], 'session')
  const { secure = (c) => c.req.url.startsWith('https:') } = options
  if (typeof secure === 'function') return secure
  throw new OptionError('secure', `secure: expected a function of the context, got ${kindOf(secure)}`)
}

async function loaded(sessions: Sessions, c: Context): Promise<Session> {
  try {
    return await sessions.load(c.req.header('cookie'))
  } catch (error) {
    throw answerable(error)
  }
}

/** Hono answers 500 to an error out of a handler, whatever status it names. */
function statusOf({ error, res }: Context): number {
  return error instanceof SessionUnavailableError && res.status === 500 ? error.status : res.status
}
