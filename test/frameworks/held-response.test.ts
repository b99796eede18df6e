import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { session } from '../../src/frameworks/express.ts'
import { createCache, SessionUnavailableError } from '../../src/index.ts'
import { createSessions, type Session, type Sessions } from '../../src/sessions/index.ts'

const open: Server[] = []

afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))))

type Page = (response: ServerResponse, session: Session) => unknown

/** A server of Node's own with one page; `answerError` has the errors that the middleware hands on. */
async function site(
  page: Page,
  {
    sessions = createSessions({ cache: createCache() }),
    answerError = (response: ServerResponse, error: unknown): void => {
      response.statusCode = 500
      response.end((error as { code: string }).code)
    },
  } = {},
) {
  const use = session(sessions)
  const server = createServer((req: IncomingMessage & { session?: Session }, res) =>
    use(req, res, (error) => void (error === undefined ? page(res, req.session as Session) : answerError(res, error))),
  )
  open.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const dataAfter = async (response: Response) =>
    (await sessions.load(response.headers.getSetCookie().find((cookie) => cookie.startsWith('sessionid')))).data
  return { sessions, server, port, dataAfter, ask: () => fetch(`http://127.0.0.1:${port}/`) }
}

/** Sessions that cannot be saved. */
function unsaved(): Sessions {
  const sessions = createSessions({ cache: createCache() })
  return Object.assign(sessions, {
    commit: async () => {
      throw new SessionUnavailableError('save', 'The session is not available')
    },
  })
}

describe('a response that is held back', () => {
  it.each<[string, string, Page]>([
    ['a status that is none', 'ERR_HTTP_INVALID_STATUS_CODE', (res) => ((res.statusCode = 1000), res.end('x'))],
    ['a status that is none, by writeHead', 'ERR_HTTP_INVALID_STATUS_CODE', (res) => res.writeHead(99).end('x')],
    ['a line break in its status', 'ERR_INVALID_CHAR', (res) => res.writeHead(200, 'a\r\nb').end('x')],
    ['a body that is none', 'ERR_INVALID_ARG_TYPE', (res) => res.end(5)],
    ['a part that is none', 'ERR_INVALID_ARG_TYPE', (res) => (res.write(5), res.end())],
  ])('with %s is an error for the app', async (_what, code, page) => {
    const { ask } = await site((res, { data }) => {
      data['n'] = 1
      page(res, undefined as never)
    })

    const response = await ask()

    expect([response.status, response.statusText, await response.text()]).toEqual([500, 'Internal Server Error', code])
  })

  it('with an end that is none, after a part was sent, is cut off', async () => {
    const { ask } = await site(async (res) => {
      res.write('part')
      await sleep(20)
      res.end(5)
    })

    const response = await ask()

    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('keeps all cookies that are given at once, however their names are written', async () => {
    const { ask } = await site((res, { data }) => {
      data['n'] = 1
      res.writeHead(200, ['Set-Cookie', 'a=1', 'set-cookie', 'b=2']).end()
    })

    const response = await ask()

    expect(response.headers.getSetCookie().map((cookie) => cookie.slice(0, 3))).toEqual(['a=1', 'b=2', 'ses'])
  })

  it('that is ended twice tells both who wait for its end', async () => {
    const told: string[] = []
    const { ask } = await site((res) => {
      res.end('x', () => told.push('first'))
      res.end(() => told.push('second'))
    })

    await (await ask()).text()
    await sleep(20)

    expect(told.toSorted()).toEqual(['first', 'second'])
  })

  it('whose client goes away keeps what was changed until then', async () => {
    const { ask, sessions, port } = await site((res, { data }) => {
      const source = Readable.from(
        (async function* () {
          for (let part = 1; part <= 50; part++) {
            data['part'] = part
            yield 'part '
            await sleep(10)
          }
        })(),
      )
      source.pipe(res)
    })
    void ask

    const asking = request({ port, host: '127.0.0.1' })
      .on('error', () => {})
      .end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    response.on('error', () => {}).resume()
    await sleep(100)
    asking.destroy()
    const cookie = response.headers['set-cookie']?.[0]

    await vi.waitFor(async () => expect((await sessions.load(cookie)).data['part']).toBeGreaterThan(2))
  })

  it('that cannot be saved leaves an error nothing of what was said of it', async () => {
    const answerError = (res: ServerResponse): void => void ((res.statusCode = 503), res.end())
    const { ask } = await site(
      (res) => res.writeHead(201, 'Made', { 'Cache-Control': 'public, max-age=99', Expires: 'x', 'X-Own': '1' }).end(),
      { sessions: unsaved(), answerError },
    )

    const response = await ask()

    expect([response.status, response.statusText]).toEqual([503, 'Service Unavailable'])
    expect(['cache-control', 'expires', 'x-own'].map((name) => response.headers.get(name))).toEqual([null, null, '1'])
  })

  it.each<[string, Page]>([
    ['a body at once', (res) => res.end('x')],
    ['a length', (res) => res.writeHead(200, { 'Content-Length': 1 }).end('x')],
  ])('that had %s and cannot be saved leaves an error whose length is known', async (_what, page) => {
    const { ask } = await site(page, { sessions: unsaved() })

    const { headers } = await ask()

    expect(headers.get('content-length') ?? headers.get('transfer-encoding')).toMatch(/^(23|chunked)$/)
  })

  it('that cannot be saved leaves no trailers to an error, which Node would refuse', async () => {
    const answerError = (res: ServerResponse): void => void res.setHeader('Content-Length', 2).end('no')
    const { ask } = await site((res) => res.setHeader('Trailer', 'X-Sum').end('x'), {
      sessions: unsaved(),
      answerError,
    })

    expect(await (await ask()).text()).toBe('no')
  })

  it('that goes on being written before its error is answered does not look well', async () => {
    const { ask } = await site(
      async (res) => {
        res.write('a')
        await sleep(20)
        res.end('b')
      },
      { sessions: unsaved(), answerError: (res) => void setTimeout(() => res.end(), 100) },
    )

    expect((await ask()).status).toBe(500)
  })

  it('that goes on being written after its error was sent throws nothing at the process', async () => {
    const [ended, errors]: [unknown[], unknown[]] = [[], []]
    const large = 'E'.repeat(10_000_000)
    const { port } = await site(
      async (res) => {
        res.on('error', (error) => errors.push(error)).write('a')
        await sleep(50)
        ended.push(res.write('b'), res.end('c') === res)
      },
      { sessions: unsaved(), answerError: (res) => void ((res.statusCode = 503), res.end(large)) },
    )

    const client = connect(port, '127.0.0.1').pause()
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await vi.waitFor(() => expect(ended).toEqual([false, true]))
    const text = Buffer.concat(await client.end().toArray()).toString()

    expect(text).toContain(`\r\n\r\n${large}`)
    expect(text.endsWith('E')).toBe(true)
    expect(errors).toEqual([])
  })
})
