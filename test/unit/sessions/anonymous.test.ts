import { expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { DeadlineError } from '../../../src/errors.ts'
import { createSessions } from '../../../src/sessions/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

function failing(store: Store, outage: { readonly isOn: boolean }): Store {
  const get: Store['get'] = async (key) => {
    if (outage.isOn) throw new DeadlineError('get', 1, 'The store fell silent')
    return store.get(key)
  }
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = name === 'get' ? get : Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** Sessions on a store that can be away, and a request of a user whose session could not be loaded. */
async function loadedInAnOutage() {
  const outage = { isOn: false }
  const cache = cacheOf(resolveCacheOptions({}), failing(memoryStore(), outage))
  const sessions = createSessions({ cache, onOutage: 'anonymous' })
  const begun = await sessions.load(undefined)
  await begun.login('ada')
  outage.isOn = true
  const session = await sessions.load(`sessionid=${begun.key}`)
  return { sessions, session, outage }
}

it('an anonymous session that stands in is not told to have ended: what needs the store is unavailable', async () => {
  const { session } = await loadedInAnOutage()

  expect([session.isAvailable, session.userId]).toEqual([false, undefined])
  for (const call of [
    () => session.reload(),
    () => session.save(),
    () => session.login('bob'),
    () => session.logout(),
    () => session.cycleKey(),
    () => session.atomically(() => {}),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' })
  }
})

it('an anonymous session that stands in is the real one when it is reloaded after the outage', async () => {
  const { sessions, session, outage } = await loadedInAnOutage()
  session.data['meanwhile'] = true

  outage.isOn = false
  await session.reload()
  session.data['after'] = true
  const { outcome } = await sessions.commit(session, { status: 200, secure: true })

  expect([session.isAvailable, session.userId, outcome]).toEqual([true, 'ada', 'saved'])
  expect(session.data).toEqual({ after: true })
})
