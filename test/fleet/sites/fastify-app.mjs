import fastify from 'fastify'

import { answer } from '../pages.mjs'

export async function createFastifySite(register, visitOf) {
  const app = fastify()
  register(app)
  app.get('/*', async (request, reply) => {
    const { status, body } = await answer(visitOf(request), request.url)
    reply.code(status)
    return body
  })
  await app.ready()
  return app.server
}
