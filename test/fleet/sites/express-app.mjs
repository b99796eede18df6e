import { createServer } from 'node:http'

import { answer } from '../pages.mjs'

export function createExpressSite(express, sessions, visitOf) {
  const app = express()
  app.set('env', 'test')
  app.use(sessions)
  app.use((req, res, next) => {
    void answer(visitOf(req), req.url).then(({ status, body }) => res.status(status).json(body), next)
  })
  return createServer(app)
}
