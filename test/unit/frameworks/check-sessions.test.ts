import { describe, expect, it } from 'vitest'

import { session as onExpress } from '../../../src/frameworks/express.ts'
import { session as onFastify } from '../../../src/frameworks/fastify.ts'
import { session as onHono } from '../../../src/frameworks/hono.ts'
import { session as onKoa } from '../../../src/frameworks/koa.ts'
import { createCache, OptionError } from '../../../src/index.ts'
import { createSessions } from '../../../src/sessions/index.ts'

describe.each([
  ['express', onExpress],
  ['fastify', onFastify],
  ['hono', onHono],
  ['koa', onKoa],
])('session() for %s', (_name, session) => {
  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['options', { cookie: {} }, 'an object'],
    ['a promise', Promise.resolve(), 'an object'],
    ['a URL', 'redis://localhost', "'redis://localhost'"],
  ])('says at once that %s is no sessions', (_what, given, kind) => {
    expect(() => session(given as never)).toThrow(OptionError)
    expect(() => session(given as never)).toThrow(
      `session(sessions): expected what createSessions() or djangoSessions() made, got ${kind}`,
    )
  })

  it('takes sessions', () => {
    const sessions = createSessions({ cache: createCache() })

    expect(session(sessions)).toBeTypeOf('function')
  })
})
