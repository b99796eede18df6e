import { session } from 'everwarm/fastify'
import { createSessions } from 'everwarm/sessions'

import { createFastifySite } from './fastify-app.mjs'
import { ownVisit } from './visits.mjs'

export function createSite(cache) {
  const register = (app) => app.register(session(createSessions({ cache })))
  return createFastifySite(register, (request) => ownVisit(request.session))
}
