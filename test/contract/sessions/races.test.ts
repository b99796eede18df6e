import { setImmediate as turn } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { SessionRevokedError } from '../../../src/index.ts'
import { randomFrom } from '../../support/mutations.ts'
import { cookieOf, describeSessions, respond, type Subject } from './subjects.ts'

/** How often each race is run, each time in another order. */
const rounds = 150

/** Waits for a number of turns of the event loop that differs each time: what is on its way meanwhile gets ahead or not. */
type Pause = () => Promise<void>

function pauses(seed: number): Pause {
  const random = randomFrom(seed)
  return async () => {
    for (let turns = random(7); turns > 0; turns--) await turn()
  }
}

/** A request that writes a field of its own. */
async function write({ sessions }: Subject, cookie: string, field: string, pause: Pause): Promise<string | undefined> {
  await pause()
  const session = await sessions.load(cookie)
  await pause()
  session.data[field] = field
  await pause()
  return cookieOf(await respond(sessions, session))
}

/** A request that changes the key; the new cookie, when it is the one to hand it out. */
async function cycle({ sessions }: Subject, cookie: string, pause: Pause): Promise<string | undefined> {
  await pause()
  const session = await sessions.load(cookie)
  await pause()
  await session.cycleKey().catch(ignoreRevoked)
  await pause()
  return cookieOf(await respond(sessions, session))
}

async function logout({ sessions }: Subject, cookie: string, pause: Pause): Promise<void> {
  await pause()
  const session = await sessions.load(cookie)
  await pause()
  await session.logout()
  await respond(sessions, session)
}

async function login(
  { sessions }: Subject,
  cookie: string | undefined,
  user: string,
  pause: Pause,
): Promise<string | undefined> {
  await pause()
  const session = await sessions.load(cookie)
  await pause()
  await session.login(user)
  await pause()
  session.data['after'] = true
  return cookieOf(await respond(sessions, session))
}

function ignoreRevoked(error: unknown): void {
  if (!(error instanceof SessionRevokedError)) throw error
}

function fields(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `field${index}`)
}

/** Whatever the cache holds. */
async function everything({ cache }: Subject): Promise<string> {
  const values = await cache.getMany(await cache.keys('session:*'))
  return JSON.stringify([...values])
}

