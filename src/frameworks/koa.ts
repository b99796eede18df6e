/**
 * Sessions for Koa 2 and 3.
 *
 * ```ts
 * import { session } from 'everwarm/koa'
 *
 * app.use(session(sessions))
 * ```
 *
 * @module
 */

import type { ExtendableContext, Middleware } from 'koa'

import type { Session, Sessions } from '../sessions/index.ts'
import { carriedBy, carry } from './carry.ts'
import { checkSessions } from './check-sessions.ts'
import { isMounted } from './mounted.ts'

declare module 'koa' {
  interface ExtendableContext {
    /** This visitor's session: from the middleware of `everwarm/koa`. */
    session: Session
  }
}

/**
 * Gives each request its `ctx.session`, saves it before the response ends and sets its cookie before the headers go.
 * When it cannot be loaded, the middleware throws; when it cannot be saved, the error goes to `ctx.onerror` and so to the
 * app's `error` event: a `SessionUnavailableError`, which Koa answers with 503.
 *
 * @throws OptionError for what are no sessions.
 */
export function session(sessions: Sessions): Middleware<unknown, unknown> {
  checkSessions(sessions)
  return async function everwarmSession(ctx, next) {
    if (!isMounted(ctx.session, carriedBy(ctx.res), sessions, 'ctx.session')) await begin(sessions, ctx)
    await next()
  }
}

async function begin(sessions: Sessions, ctx: ExtendableContext): Promise<void> {
  const session = await sessions.load(ctx.req.headers.cookie)
  ctx.session = carry(
    { session, sessions },
    {
      response: ctx.res,
      isSecure: () => ctx.secure,
      refused: (error) => ctx.onerror(error as Error),
    },
  )
}
