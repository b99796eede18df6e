import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'

import type { DjangoSessions } from '../../src/django/sessions.ts'
import { session } from '../../src/frameworks/express.ts'
import type { Session } from '../../src/sessions/index.ts'

/** What a page here does, given its session. */
export type Page = (session: Session) => unknown

/** A site of ours next to a Django site. */
export interface ExpressSite {
  readonly url: string
  /** Answers the path of a page that does this. */
  page(work: Page): string
  stop(): Promise<void>
}

export async function startExpress(sessions: DjangoSessions): Promise<ExpressSite> {
  const pages: Page[] = []
  const app = express()
  app.use(session(sessions))
  app.get('/page/:index', (request, response, next) => {
    const page = pages[Number(request.params.index)]
    void Promise.resolve(page?.(request.session)).then((answer) => response.json({ answer: answer ?? null }), next)
  })
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    page: (work) => `${url}/page/${pages.push(work) - 1}`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve).closeAllConnections())
    },
  }
}
