import { expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { createSessions } from '../../../src/sessions/index.ts'
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
