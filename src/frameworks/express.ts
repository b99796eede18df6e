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
import { type HeldHead, holdResponse } from './held-response.ts'

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
 */
export function session(sessions: Sessions): SessionMiddleware {
  return function everwarmSession(request, response, next) {
    if (request.session === undefined) void begin(sessions, { request, response, next })
    else next()
  }
}

interface Exchange {
  readonly request: SessionRequest
  readonly response: ServerResponse
  readonly next: (error?: unknown) => void
}

async function begin(sessions: Sessions, exchange: Exchange): Promise<void> {
  const { request, next } = exchange
  try {
    const session = await sessions.load(request.headers.cookie)
    request.session = session
    carry(sessions, session, exchange)
  } catch (error) {
    next(error)
    return
  }
  next()
}

function carry(sessions: Sessions, session: Session, { request, response, next }: Exchange): void {
  const commit = (status: number, headersSent: boolean) =>
    sessions.commit(session, { status, secure: isSecure(request), headersSent })

  holdResponse(response, {
    beforeHeaders: async (head) => {
      const { setCookie, vary } = await commit(head.statusCode, false)
      if (vary) addVary(head)
      if (setCookie !== undefined) head.appendHeader('Set-Cookie', setCookie)
    },
    beforeEnd: async () => void (await commit(response.statusCode, true)),
    refused: next,
  })
}

function isSecure(request: SessionRequest): boolean {
  return request.secure ?? Reflect.get(request.socket, 'encrypted') === true
}

function addVary(head: HeldHead): void {
  const vary = String(head.getHeader('Vary') ?? '')
  const names = vary.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('*') || names.includes('cookie')) return
  head.setHeader('Vary', vary === '' ? 'Cookie' : `${vary}, Cookie`)
}
