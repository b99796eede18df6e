import type { Context } from 'hono'

import type { Commit } from '../sessions/index.ts'
import { contentOf, isStream, savedAtEnd } from './hono-body.ts'
import { withCookie } from './vary.ts'

/** What describes a response that is given up. The other headers may be those of other middleware, such as for CORS. */
const ofTheResponse = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
  'set-cookie',
  'trailer',
  'transfer-encoding',
]

/** Saves the session before `c.res` ends, and puts what it needs among its headers. */
export async function carry(
  c: Context,
  status: number,
  commit: (headersSent: boolean) => Promise<Commit>,
): Promise<void> {
  const { res } = c
  const { content, statusText } = contentOf(res)
  if (isOutOfReach(res, content)) return void (await commit(true))
  const { setCookie, vary } = await commit(false)
  const isRunning = isStream(content)
  if (!vary && setCookie === undefined && !isRunning && status === res.status) return

  // In a copy: one response can be the answer to many requests, and one that fetch() got cannot be changed.
  const headers = new Headers(res.headers)
  if (vary) headers.set('Vary', withCookie(headers.get('Vary')))
  if (setCookie !== undefined) headers.append('Set-Cookie', setCookie)
  const body = isRunning ? savedAtEnd(content, () => commit(true)) : content
  replace(c, new Response(body, { status, statusText, headers }))
}

/** Forgets what was to be sent, to make room for an error. */
export function dropResponse(c: Context): void {
  const { content } = contentOf(c.res)
  // Whoever writes it is told that nobody reads it; one that was read already has nobody to tell.
  if (isStream(content)) void content.cancel().catch(() => {})
  const headers = new Headers(c.res.headers)
  for (const name of ofTheResponse) headers.delete(name)
  replace(c, new Response(null, { headers }))
}

/** The handler has answered by other means: by an upgrade, or on Node's own response. */
function isOutOfReach(response: Response, content: unknown): boolean {
  return response.status === 101 || (content === null && response.headers.has('x-hono-already-sent'))
}

/** Hono would add the headers of the former response. */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}
