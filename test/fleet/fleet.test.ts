import type { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { fleetRandom, inRounds } from '../support/fleet-random.ts'
import { type Answer, frameworks, hasOwnSessions, type Site, startSite } from '../support/fleet-site.ts'
import { freshPrefix, redisUrl } from '../support/redis.ts'

const random = fleetRandom('Two processes behind one port')

/** How often each race is run, each time with other delays. */
const rounds = 120
/** How many of them at once. */
const places = 6

/** A request that sets out a little later, each time another. */
async function later(site: Site, path: string, { cookie, lane, waitMs = 16 }: Later): Promise<Answer> {
  await sleep(random(12))
  const mark = path.includes('?') ? '&' : '?'
  return site.ask(`${path}${mark}wait=${random(waitMs)}`, { cookie, lane })
}

interface Later {
  readonly cookie: string
  readonly lane?: Agent | undefined
  /** How long it may have its session before it does something with it. */
  readonly waitMs?: number
}

async function begin(site: Site, path: string): Promise<string> {
  const { cookie } = await site.ask(path)
  if (cookie === undefined) throw new Error(`${path} handed out no cookie`)
  return cookie
}

function pidsOf(answers: readonly Answer[]): Set<number | undefined> {
  return new Set(answers.map(({ pid }) => pid))
}

function statuses(answers: readonly Answer[]): number[] {
  return [...new Set(answers.map(({ status }) => status))]
}

describe.each(frameworks)('two processes of %s behind one port', { timeout: 60_000 }, (framework) => {
  let site: Site
  let cache: Cache

  beforeAll(async () => {
    // Longer than anything takes on a busy machine: only what hangs exceeds it.
    const options = { location: redisUrl(), keyPrefix: freshPrefix(), deadline: '10s' } as const
    cache = createCache(options)
    site = await startSite(framework, options)
  })

  beforeEach(() => cache.clear())

  afterAll(async () => {
    await site.stop()
    await cache.clear()
    await cache.close()
  })

  it('50 requests at once that each write a field of their own all keep it, 5 times', async () => {
    const fields = Array.from({ length: 50 }, (_, index) => `field${index}`)
    for (let round = 0; round < 5; round++) {
      const cookie = await begin(site, '/login?user=ann')

      const answers = await Promise.all(
        fields.map((field) => site.ask(`/write?field=${field}&wait=${random(20)}`, { cookie })),
      )
      const { body } = await site.ask('/read', { cookie })

      expect(statuses(answers)).toEqual([200])
      expect(pidsOf(answers)).toEqual(new Set(site.pids))
      expect(body).toEqual({ user: 'ann', data: Object.fromEntries(fields.map((field) => [field, true])) })
    }
  })

  it(`a slow request that ends after a logout brings nothing back, ${rounds} times`, async () => {
    const lanes = await site.lanes(places)
    const counts = { overtaken: 0, begunAnew: 0 }

    await inRounds(rounds, places, async (round, place) => {
      const [here, there] = [lanes[round % 2]?.[place], lanes[(round + 1) % 2]?.[place]]
      const cookie = await begin(site, `/login?user=user${round}`)
      const [logout, write] = await Promise.all([
        later(site, '/logout', { cookie, lane: there, waitMs: 4 }),
        later(site, '/write?field=late', { cookie, lane: here, waitMs: 32 }),
      ])
      const after = await Promise.all([here, there].map((lane) => site.ask('/read', { cookie, lane })))
      const anew = await site.ask('/read', { cookie: write.cookie })

      expect(statuses([logout, write])).toEqual([200])
      expect(pidsOf([logout, write]).size).toBe(2)
      expect(after.map(({ body }) => body)).toEqual([{ data: {} }, { data: {} }])
      expect(anew.body.user).toBeUndefined()
      if (write.endedAt > logout.endedAt) counts.overtaken++
      if (anew.body.data?.['late'] === true) counts.begunAnew++
    })

    console.log(framework, counts)
    expect(counts.overtaken).toBeGreaterThan(0)
    // Who came when the logout was over began a session of their own, and there is no other record.
    expect(await cache.keys('*')).toHaveLength(counts.begunAnew)
  })

  if (!hasOwnSessions(framework)) return

  it(`a change of the key loses no write, empties no read and hands out one cookie, ${rounds} times`, async () => {
    const lanes = await site.lanes(2 * places)

    await inRounds(rounds, places, async (round, place) => {
      const sides = [lanes[round % 2], lanes[(round + 1) % 2]]
      const [here, alsoHere, there, alsoThere] = sides.flatMap((side) => side?.slice(2 * place, 2 * place + 2) ?? [])
      const cookie = await begin(site, '/write?field=first')
      const [reads, ...rest] = await Promise.all([
        Promise.all([1, 2].map(() => later(site, '/read', { cookie }))),
        later(site, '/write?field=mine', { cookie, lane: alsoHere }),
        later(site, '/write?field=theirs', { cookie, lane: alsoThere }),
        later(site, '/cycle', { cookie, lane: here }),
        // Every other time both processes change it.
        later(site, round % 2 === 0 ? '/cycle' : '/read', { cookie, lane: there }),
      ])
      const handedOut = [...reads, ...rest].map((answer) => answer.cookie).filter((each) => each !== undefined)
      const whole = await Promise.all(
        [cookie, handedOut[0]].flatMap((each) =>
          [here, there].map((lane) => site.ask('/read', { cookie: each, lane })),
        ),
      )

      expect(statuses([...reads, ...rest])).toEqual([200])
      expect(handedOut).toHaveLength(1)
      expect(handedOut[0]).not.toBe(cookie)
      for (const { body } of reads) expect(body.data).toMatchObject({ first: true })
      for (const { body } of whole) expect(body.data).toEqual({ first: true, mine: true, theirs: true })
    })
  })

  it('100 that count together miss none', async () => {
    const cookie = await begin(site, '/write?field=first')

    const answers = await Promise.all(Array.from({ length: 100 }, () => site.ask('/count', { cookie })))
    const { body } = await site.ask('/read', { cookie })

    expect(statuses(answers)).toEqual([200])
    expect(pidsOf(answers)).toEqual(new Set(site.pids))
    expect(new Set(answers.map((answer) => answer.body.count))).toEqual(
      new Set(Array.from({ length: 100 }, (_, n) => n + 1)),
    )
    expect(body.data).toEqual({ first: true, count: 100 })
  })
})
