import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { stream, streamSSE, streamText } from 'hono/streaming'
import { describe, expect, it } from 'vitest'

import { appOf, listen, type Page, pages, redis, sessionsOn, siteOf, useRedis } from './hono-site.ts'
import { cookieOf } from './support.ts'

useRedis()

const patient = { timeout: 10_000 }

describe.each(['light', 'platform'] as const)('the answers in Hono with the %s Response', (kind) => {
  const site = (...args: Parameters<typeof appOf>) => siteOf(appOf(...args), kind)

  it('a stream keeps what is set before it begins and while it runs', async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      '/stream': (c) => {
        c.var.session.data['before'] = true
        return stream(c, async (out) => {
          for (let chunk = 0; chunk < 50; chunk++) {
            await out.write('x'.repeat(50_000))
            if (chunk === 25) c.var.session.data['during'] = true
          }
          c.var.session.data['last'] = true
        })
      },
    })

    const response = await get('/stream')
    const text = await response.text()

    expect(text).toHaveLength(2_500_000)
    expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true, last: true })
  })

  it('the events of a stream arrive while it runs, and what it set is kept', async () => {
    const sessions = sessionsOn()
    const { promise: gotFirst, resolve: first } = deferred()
    const get = await site(sessions, {
      '/events': (c) => {
        c.var.session.data['before'] = true
        return streamSSE(c, async (out) => {
          await out.writeSSE({ data: 'first' })
          await gotFirst
          c.var.session.data['during'] = true
          await out.writeSSE({ data: 'last' })
        })
      },
    })

    const response = await get('/events')
    const texts: string[] = []
    for await (const bytes of response.body ?? []) {
      texts.push(Buffer.from(bytes as Uint8Array).toString())
      first()
    }

    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(texts.join('')).toBe('data: first\n\ndata: last\n\n')
    expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true })
  })

  it('a stream is one however it is answered', async () => {
    const sessions = sessionsOn()
    const begin = (c: Context) => {
      c.var.session.data['before'] = true
      return bodyOf(['a', 'b'], () => void (c.var.session.data['during'] = true))
    }
    const get = await site(sessions, {
      '/body': (c) => c.body(begin(c), 201),
      '/response': (c) => new Response(begin(c), { status: 201 }),
      '/copied': (c) => {
        c.header('x-copied', 'yes')
        c.res = new Response(begin(c), { status: 201 })
        c.header('x-copied', 'twice')
        return c.res
      },
    })

    for (const path of ['/body', '/response', '/copied']) {
      const response = await get(path)

      expect([response.status, await response.text()]).toEqual([201, 'ab'])
      expect((await sessions.load(cookieOf(response))).data).toEqual({ before: true, during: true })
    }
  })

  it('of a response that cannot be saved nothing goes, neither its headers nor its stream', async () => {
    const { promise: aborted, resolve: abort } = deferred()
    const answers: Record<string, Page> = {
      '/redirect': (c) => c.redirect('/there'),
      '/stream': (c) =>
        stream(c, async (out) => {
          out.onAbort(abort)
          await out.write('first')
          await aborted
        }),
    }
    const behind = ([path, page]: [string, Page]) => {
      const both = (c: Context) => {
        setCookie(c, 'other', '1')
        c.header('Content-Length', '5')
        c.var.session.data['n'] = 1
        return page(c)
      }
      return [path, both] as const
    }
    const prepare = (app: Hono) => void app.use(cors())
    const get = await site(sessionsOn(), Object.fromEntries(Object.entries(answers).map(behind)), prepare)

    redis.pause()
    const responses = await Promise.all(Object.keys(answers).map((path) => get(path)))
    redis.resume()

    for (const response of responses) {
      expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable'])
      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get('location')).toBeNull()
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
    await aborted
  })

  it('a stream whose last changes cannot be saved is cut off', async () => {
    const { promise: gotHeaders, resolve: headers } = deferred()
    const get = await site(sessionsOn(), {
      '/stream': (c) => {
        c.var.session.data['n'] = 1
        return streamText(c, async (out) => {
          await out.write('first')
          await gotHeaders
          redis.pause()
          c.var.session.data['n'] = 2
          await out.write('last')
        })
      },
    })

    const response = await get('/stream')
    headers()

    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('what a stream changed before its client went away is saved', async () => {
    const sessions = sessionsOn()
    const { promise: aborted, resolve: abort } = deferred()
    const get = await site(sessions, {
      '/stream': (c) => {
        c.var.session.data['before'] = true
        return stream(c, async (out) => {
          out.onAbort(() => {
            c.var.session.data['aborted'] = true
            abort()
          })
          await out.write('first')
          c.var.session.data['during'] = true
          await aborted
        })
      },
    })
    const client = new AbortController()

    const response = await get('/stream', '', { signal: client.signal })
    await response.body?.getReader().read()
    client.abort()
    await aborted

    await expect
      .poll(async () => (await sessions.load(cookieOf(response))).data, patient)
      .toEqual({ before: true, during: true, aborted: true })
  })

  it.each([
    ['never stops', {}, () => new Promise<void>(() => {})],
    ['takes its time to stop', { stopped: true }, () => sleep(20)],
  ])('what a stream set is saved when its client went away, also when it %s', async (_name, last, stop) => {
    const sessions = sessionsOn()
    const { promise: changed, resolve: change } = deferred()
    const get = await site(sessions, {
      '/stream': (c) => {
        const { data } = c.var.session
        data['before'] = true
        const pull = async (controller: ReadableStreamDefaultController) => {
          controller.enqueue(new Uint8Array(1))
          await sleep(50)
          data['during'] = true
          change()
          await new Promise(() => {})
        }
        return c.body(new ReadableStream({ pull, cancel: () => stop().then(() => void (data['stopped'] = true)) }))
      },
    })
    const client = new AbortController()

    const response = await get('/stream', '', { signal: client.signal })
    await changed
    client.abort()

    await expect
      .poll(async () => (await sessions.load(cookieOf(response))).data, patient)
      .toEqual({ before: true, during: true, ...last })
  })

  it("an answer that was written on Node's own response is saved, too", async () => {
    const sessions = sessionsOn()
    const get = await site(sessions, {
      ...pages,
      '/raw': (c) => {
        c.var.session.data['raw'] = true
        ;(c.env as HttpBindings).outgoing.end('raw')
        return RESPONSE_ALREADY_SENT
      },
    })
    const cookie = cookieOf(await get('/set'))

    const response = await get('/raw', cookie)

    expect(await response.text()).toBe('raw')
    await expect.poll(async () => (await sessions.load(cookie)).data, patient).toEqual({ n: 1, raw: true })
    expect(RESPONSE_ALREADY_SENT.headers.get('vary')).toBeNull()
    expect(console.error).not.toHaveBeenCalled()
  })

  it('answers of every kind go as they are, together with the cookie', async () => {
    const sessions = sessionsOn()
    const inner = await site(sessionsOn(), { '/inner': (c) => c.text('from afar', 203, { etag: '"1"' }) })
    const answers: Record<string, Page> = {
      '/moved': (c) => c.redirect('/there', 303),
      '/moved-too': () => Response.redirect('http://localhost/there', 302),
      '/empty': (c) => c.body(null, 204),
      '/same': (c) => c.body(null, 304),
      '/missing': (c) => c.notFound(),
      '/proxied': () => inner('/inner'),
      '/bytes': (c) => c.body(new TextEncoder().encode('bytes')),
      '/buffer': (c) => c.body(new TextEncoder().encode('bytes').buffer),
      '/html': (c) => c.html(Promise.resolve('<p>')),
      '/text': () => new Response('text'),
    }
    const behind = ([path, page]: [string, Page]) => [path, (c: Context) => (pages['/set'](c), page(c))] as const
    const get = await site(sessions, Object.fromEntries(Object.entries(answers).map(behind)))

    const seen: Record<string, unknown> = {}
    for (const path of Object.keys(answers)) {
      const response = await get(path)
      seen[path] = [response.status, await response.text(), response.headers.get('location')].filter(Boolean)

      expect([path, (await sessions.load(cookieOf(response))).data]).toEqual([path, { n: 1 }])
    }
    expect(seen).toEqual({
      '/moved': [303, '/there'],
      '/moved-too': [302, 'http://localhost/there'],
      '/empty': [204],
      '/same': [304],
      '/missing': [404, '404 Not Found'],
      '/proxied': [203, 'from afar'],
      '/bytes': [200, 'bytes'],
      '/buffer': [200, 'bytes'],
      '/html': [200, '<p>'],
      '/text': [200, 'text'],
    })
    expect(cookieOf(await get('/text', '', { method: 'HEAD' }))).toMatch(/^sessionid=./)
  })

  it("one response for all carries nobody's cookie to anybody else", async () => {
    const get = await site(sessionsOn(), {
      '/shared': (c) => {
        if (c.req.query('set') !== undefined) pages['/set'](c)
        return shared
      },
    })
    const shared = new Response(null, { status: 204 })

    const [mine, others] = [await get('/shared?set'), await get('/shared')]

    expect(mine.headers.getSetCookie()).toHaveLength(1)
    expect(others.headers.getSetCookie()).toEqual([])
    expect(others.headers.get('vary')).toBeNull()
  })
})

