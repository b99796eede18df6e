import { setImmediate as turn } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { SessionRevokedError } from '../../../src/index.ts'
import { randomFrom } from '../../support/mutations.ts'
import { ada, cachedDbEngine, cacheEngine, keyIn, openSite, type Subject } from './session-subjects.ts'

/** How often each race is run, each time in another order. */
const rounds = 200

type Pause = () => Promise<void>

function pauses(seed: number): Pause {
  const random = randomFrom(seed)
  return async () => {
    for (let turns = random(9); turns > 0; turns--) await turn()
  }
}

async function write(
  { load, respond }: Subject,
  key: string,
  field: string,
  pause: Pause,
): Promise<string | undefined> {
  await pause()
  const session = await load(key)
  await pause()
  session.data[field] = field
  await pause()
  return keyIn(await respond(session))
}

async function cycle({ load, respond }: Subject, key: string, pause: Pause): Promise<string | undefined> {
  await pause()
  const session = await load(key)
  await pause()
  await session.cycleKey().catch((error: unknown) => {
    if (!(error instanceof SessionRevokedError)) throw error
  })
  await pause()
  return keyIn(await respond(session))
}

async function login({ load, respond, sessions }: Subject, key: string, pause: Pause): Promise<string | undefined> {
  await pause()
  const session = await load(key)
  await pause()
  await sessions.login(session, ada)
  await pause()
  return keyIn(await respond(session))
}

async function logout({ load, respond }: Subject, key: string, pause: Pause): Promise<void> {
  await pause()
  const session = await load(key)
  await pause()
  await session.logout()
  await respond(session)
}

describe.each([cacheEngine, cachedDbEngine])('requests at once to sessions shared with Django, %s', (engine) => {
  const open = () => openSite({ SESSION_ENGINE: engine })
  const keyOf = (round: number) => `race${String(round).padStart(28, '0')}`

  it(`writers and two changes of the key: no write is lost and one response hands the key out, ${rounds} times`, async () => {
    const site = open()
    for (let round = 0; round < rounds; round++) {
      const [pause, key] = [pauses(round), keyOf(round)]
      const fields = ['a', 'b', 'c', 'd']
      await site.put(key, { kept: true })

      const answers = await Promise.all([
        ...fields.map((field) => write(site, key, field, pause)),
        cycle(site, key, pause),
        cycle(site, key, pause),
      ])
      const handedOut = new Set(answers.filter((next) => next !== undefined && next !== key))

      expect(handedOut.size, `round ${round}`).toBe(1)
      expect(await site.stored([...handedOut][0]), `round ${round}`).toEqual({
        kept: true,
        ...Object.fromEntries(fields.map((field) => [field, field])),
      })
    }
  })

  it(`nothing slow brings back what was logged out, not under a new key either, ${rounds} times`, async () => {
    const site = open()
    for (let round = 0; round < rounds; round++) {
      const [pause, key] = [pauses(round), keyOf(round)]
      const secret = `secret${round}`
      await site.put(key, { secret })

      await Promise.all([
        logout(site, key, pause),
        cycle(site, key, pause),
        ...['a', 'b', 'c'].map((field) => write(site, key, field, pause)),
      ])
      const everything = JSON.stringify([...(await site.cache.getMany(await site.cache.keys('django.*')))])

      expect(everything, `round ${round}`).not.toContain(secret)
    }
  })

  it(`a login that others overtake keeps nobody's rights under the old key, ${rounds} times`, async () => {
    const site = open()
    for (let round = 0; round < rounds; round++) {
      const [pause, key] = [pauses(round), keyOf(round)]
      await site.put(key, { cart: 1 })

      const [next] = await Promise.all([
        login(site, key, pause),
        write(site, key, 'evil', pause),
        cycle(site, key, pause),
      ])
      const old = await site.load(key)

      expect((await site.load(next)).userId, `round ${round}`).toBe('7')
      expect(old.userId, `round ${round}`).toBeUndefined()
      expect((await site.stored(key)) ?? {}, `round ${round}`).not.toHaveProperty('_auth_user_id')
    }
  })
})
