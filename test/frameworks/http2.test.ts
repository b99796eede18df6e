import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'

import Fastify from 'fastify'
import Koa from 'koa'
import { expect, it } from 'vitest'

import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as koaSession } from '../../src/frameworks/koa.ts'
import { createCache } from '../../src/index.ts'
import { createSessions } from '../../src/sessions/index.ts'

const sessions = createSessions({ cache: createCache() })

async function ask(url: string, path: string) {
  const client = connect(url)
  const asked = client.request({ ':path': path })
  const [headers] = (await once(asked, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  const text = Buffer.concat(await asked.toArray()).toString()
  client.close()
  const cookie = headers['set-cookie']?.[0]?.split(';')[0]
  return { answer: `${headers[':status']} ${text}`, vary: headers.vary, data: (await sessions.load(cookie)).data }
}

it('fastify carries sessions by HTTP/2 as well', async () => {
  const app = Fastify({ http2: true })
  await app.register(fastifySession(sessions))
  app.get('/json', (req, reply) => void reply.send({ set: (req.session.data['n'] = 1) }))
  app.get('/stream', (req, reply) => {
    req.session.data['n'] = 1
    void reply.send(Readable.from(['a', 'b']))
  })
  const url = await app.listen({ port: 0 })

  const answers = [await ask(url, '/json'), await ask(url, '/stream')]
  await app.close()

  const saved = { vary: 'Cookie', data: { n: 1 } }
  expect(answers).toEqual([
    { answer: '200 {"set":1}', ...saved },
    { answer: '200 ab', ...saved },
  ])
})

it('koa carries sessions by HTTP/2 as well', async () => {
  const app = new Koa()
  app.use(koaSession(sessions))
  app.use((ctx) => {
    ctx.session.data['n'] = 1
    ctx.body = ctx.path === '/stream' ? Readable.from(['a', 'b']) : { set: 1 }
  })
  const callback = app.callback()
  const server = createServer((req, res) => void callback(req, res)).listen(0)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const answers = [await ask(url, '/json'), await ask(url, '/stream')]
  server.close()

  const saved = { vary: 'Cookie', data: { n: 1 } }
  expect(answers).toEqual([
    { answer: '200 {"set":1}', ...saved },
    { answer: '200 ab', ...saved },
  ])
})
