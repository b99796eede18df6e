/**
 * Sessions for Express 4 and 5, and for whatever else calls middleware with Node's own request and response.
 *
 * ```ts
 * import { session } from 'everwarm/express'
 *
 * app.use(session(sessions))
 * ```
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Session, Sessions } from '../sessions/index.ts'
import { carriedBy, carry } from './carry.ts'
import { checkSessions } from './check-sessions.ts'
import { shareShape } from './express-shape.ts'
import { isMounted, type Mounted } from './mounted.ts'

declare global {
  namespace Express {
    interface Request {
      /** This visitor's session: from the middleware of `everwarm/express`. */
      session: Session
    }
  }
}

/** What is used of a request. */
export interface SessionRequest extends IncomingMessage {
  session?: Session
  /** Express' own word on TLS, which minds its setting `trust proxy`. */
  readonly secure?: boolean
}

export type SessionMiddleware = (
  request: SessionRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Gives each request its `req.session`, saves it before the response ends and sets its cookie before the headers go.
 * When it cannot be loaded or saved, the error goes to `next`: a `SessionUnavailableError` with the status 503.
 *
 * @throws OptionError for what are no sessions.
 */
export function session(sessions: Sessions): SessionMiddleware {
  checkSessions(sessions)
  return function everwarmSession(request, response, next) {
    void begin(sessions, { request, response, next })
  }
}

interface Exchange {
  readonly request: SessionRequest
  readonly response: ServerResponse
  readonly next: (error?: unknown) => void
}

async function begin(sessions: Sessions, { request, response, next }: Exchange): Promise<void> {
  try {
    if (!isMounted(request.session, carriedBy(response), sessions, 'req.session')) {
      const session = await sessions.load(request.headers.cookie)
      mount({ session, sessions }, { request, response, next })
    }
  } catch (error) {
    next(error)
    return
  }
  next()
}

function mount(mounted: Mounted, { request, response, next }: Exchange): void {
  shareShape(request, 'res')
  shareShape(response, 'req')
  request.session = carry(mounted, { response, isSecure: () => isSecure(request), refused: next })
}

function isSecure(request: SessionRequest): boolean {
  return request.secure ?? Reflect.get(request.socket, 'encrypted') === true
}
