import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { createSessions } from '../../src/sessions/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { ending, firstSuccess } from '../support/settled.ts'

let server: RedisServer
let cache: Cache

beforeAll(async () => {
  server = await startRedis()
  cache = createCache({ location: server.url, deadline: '300ms' })
})

afterEach(async () => {
  server.resume()
  await firstSuccess(() => cache.has('key'))
})

afterAll(async () => {
  server.resume()
  await cache.close()
  await server.close()
})

it('a hung Redis ends every call on sessions within the deadline', async () => {
  const sessions = createSessions({ cache })
  const begun = await sessions.load(undefined)
  await begun.login('u')
  const cookie = `sessionid=${begun.key}`
  const [a, b, c, d, e, f] = await Promise.all(Array.from({ length: 6 }, () => sessions.load(cookie)))
  if (a === undefined) throw new Error('No session')
  a.data['x'] = 1

  server.pause()
  const endings = await Promise.all(
    [
      sessions.load(cookie),
      sessions.commit(a, { status: 200, secure: true }),
      b?.login('u'),
      c?.logout(),
      d?.cycleKey(),
      e?.reload(),
      f?.atomically((data) => void (data['n'] = 1)),
      sessions.list('u'),
      sessions.revoke('u'),
    ].map((call) => ending(Promise.resolve(call))),
  )
  server.resume()

  expect(endings.map(({ error }) => error?.code)).toEqual(endings.map(() => 'ERR_SESSION_UNAVAILABLE'))
  expect(Math.max(...endings.map(({ ms }) => ms))).toBeLessThan(1000)
})

it('everybody is logged in still when a hung Redis goes on', async () => {
  const sessions = createSessions({ cache })
  const begun = await sessions.load(undefined)
  await begun.login('v')
  const cookie = `sessionid=${begun.key}`

  server.pause()
  const { error } = await ending(sessions.load(cookie))
  server.resume()
  await firstSuccess(() => sessions.load(cookie))

  expect(error).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE', status: 503, operation: 'load' })
  expect((await sessions.load(cookie)).userId).toBe('v')
})

it('a cache that ignores errors does not make a session out of a failure', async () => {
  await using careless = createCache({ location: server.url, deadline: '200ms', ignoreErrors: true })
  const sessions = createSessions({ cache: careless })
  const begun = await sessions.load(undefined)
  begun.data['x'] = 1
  await begun.save()

  server.pause()
  const { error } = await ending(sessions.load(`sessionid=${begun.key}`))

  expect(error).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' })
})

it('a stopped Redis is told at once, and a visitor without a cookie needs none', async () => {
  const stopped = await startRedis()
  await using away = createCache({ location: stopped.url, deadline: '300ms' })
  const sessions = createSessions({ cache: away })
  await stopped.close()

  const { ms, error } = await ending(sessions.load(`sessionid=${'A'.repeat(32)}`))
  const visitor = await sessions.load('other=1')

  expect(error).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' })
  expect(ms).toBeLessThan(500)
  expect(visitor.isNew).toBe(true)
})
