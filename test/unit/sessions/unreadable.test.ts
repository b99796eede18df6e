import { describe, expect, it } from 'vitest'

import { djangoSessions } from '../../../src/django/sessions.ts'
import { SessionStore } from '../../../src/frameworks/express-session.ts'
import { type Cache, createCache } from '../../../src/index.ts'
import { createSessions } from '../../../src/sessions/index.ts'

const key = 'Abcdefgh'.repeat(4)
const value = 'a secret value'

type Read = (cache: Cache) => Promise<unknown>

describe.each<[string, string, Read]>([
  [
    'sessions under their plain keys',
    `session:${key}`,
    (cache) => createSessions({ cache, hashKeys: false }).load(`sessionid=${key}`),
  ],
  [
    "Django's sessions",
    `django.contrib.sessions.cache${key}`,
    (cache) => {
      const SESSION_ENGINE = 'django.contrib.sessions.backends.cache'
      return djangoSessions({ SESSION_ENGINE }, { caches: { default: cache } }).load(`sessionid=${key}`)
    },
  ],
  ['sessions of express-session', `sess:${key}`, (cache) => new SessionStore({ cache }).get(key)],
])('of %s', (_name, name, read) => {
  it('a record that cannot be read is told without the key, which is a login, and without its value', async () => {
    const cache = createCache()
    await cache.set(name, value)
    const told: unknown[] = []
    cache.on('error', ({ error }) => told.push(error))

    await read(cache).catch(() => undefined)

    const all = told.map((error) => JSON.stringify([String(error), error, (error as Error).stack])).join('\n')
    expect(all).toContain('ERR_DECODE')
    expect(all).not.toContain(key)
    expect(all).not.toContain(value)
  })
})
