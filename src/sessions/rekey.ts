import { isDeepStrictEqual } from 'node:util'

import { begun, type Created, createRecord } from './create.ts'
import { endForOther } from './end.ts'
import { gone } from './failures.ts'
import { type Fields, loginNames, noFields, own, ownOf } from './fields.ts'
import type { Found } from './found.ts'
import { leave, type Left, type Old } from './leave.ts'
import { mergeFields } from './merge.ts'
import { readForChange } from './read.ts'
import { saveChanges } from './save.ts'
import { baseOf, type Host, isForwarded, lifeOf, mineOf, noteEnd, type SessionState, settle, userOf } from './state.ts'

/**
 * Gives the session a new key. The old one is gone at once for writing; requests under way may still read with it for a
 * short grace, and what they save goes into the session under its new key, which they are not told.
 *
 * @throws SessionRevokedError when it ended meanwhile.
 */
export async function cycleKey(state: SessionState): Promise<void> {
  await readForChange(state, 'cycleKey')
  if (state.phase === 'left') throw gone('cycleKey')
  if (state.phase !== 'live') return
  // Another request gave it a new key just now and hands it out; a further one could only get in its way.
  if (isForwarded(state)) return void (await saveChanges(state))

  const { host } = state
  const old: Old = { found: state.found as Found, base: await baseOf(state), mine: mineOf(state) }
  const user = userOf(old.base)
  const next = await createListed(host, old.mine, { user, from: old.found.name })
  if (next === undefined) {
    await host.records.end([old.found.name])
    throw gone('cycleKey')
  }
  const left = await leaveOrHandOver(state, old, next)
  if (left.end === 'left') return handOver(state, old.mine, { ...next, found: left.last }, user)
  await undo(host, next, user)
  if (left.end === 'gone') throw gone('cycleKey')
  await saveForward(state, old)
}

/**
 * Makes the session that of `user`, under a new key, and lists it. The old key stays behind without a way to the new one:
 * whoever planted it learns nothing and can change nothing.
 */
export async function login(state: SessionState, { user, device, also = noFields }: Login): Promise<void> {
  await readForChange(state, 'login')
  const before = userOf(state.own)
  if (before !== undefined && before !== user) await endForOther(state)
  const { host } = state
  const base = await baseOf(state)
  const mine = begun(host, new Map([...mineOf(state), ...also, [own.user, user]]))
  const from = state.phase === 'live' ? state.found : undefined
  const listing = { user, device, from: from?.name }
  const next =
    (await createListed(host, mine, listing)) ?? (await createListed(host, mine, { ...listing, from: undefined }))
  if (next === undefined) throw gone('login')
  if (from === undefined) return handOver(state, mine, next, undefined)

  const old: Old = { found: from, base, mine }
  const way = before === user ? next.found.name : null
  const left = await undoneIfFailing(host, next, user, () => leave(host, old, { next, way, isLogin: true }))
  const found = left.end === 'gone' ? await withoutOld(host, old, left.last) : left.last
  await handOver(state, mine, { ...next, found }, before)
}

/** Who logs in. */
interface Login {
  readonly user: string
  readonly device: string | undefined
  /** Further fields of the session's own. */
  readonly also?: Fields
}

interface Listing {
  readonly user: string | undefined
  readonly device?: string | undefined
  readonly from: string | undefined
}

/** Created, then listed, then handed out: so none is alive and known without being listed. `undefined` when it must not be. */
async function createListed(host: Host, fields: Fields, listing: Listing): Promise<Created | undefined> {
  const { endsAt, ttlMs } = lifeOf(host, fields)
  if (ttlMs === 0) return undefined
  const created = await createRecord(host, fields, ttlMs)
  const { user, device, from } = listing
  if (user === undefined) return created
  const isListed = await undoneIfFailing(host, created, undefined, () =>
    host.devices.add(user, { name: created.found.name, device, endsAt, from }),
  )
  if (isListed) return created
  await undo(host, created, undefined)
  return undefined
}

/** When the store fails, nobody knows whether the stone lies; the new key leads to the session either way, so it goes out. */
async function leaveOrHandOver(state: SessionState, old: Old, next: Created): Promise<Left> {
  try {
    return await leave(state.host, old, { next, way: next.found.name, isLogin: false })
  } catch (error) {
    await handOver(state, old.mine, next, undefined)
    throw error
  }
}

/** What this request changed goes where a sibling took the session. */
async function saveForward(state: SessionState, { found, base, mine }: Old): Promise<void> {
  const { host } = state
  const written = await host.records.update(
    { ...found, fields: base },
    (theirs) => mergeFields(base, mine, theirs, host.merge),
    undefined,
  )
  settle(state, mine, written)
  state.endsAt = null
}

/** A login stands, though the session it was made in has ended: without anything that this had held. */
async function withoutOld(host: Host, { base, mine }: Old, last: Found): Promise<Found> {
  const isChanged = ([name, value]: [string, unknown]) =>
    loginNames.has(name) || !isDeepStrictEqual(value, base.get(name))
  const written = await host.records.swap(last, new Map([...mine].filter(isChanged)), undefined)
  if (typeof written !== 'object') throw gone('login')
  return written
}

/** The response hands the new key out; the old one is off the list. */
async function handOver(
  state: SessionState,
  mine: Fields,
  next: Created,
  listedBefore: string | undefined,
): Promise<void> {
  const { host, found: old } = state
  if (old !== undefined) host.refreshTimes.delete(old.name)
  state.own = ownOf(mine)
  state.key = next.key
  settle(state, mine, next.found)
  noteEnd(state, next.found.fields, lifeOf(host, next.found.fields).endsAt)
  state.handOut = true
  if (listedBefore !== undefined && old !== undefined) await host.devices.drop(listedBefore, [old.name])
}

async function undoneIfFailing<T>(
  host: Host,
  created: Created,
  user: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await undo(host, created, user)
    throw error
  }
}

/** Nobody was told the key, so what a failing store keeps of it is no more than a record nobody finds. */
async function undo(host: Host, { found }: Created, user: string | undefined): Promise<void> {
  try {
    await host.records.discard([found.name])
  } catch (error) {
    host.records.report('session', error)
    return
  }
  if (user !== undefined) await host.devices.drop(user, [found.name])
}
