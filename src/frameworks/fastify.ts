/**
 * Sessions for Fastify 4 and 5.
 *
 * ```ts
 * import { session } from 'everwarm/fastify'
 *
 * await app.register(session(sessions))
 * ```
 *
 * @module
 */

import type { ServerResponse } from 'node:http'

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'

import { SessionUnavailableError } from '../errors.ts'
import type { Session as OwnSession, Sessions } from '../sessions/index.ts'
import { carry } from './carry.ts'
import { checkSessions } from './check-sessions.ts'
import { taken } from './mounted.ts'

// By another name: @fastify/session adds a `Session` to this very module.
declare module 'fastify' {
  interface FastifyRequest {
    /** This visitor's session: from the plugin of `everwarm/fastify`. */
    session: OwnSession
  }
}

/** Where an app has its sessions; tells them from those of another plugin. */
const mark = Symbol.for('everwarm.fastify.session')

/**
 * Gives each request its `request.session`, saves it before the response ends and sets its cookie before the headers go.
 * When it cannot be loaded or saved, the error is answered as Fastify answers those of handlers: a
 * `SessionUnavailableError` with the status 503.
 *
 * @throws OptionError for what are no sessions.
 */
export function session(sessions: Sessions): FastifyPluginCallback {
  checkSessions(sessions)
  const plugin: FastifyPluginCallback = (fastify, _options, done) => {
    if (!fastify.hasDecorator(mark)) {
      if (fastify.hasRequestDecorator('session')) return done(taken('request.session', 'that of a plugin'))
      fastify.decorate(mark, sessions)
      fastify.decorateRequest('session', null as never)
      fastify.addHook('onRequest', (request, reply) => begin(sessions, request, reply))
    }
    done(Reflect.get(fastify, mark) === sessions ? undefined : taken('request.session', 'that of other sessions'))
  }
  return Object.assign(plugin, manners)
}

/** What a plugin tells Fastify of itself: its hooks are for all routes, not only for those inside it. */
const manners = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'everwarm/fastify',
  [Symbol.for('plugin-meta')]: { name: 'everwarm/fastify', fastify: '>=4' },
}

async function begin(sessions: Sessions, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const session = await sessions.load(request.headers.cookie)
  request.session = carry(
    { session, sessions },
    {
      response: reply.raw,
      isSecure: () => request.protocol === 'https',
      refused: (error) => refuse(reply, error),
    },
  )
}

/** Hands the error to Fastify, with nothing left of the body that could not be sent. */
function refuse(reply: FastifyReply, error: unknown): void {
  if (reply.sent) return failAlone(reply.raw, error)
  for (const header of ['content-type', 'content-length', 'transfer-encoding']) reply.removeHeader(header)
  // What is no error would be sent as an answer.
  void reply.send(error instanceof Error ? error : new Error('The session could not be saved', { cause: error }))
}

/** Of a reply that was hijacked Fastify wants to know nothing. */
function failAlone(response: ServerResponse, error: unknown): void {
  for (const header of response.getHeaderNames()) response.removeHeader(header)
  response.statusCode = error instanceof SessionUnavailableError ? error.status : 500
  response.statusMessage = ''
  response.end()
}