describeSessions(
  'requests at once',
  (open) => {
    it('50 that each write a field of their own all keep it', async () => {
      await using subject = open()
      const cookie = await subject.begin({ kept: true })
      const sessions = await Promise.all(fields(50).map(() => subject.sessions.load(cookie)))

      const outcomes = await Promise.all(
        sessions.map(async (session, index) => {
          session.data[`field${index}`] = index
          return (await subject.sessions.commit(session, { status: 200, secure: true })).outcome
        }),
      )

      expect(new Set(outcomes)).toEqual(new Set(['saved']))
      expect(Object.keys(await subject.seen(cookie)).toSorted()).toEqual([...fields(50), 'kept'].toSorted())
    })

    it('50 that count together miss none', async () => {
      await using subject = open()
      const cookie = await subject.begin({ count: 0 })

      const counts = await Promise.all(
        fields(50).map(async () => {
          const session = await subject.sessions.load(cookie)
          return session.atomically((data) => (data['count'] = Number(data['count']) + 1))
        }),
      )

      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
      expect(await subject.seen(cookie)).toEqual({ count: 50 })
    })

    it('that change the same field end with the later one, or as merge says', async () => {
      await using plain = open()
      await using summing = open({
        merge: (_field, { base, mine, theirs }) => Number(mine) + Number(theirs) - Number(base),
      })

      for (const [subject, sum] of [
        [plain, 13],
        [summing, 15],
      ] as const) {
        const cookie = await subject.begin({ n: 10 })
        const [first, second] = [await subject.sessions.load(cookie), await subject.sessions.load(cookie)]
        first.data['n'] = 12
        second.data['n'] = 13
        await respond(subject.sessions, first)
        await respond(subject.sessions, second)

        expect(await subject.seen(cookie)).toEqual({ n: sum })
      }
    })

    it(`writers and a change of the key: no write is lost and one response hands the key out, ${rounds} times`, async () => {
      await using subject = open()
      for (let round = 0; round < rounds; round++) {
        const pause = pauses(round)
        const cookie = await subject.begin({ kept: true })

        const [writers, cyclers] = await Promise.all([
          Promise.all(fields(4).map((field) => write(subject, cookie, field, pause))),
          Promise.all([cycle(subject, cookie, pause), cycle(subject, cookie, pause)]),
        ])
        const handedOut = [...writers, ...cyclers].filter((next) => next !== undefined)

        expect(handedOut, `round ${round}`).toHaveLength(1)
        expect(await subject.seen(handedOut[0]), `round ${round}`).toEqual({
          kept: true,
          ...Object.fromEntries(fields(4).map((field) => [field, field])),
        })
      }
    })

    it(`readers during a change of the key see the session under the key they have, ${rounds} times`, async () => {
      await using subject = open()
      for (let round = 0; round < rounds; round++) {
        const pause = pauses(round)
        const cookie = await subject.begin({ kept: true })
        const read = async () => {
          await pause()
          return subject.seen(cookie)
        }

        const [next, ...seen] = await Promise.all([cycle(subject, cookie, pause), read(), read(), read()])

        expect(seen, `round ${round}`).toEqual([{ kept: true }, { kept: true }, { kept: true }])
        expect(await subject.seen(next), `round ${round}`).toEqual({ kept: true })
      }
    })

    it(`nothing slow brings back what was logged out, not under a new key either, ${rounds} times`, async () => {
      await using subject = open()
      for (let round = 0; round < rounds; round++) {
        const pause = pauses(round)
        const secret = `secret${round}`
        const cookie = await subject.begin({ secret })

        const [, cycled] = await Promise.all([
          logout(subject, cookie, pause),
          cycle(subject, cookie, pause),
          ...fields(3).map((field) => write(subject, cookie, field, pause)),
        ])

        expect(await everything(subject), `round ${round}`).not.toContain(secret)
        for (const dead of [cookie, cycled]) expect(await subject.seen(dead)).toEqual({})
      }
    })

    it(`a login at the moment of a revocation is revoked or listed, ${rounds} times`, async () => {
      await using subject = open()
      for (let round = 0; round < rounds; round++) {
        const pause = pauses(round)
        const user = `user${round}`
        const before = await login(subject, undefined, user, pause)
        const anonymous = await subject.begin({ cart: 1 })
        const revoke = async () => {
          await pause()
          await subject.sessions.revoke(user)
        }

        const [, ...cookies] = await Promise.all([
          revoke(),
          login(subject, undefined, user, pause),
          login(subject, anonymous, user, pause),
          cycle(subject, before as string, pause),
        ])
        const listed = (await subject.sessions.list(user)).map(({ id }) => id).toSorted()
        const alive = await aliveOf(subject, [before, ...cookies], user)

        expect([...alive.keys()].toSorted(), `round ${round}`).toEqual(listed)
        expect([...alive.values()], `round ${round}`).not.toContain(before)
        expect([...alive.values()], `round ${round}`).not.toContain(cookies[2])
      }
    })

    it(`a login that others overtake keeps nobody's rights under the old key, ${rounds} times`, async () => {
      await using subject = open()
      for (let round = 0; round < rounds; round++) {
        const pause = pauses(round)
        const user = `member${round}`
        const planted = await subject.begin({ cart: 1 })

        const [next] = await Promise.all([
          login(subject, planted, user, pause),
          write(subject, planted, 'evil', pause),
          cycle(subject, planted, pause),
        ])
        const session = await subject.sessions.load(next)
        const old = await subject.sessions.load(planted)

        expect(session.userId, `round ${round}`).toBe(user)
        expect(old.userId, `round ${round}`).toBeUndefined()
        old.data['late'] = true
        await respond(subject.sessions, old)
        expect(await subject.seen(next), `round ${round}`).not.toHaveProperty('late')
      }
    })
  },
  ['memory', 'redis', 'a Cluster'],
)

/** The cookies that are logged in, by the session's id. */
async function aliveOf(
  { sessions }: Subject,
  cookies: readonly (string | undefined)[],
  user: string,
): Promise<Map<string, string>> {
  const alive = new Map<string, string>()
  for (const cookie of cookies) {
    const session = await sessions.load(cookie)
    if (session.userId === user && cookie !== undefined) alive.set(session.id as string, cookie)
  }
  return alive
}