describe('the server @hono/node-server', () => {
  it('sends what is no stream at once, as without sessions', async () => {
    const kept: string[] = []
    const app = appOf(sessionsOn(), pages, (app) =>
      app.use(async (c, next) => {
        await next()
        kept.push(inspect(c.res))
      }),
    )
    const url = await listen(createAdaptorServer({ fetch: app.fetch }))

    const lengths: unknown[] = []
    for (const path of Object.keys(pages)) lengths.push((await fetch(url + path)).headers.get('content-length'))

    expect(lengths).toEqual(['11', '2', '2'])
    for (const text of kept) expect(text).toMatch(/^Response \(lightweight\)[^]*nativeResponse: undefined/)
  })
})

describe('an app without a server', () => {
  it("answers with the handler's own response where nobody looked, and with an upgrade in any case", async () => {
    const own = new Response('text')
    const upgrade = Object.defineProperty(new Response(null), 'status', { value: 101 })
    const app = appOf(sessionsOn(), {
      '/own': () => own,
      '/upgrade': (c) => {
        c.var.session.data['n'] = 1
        return upgrade
      },
    })

    expect(await app.request('/own')).toBe(own)
    expect(await app.request('/upgrade')).toBe(upgrade)
    expect([...upgrade.headers]).toEqual([])
  })
})

function deferred<T = void>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => void (resolve = done))
  return { promise, resolve }
}

/** A stream of these texts, one every few milliseconds; `done` runs before its end. */
function bodyOf(texts: readonly string[], done: () => void): ReadableStream {
  let index = 0
  return new ReadableStream({
    pull: async (controller) => {
      await sleep(5)
      const text = texts[index++]
      if (text !== undefined) return controller.enqueue(new TextEncoder().encode(text))
      done()
      controller.close()
    },
  })
}
