import Fastify from 'fastify'
import { expect, it } from 'vitest'

import { session } from '../../src/frameworks/fastify.ts'
import { createCache } from '../../src/index.ts'
import { createSessions } from '../../src/sessions/index.ts'

it('what a framework answers of an outage names no server, and the cause does', async () => {
  const server = '127.0.0.1:1'
  const cache = createCache({ location: `redis://${server}`, deadline: '2s' })
  const app = Fastify()
  const told: unknown[] = []
  app.addHook('onError', async (_request, _reply, error) => void told.push(error.cause))
  await app.register(session(createSessions({ cache })))
  app.get('/', (req, reply) => void reply.send(req.session.data))

  const response = await app.inject({ url: '/', headers: { cookie: `sessionid=${'k'.repeat(32)}` } })
  await Promise.all([app.close(), cache.close()])

  expect([response.statusCode, response.json()]).toEqual([
    503,
    expect.objectContaining({ code: 'ERR_SESSION_UNAVAILABLE' }),
  ])
  expect(response.body).not.toContain(server)
  expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining(server) as string })])
})
