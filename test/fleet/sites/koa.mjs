import { createServer } from 'node:http'

import { session } from 'everwarm/koa'
import { createSessions } from 'everwarm/sessions'
import Koa from 'koa'

import { answer } from '../pages.mjs'
import { ownVisit } from './visits.mjs'

export function createSite(cache) {
  const app = new Koa()
  app.silent = true
  app.use(session(createSessions({ cache })))
  app.use(async (ctx) => {
    const { status, body } = await answer(ownVisit(ctx.session), ctx.url)
    ctx.status = status
    ctx.body = body
  })
  const respond = app.callback()
  return createServer((req, res) => void respond(req, res))
}
