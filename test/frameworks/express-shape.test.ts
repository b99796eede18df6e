import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'

import express5, { type Request, type Response as Reply } from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'

import { session } from '../../src/frameworks/express.ts'
import { createCache } from '../../src/index.ts'
import { createSessions } from '../../src/sessions/index.ts'

setFlagsFromString('--allow-natives-syntax')
const haveSameShape = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean

interface Exchange {
  readonly request: Request
  readonly response: Reply
}

describe.each([
  ['express 4', express4],
  ['express 5', express5],
])('what %s makes of requests', (_name, express) => {
  async function exchanges(count: number): Promise<Exchange[]> {
    const seen: Exchange[] = []
    const app = express()
    app.use(session(createSessions({ cache: createCache() })))
    app.use((request, response) => {
      seen.push({ request, response })
      response.json({ user: request.session.userId ?? null })
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    for (let each = 0; each < count; each++) expect(await (await fetch(url)).json()).toEqual({ user: null })
    await new Promise((resolve) => server.close(resolve))
    return seen
  }

  it('shares one shape among requests, and one among responses, so that what they are given costs little', async () => {
    const [first, second] = (await exchanges(4)).slice(-2) as [Exchange, Exchange]

    expect(haveSameShape(first.request, second.request)).toBe(true)
    expect(haveSameShape(first.response, second.response)).toBe(true)
  })

  it('still has a response for each request, and a request for each response', async () => {
    for (const { request, response } of await exchanges(2)) {
      expect(request.res).toBe(response)
      expect(response.req).toBe(request)
      expect(Object.keys(request)).toContain('res')
      expect(Object.keys(response)).toContain('req')
    }
  })
})
