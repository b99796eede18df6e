import { dateOf, type StoredCookie } from './cookie.ts'
import type { StoredSession } from './fields.ts'

/** What express-session sets on its store: begins a new session for a request. */
export type Generate = (request: object) => void

/** What express-session has for a session that is there already. */
export interface SessionClasses {
  readonly Session: new (request: object, data: object) => object
  readonly cookiePrototype: object
}

interface SessionRequest {
  sessionID?: string
  session?: { readonly cookie: object }
}

/** As express-session's own Cookie knows them; `expires` and the age have a way of their own. */
const attributes = ['maxAge', 'partitioned', 'priority', 'secure', 'httpOnly', 'domain', 'path', 'sameSite'] as const

/**
 * Finds the classes in a session that express-session begins for this request: so the very copy of it is met that is in
 * use, and nobody else needs to have it.
 */
export function learnClasses(generate: Generate, request: SessionRequest): SessionClasses {
  const id = request.sessionID
  generate(request)
  const { session } = request
  if (id !== undefined) request.sessionID = id
  if (session === undefined) throw new TypeError('createSession: expected generate() to begin a session')
  return {
    Session: session.constructor as SessionClasses['Session'],
    cookiePrototype: Object.getPrototypeOf(session.cookie) as object,
  }
}

/** Makes `request.session` of what the store gave. */
export function inflate(classes: SessionClasses, request: object, data: object): object {
  const { cookie } = data as Partial<StoredSession>
  const session = new classes.Session(request, { ...data, cookie: inflateCookie(classes, cookie) })
  Object.assign(request, { session })
  return session
}

function inflateCookie({ cookiePrototype }: SessionClasses, stored: Partial<StoredCookie> = {}): object {
  const cookie: object = Object.assign(Object.create(cookiePrototype) as object, {
    path: '/',
    expires: dateOf(stored.expires),
    httpOnly: true,
  })
  for (const name of attributes) if (stored[name] !== undefined) Reflect.set(cookie, name, stored[name])
  // Setting the end sets the age to what is left, which is less than the browser was told at first.
  if (stored.originalMaxAge !== undefined) Reflect.set(cookie, 'originalMaxAge', stored.originalMaxAge)
  return cookie
}
