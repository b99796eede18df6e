// One contender's web site, in a process of its own: `node server.mjs <contender> <redis url>`; tells its port.
import { createClient } from '@redis/client'
import { RedisStore } from 'connect-redis'
import { createCache } from 'everwarm'
import { json } from 'everwarm/codecs'
import { session } from 'everwarm/express'
import { createSessions } from 'everwarm/sessions'
import express from 'express'
import expressSession from 'express-session'

const [contender, url] = process.argv.slice(2)
const secret = 'a secret of the benchmark, not of a site'

/** The middleware of each contender, and how a handler comes to its fields. */
const contenders = {
  'no session': async () => ({ use: [], fieldsOf: (request) => (request.nothing ??= { visits: 0 }) }),
  'connect-redis': async () => {
    const client = await createClient({ url }).on('error', report).connect()
    return expressSessionOn(new RedisStore({ client, prefix: 'bench:connect:' }))
  },
  everwarm: async () => {
    const cache = createCache({ location: url, keyPrefix: 'bench', serializer: json() })
    const sessions = createSessions({ cache })
    return { use: [session(sessions)], fieldsOf: (request) => request.session.data }
  },
}

function expressSessionOn(store) {
  const use = [expressSession({ store, secret, resave: false, saveUninitialized: false })]
  return { use, fieldsOf: (request) => request.session }
}

const { use, fieldsOf } = await contenders[contender]()
const app = express()
for (const middleware of use) app.use(middleware)

app.get('/begin', (request, response) => {
  Object.assign(fieldsOf(request), { user: 'somebody', name: 'x'.repeat(200), visits: 1, cart: [{ id: 1, count: 2 }] })
  response.json({ begun: true })
})
app.get('/read', (request, response) => {
  response.json({ visits: fieldsOf(request).visits })
})
app.get('/write', (request, response) => {
  const fields = fieldsOf(request)
  fields.visits += 1
  response.json({ visits: fields.visits })
})
app.get('/ignore', (request, response) => {
  response.json({ ok: true })
})

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', () => process.send({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit(0))

function report(error) {
  console.error(error)
}
