import { describe, expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { createSessions, type Session, type Sessions } from '../../../src/sessions/index.ts'
import { sessionsWith } from '../../../src/sessions/sessions.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

/** A store that runs `meanwhile` once, right before it deletes anything. */
function interrupted(store: Store, meanwhile: () => Promise<void>): Store {
  let isFirst = true
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'delete') return member.bind(target) as unknown
      return async (keys: readonly string[]): Promise<number> => {
        if (isFirst) {
          isFirst = false
          await meanwhile()
        }
        return target.delete(keys)
      }
    },
  })
}

it('a session does not get away from its revocation by a new key', async () => {
  let meanwhile = async (): Promise<void> => {}
  const store = interrupted(memoryStore(), () => meanwhile())
  const sessions = createSessions({ cache: cacheOf(resolveCacheOptions({}), store) })
  const session = await sessions.load(undefined)
  await session.login('u')
  const cookie = `sessionid=${session.key}`

  meanwhile = () => expect(session.cycleKey()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
  await sessions.revoke('u')

  expect((await sessions.load(cookie)).isNew).toBe(true)
  expect((await sessions.load(`sessionid=${session.key}`)).isNew).toBe(true)
  expect(await sessions.list('u')).toEqual([])
})

it('a session in use does not get away from its revocation by being prolonged', async () => {
  let meanwhile = async (): Promise<void> => {}
  const store = interrupted(memoryStore(), () => meanwhile())
  const sessions = createSessions({ cache: cacheOf(resolveCacheOptions({}), store) })
  const session = await sessions.load(undefined)
  await session.login('u')

  meanwhile = async () => {
    session.setExpiry('1h')
    await expect(session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
  }
  await sessions.revoke('u')

  expect(await sessions.list('u')).toEqual([])
  expect((await sessions.load(`sessionid=${session.key}`)).isNew).toBe(true)
})

describe.each([
  ['was revoked', (sessions: Sessions, _session: Session) => sessions.revoke('u')],
  ['was logged out', (_sessions: Sessions, session: Session) => session.logout()],
])('a session that %s', (_how, end) => {
  it.each([
    ['that reads it', () => {}],
    ['that writes to it', (session: Session) => void (session.data['late'] = true)],
    ['that changes it atomically', (session: Session) => session.atomically(() => {}).catch(() => {})],
  ])('is not listed anew by a slow request %s, when its time was to begin anew', async (_what, work) => {
    const clock = { time: Date.parse('2026-01-01T00:00:00Z'), now: () => clock.time }
    const cache = cacheOf(resolveCacheOptions({}), memoryStore({ clock }))
    const sessions = sessionsWith({ cache, idle: '1h' }, { clock })
    const session = await sessions.load(undefined)
    await session.login('u')
    clock.time += 600_000
    const slow = await sessions.load(`sessionid=${session.key}`)

    await end(sessions, session)
    await work(slow)
    const { outcome } = await sessions.commit(slow, { status: 200, secure: true })

    expect(outcome).toBe('refused')
    expect(await cache.keys()).toEqual([])
    expect(await sessions.revoke('u')).toBe(0)
  })
})

it('a session that got a new key is listed once, though a slow request by the old one begins its time anew', async () => {
  const clock = { time: Date.parse('2026-01-01T00:00:00Z'), now: () => clock.time }
  const sessions = sessionsWith(
    { cache: cacheOf(resolveCacheOptions({}), memoryStore({ clock })), idle: '1h' },
    { clock },
  )
  const session = await sessions.load(undefined)
  await session.login('u')
  clock.time += 600_000
  const slow = await sessions.load(`sessionid=${session.key}`)

  await session.cycleKey()
  slow.data['late'] = true
  await sessions.commit(slow, { status: 200, secure: true })

  expect((await sessions.load(`sessionid=${session.key}`)).data).toEqual({ late: true })
  expect(await sessions.revoke('u')).toBe(1)
})
