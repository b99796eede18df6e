import cookies11 from '@fastify/cookie'
import fastify5, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import cookies9 from 'fastify-cookie9'
import fastify4 from 'fastify4'

import { session } from '../../src/frameworks/fastify.ts'
import type { Sessions } from '../../src/sessions/index.ts'

export type Page = (request: FastifyRequest, reply: FastifyReply) => unknown

export const pages: Readonly<Record<string, Page>> = {
  '/set': (req) => {
    req.session.data['n'] = 1
    return Promise.resolve({ ok: true })
  },
  '/get': async (req) => req.session.data,
  '/idle': async () => ({}),
}

export interface Setting {
  readonly trustProxy?: boolean
  /** What is registered before the sessions, and after them. */
  readonly before?: (app: FastifyInstance) => void
  readonly after?: (app: FastifyInstance) => void
}

// Their types differ in what is of no account here.
export const versions: readonly [string, typeof fastify5, typeof cookies11][] = [
  ['fastify 4', fastify4 as unknown as typeof fastify5, cookies9 as unknown as typeof cookies11],
  ['fastify 5', fastify5, cookies11],
]

type Ask = (path: string, cookie?: string, init?: RequestInit) => Promise<Response>

/** Makes a site with these pages; answers what asks for one. */
type SiteMaker = (sessions: Sessions, pages: Readonly<Record<string, Page>>, setting?: Setting) => Promise<Ask>

export function siteWith(
  Fastify: typeof fastify5,
  closeAfterwards: (close: () => Promise<unknown>) => void,
): SiteMaker {
  return async (sessions, pages, setting = {}) => {
    const app = Fastify({ trustProxy: setting.trustProxy ?? false, forceCloseConnections: true })
    closeAfterwards(() => app.close())
    setting.before?.(app)
    app.register(session(sessions))
    setting.after?.(app)
    app.register(async (inner) => {
      for (const [path, page] of Object.entries(pages)) inner.get(path, page)
    })
    const url = await app.listen({ port: 0 })
    return (path, cookie = '', init = {}) =>
      fetch(url + path, { redirect: 'manual', ...init, headers: { ...init.headers, ...(cookie && { cookie }) } })
  }
}
