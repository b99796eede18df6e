/**
 * Sessions, without any framework.
 *
 * ```ts
 * import { createSessions } from 'everwarm/sessions'
 * ```
 *
 * Adapters for frameworks carry, they decide nothing. Each does the same four things:
 *
 * 1. `const session = await sessions.load(cookieHeader)` when a request comes; its errors go to the framework's error
 *    handling (`error.status` is 503), and the cookie is left as it is.
 * 2. Hands `session` to the handlers.
 * 3. Before the headers go: `await sessions.commit(session, { status, secure })`, then appends `setCookie`, if any, as one
 *    more `Set-Cookie` and adds `Cookie` to `Vary` if `vary`. When it rejects, the response is not sent but the error.
 * 4. Only for streams, before the response ends: `await sessions.commit(session, { status, secure, headersSent: true })`.
 *    When it rejects, the response is cut off.
 *
 * @module
 */

/**
 * The fields of a session. Name your own by declaring them once:
 *
 * ```ts
 * declare module 'everwarm/sessions' {
 *   interface SessionData { cart?: string[] }
 * }
 * ```
 */
export interface SessionData {
  [field: string]: unknown
}

export type { Commit, ResponseFacts } from './commit.ts'
export type { SessionCookieOptions } from './cookie-options.ts'
export type { Device } from './devices.ts'
export type { SessionExpiry } from './expiry.ts'
export type { Conflict, Merge } from './merge.ts'
export type { SessionsOptions } from './options.ts'
export type { LoginOptions, Session } from './session.ts'
export { createSessions } from './sessions.ts'
export type { RevokeOptions, Sessions } from './sessions.ts'
