import { createAdaptorServer } from '@hono/node-server'
import { session } from 'everwarm/hono'
import { createSessions } from 'everwarm/sessions'
import { Hono } from 'hono'

import { answer } from '../pages.mjs'
import { ownVisit } from './visits.mjs'

export function createSite(cache) {
  const app = new Hono()
  app.use(session(createSessions({ cache })))
  app.get('*', async (c) => {
    const { status, body } = await answer(ownVisit(c.var.session), c.req.url)
    return c.json(body, status)
  })
  return createAdaptorServer({ fetch: app.fetch })
}
