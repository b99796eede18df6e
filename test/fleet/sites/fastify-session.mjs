import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { SessionStore } from 'everwarm/express-session'

import { createFastifySite } from './fastify-app.mjs'
import { storedVisit } from './visits.mjs'

export function createSite(cache, secret) {
  const store = new SessionStore({ cache })
  const register = (app) => {
    app.register(cookie)
    app.register(session, { store, secret, saveUninitialized: false, cookie: { secure: false } })
  }
  return createFastifySite(register, storedVisit)
}
