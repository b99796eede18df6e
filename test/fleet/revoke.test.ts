import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { deviceId } from '../../src/sessions/devices.ts'
import { createSessions } from '../../src/sessions/index.ts'
import { machineNow, type Operation, type Outcome, type Peer, startPeer } from '../support/fleet-peer.ts'
import { fleetRandom, inRounds } from '../support/fleet-random.ts'
import { freshPrefix, redisUrl } from '../support/redis.ts'

const random = fleetRandom('Revocations and logins of two processes')

/** How often each race is run, each time with other delays. */
const rounds = 200
/** How many of them at once. */
const places = 4
/** Within so many milliseconds all operations of a round begin. */
const spreadMs = 16

const options = { location: redisUrl(), keyPrefix: freshPrefix(), deadline: '10s' } as const
let cache: Cache
let peers: readonly [Peer, Peer]

beforeAll(async () => {
  cache = createCache(options)
  peers = await Promise.all([startPeer(options), startPeer(options)])
})

beforeEach(() => cache.clear())

afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.stop()))
  await cache.clear()
  await cache.close()
})

/** All operations at about the same moment, each at another; `side` is the process. */
function race(operations: readonly (Operation & { readonly side: number })[]): Promise<Outcome[]> {
  const start = machineNow() + 2
  return Promise.all(
    operations.map(({ side, ...operation }) =>
      (peers[side % 2] as Peer).call({ ...operation, at: start + random(spreadMs * 1000) / 1000 }),
    ),
  )
}

async function userOf(key: string | undefined): Promise<string | undefined> {
  return (await createSessions({ cache }).load(`sessionid=${key}`)).userId
}

async function listed(user: string): Promise<string[]> {
  return (await createSessions({ cache }).list(user)).map(({ id }) => id)
}

/** The sessions of users that are in Redis, whoever may know their keys: `user/id`. */
async function alive(): Promise<string[]> {
  const keys = await cache.keys('session:*')
  const records = await cache.getMany<Record<string, unknown>>(keys.filter((key) => !key.startsWith('session:user:')))
  const live = [...records].filter(([, fields]) => fields['_session_moved'] === undefined)
  return live.map(([key, fields]) => `${String(fields['_auth_user_id'])}/${deviceId(key)}`).toSorted()
}

async function listedOfAll(): Promise<string[]> {
  const users = Array.from({ length: rounds }, (_, round) => `user${round}`)
  const lists = await Promise.all(users.map(async (user) => (await listed(user)).map((id) => `${user}/${id}`)))
  return lists.flat().toSorted()
}

interface Race {
  readonly user: string
  /** The key of a session that is there before. */
  readonly known: Outcome
  readonly revocation: Outcome
  /** What is to end with the revocation or to be listed afterwards. */
  readonly others: readonly Outcome[]
}

/** When each of the others was, next to the revocation, and how many that met it live on. */
type Counts = Record<'before' | 'during' | 'after' | 'survived' | 'refused', number>

function noneYet(): Counts {
  return { before: 0, during: 0, after: 0, survived: 0, refused: 0 }
}

/** Whoever was done before the revocation is dead, who began after it lives, and all who live are listed. */
async function judge({ user, known, revocation, others }: Race, counts: Counts): Promise<void> {
  const ids = await listed(user)
  expect(await userOf(known.key)).toBeUndefined()
  expect(revocation.error).toBeUndefined()
  for (const { begun, ended, key, id, error } of others) {
    const when = ended < revocation.begun ? 'before' : begun > revocation.ended ? 'after' : 'during'
    const isAlive = (await userOf(key)) === user
    counts[when]++
    if (when === 'during' && isAlive) counts.survived++
    if (error !== undefined) counts.refused++

    expect(error?.code).toBe(error && 'ERR_SESSION_REVOKED')
    expect(ids.includes(id ?? ''), 'alive is listed').toBe(isAlive)
    if (when !== 'during') expect(isAlive, `${when} the revocation`).toBe(when === 'after')
  }
}

async function expectAliveIsListed(): Promise<void> {
  expect(await alive()).toEqual(await listedOfAll())
}

it(`a login before a revocation ends with it, one after it is listed, and none lives unlisted, ${rounds} times`, async () => {
  const counts = noneYet()

  await inRounds(rounds, places, async (round) => {
    const user = `user${round}`
    const known = await peers[0].call({ op: 'login', user })
    const [revocation, ...others] = await race([
      { op: 'revoke', user, side: round },
      { op: 'login', user, side: round + 1 },
      { op: 'login', user, side: round + 1 },
      { op: 'login', user, side: round },
    ])
    await judge({ user, known, revocation: revocation as Outcome, others }, counts)
  })

  console.log(counts)
  expect(Math.min(counts.before, counts.during, counts.after, counts.survived)).toBeGreaterThan(0)
  await expectAliveIsListed()
})

it(`a session that changes its key or logs in again does not get away from a revocation, ${rounds} times`, async () => {
  const counts = noneYet()

  await inRounds(rounds, places, async (round) => {
    const user = `user${round}`
    const [known, other] = [await peers[0].call({ op: 'login', user }), await peers[1].call({ op: 'login', user })]
    const [revocation, relogin, cycle] = (await race([
      { op: 'revoke', user, side: round },
      { op: 'login', user, key: known.key, side: round + 1 },
      { op: 'cycle', key: other.key, side: round + 1 },
    ])) as [Outcome, Outcome, Outcome]
    await judge({ user, known, revocation, others: [relogin] }, counts)

    expect(cycle.error?.code).toBe(cycle.error && 'ERR_SESSION_REVOKED')
    for (const key of [other.key, cycle.key]) expect(await userOf(key)).toBeUndefined()
  })

  console.log(counts)
  expect(counts.during).toBeGreaterThan(0)
  await expectAliveIsListed()
})

it(`a revocation that spares a session spares it wherever it goes, ${rounds} times`, async () => {
  await inRounds(rounds, places, async (round) => {
    const user = `user${round}`
    const [mine, other] = [await peers[0].call({ op: 'login', user }), await peers[1].call({ op: 'login', user })]
    const [revocation, cycle] = (await race([
      { op: 'revoke', user, except: mine.key, side: round },
      { op: 'cycle', key: mine.key, side: round + 1 },
      { op: 'cycle', key: other.key, side: round + 1 },
    ])) as [Outcome, Outcome, Outcome]

    expect([revocation.error, cycle.error]).toEqual([undefined, undefined])
    expect(await userOf(cycle.key)).toBe(user)
    expect(await listed(user)).toEqual([cycle.id])
  })

  await expectAliveIsListed()
})
