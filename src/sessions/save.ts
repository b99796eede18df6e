import { type Bytes, sameBytes } from '../base/bytes.ts'
import type { MaybePromise } from '../codecs/codec.ts'
import { SessionUnavailableError } from '../errors.ts'
import { begun, createRecord } from './create.ts'
import { endSession } from './end.ts'
import { isRefreshDue, renewsAlways } from './expiry.ts'
import { gone, unavailable } from './failures.ts'
import { type Fields, joined, own, ownOf, sameFields } from './fields.ts'
import type { Encoded, Found } from './found.ts'
import { mergeFields } from './merge.ts'
import { readForChange } from './read.ts'
import {
  baseOf,
  draftOf,
  type Host,
  isForwarded,
  type Life,
  lifeOf,
  mineOf,
  noteEnd,
  type SessionState,
  settle,
  userOf,
} from './state.ts'

/** What saving came to: nothing to do, a write, or no more than its time begun anew. */
export type Saved = 'untouched' | 'saved' | 'refreshed'

/**
 * Writes what this request changed into what is there now; what it did not change is not written.
 *
 * @throws SessionRevokedError when the session is gone, SessionUnavailableError when the store fails.
 */
export function saveChanges(state: SessionState): MaybePromise<Saved> {
  return inTurn(state, save)
}

/**
 * Runs `change` on the newest data and writes what it leaves there, again and again until nobody was faster. What this
 * request changed besides stays unsaved.
 */
export function changeAtomically<T>(state: SessionState, change: Change<T>): Promise<T> {
  return Promise.resolve(inTurn(state, () => changeInTurn(state, change)))
}

type Change<T> = (data: Record<string, unknown>) => T | Promise<T>

/** What is called by the user's change of this very session does not wait for the end of it. */
function inTurn<T>(state: SessionState, work: (state: SessionState) => MaybePromise<T>): MaybePromise<T> {
  if (state.changing) return work(state)
  const done = state.saving === undefined ? work(state) : after(state.saving, () => work(state))
  if (done instanceof Promise) state.saving = done
  return done
}

/** Whatever became of the one before. */
async function after<T>(before: Promise<unknown>, work: () => MaybePromise<T>): Promise<T> {
  try {
    await before
  } catch {}
  return work()
}

/** At once where nothing is to be asked of the store: so it is with nearly every request that only reads. */
function save(state: SessionState): MaybePromise<Saved> {
  if (state.phase === 'unread') return 'untouched'
  if (state.phase === 'offline') throw unavailable('save', new Error('it could not be loaded for this request'))
  if (state.phase === 'new') return isWorthKeeping(state) ? createSession(state) : 'untouched'
  if (!state.touched) return refreshIfDue(state)
  const fields = mineOf(state)
  const bytes = state.host.layout.encode(fields)
  return bytes instanceof Promise
    ? bytes.then((known) => saveEncoded(state, fields, known))
    : saveEncoded(state, fields, bytes)
}

function saveEncoded(state: SessionState, mine: Fields, bytes: Bytes): MaybePromise<Saved> {
  // What is written the same way is the same; else the fields tell, since others may write them another way.
  if (state.found !== undefined && sameBytes(bytes, state.found.bytes)) return refreshIfDue(state)
  if (state.found !== undefined && isPlainlyChanged(state.found.fields, mine))
    return writeChanges(state, { fields: mine, bytes })
  return saveIfChanged(state, { fields: mine, bytes })
}

/** Whether a value that nobody can change in place has become another one: then nothing has to be read anew to tell. */
function isPlainlyChanged(seen: Fields, mine: Fields): boolean {
  for (const [name, value] of mine) {
    if (typeof value !== 'object' && !Object.is(seen.get(name), value)) return true
  }
  return false
}

async function saveIfChanged(state: SessionState, encoded: Encoded): Promise<Saved> {
  return sameFields(await baseOf(state), encoded.fields) ? refreshIfDue(state) : writeChanges(state, encoded)
}

async function changeInTurn<T>(state: SessionState, change: Change<T>): Promise<T> {
  await readForChange(state, 'atomically')
  if (state.phase === 'left') throw gone('atomically')
  if (state.phase === 'new') await createSession(state)
  const known = state.found as Found
  const [base, mine] = [await baseOf(state), mineOf(state)]
  const life = await renewal(state, base)
  let answer: { readonly value: T } | undefined
  // Fields of its own: `change` may reach deep into them.
  const first: Found = { ...known, fields: await baseOf(state) }
  const written = await state.host.records.compute(
    first,
    async (theirs) => {
      const draft = draftOf(theirs)
      answer = { value: await changed(state, () => change(draft)) }
      return joined(draft, ownOf(theirs))
    },
    life?.ttlMs,
  )
  settle(state, base, { ...written, fields: mergeFields(base, mine, written.fields) })
  if (life !== undefined) noteRenewal(state, written.fields, life.endsAt)
  return (answer as { readonly value: T }).value
}

/** The whole time again for a save of these fields, and told to the list, when that is due; else what is left stays. */
async function renewal(state: SessionState, fields: Fields): Promise<Life | undefined> {
  if (!(await isDue(state, fields))) return undefined
  const life = lifeOf(state.host, fields)
  if (life.ttlMs === 0) return undefined
  await noteInList(state, life.endsAt)
  return life
}

/** The response tells the browser, too. */
function noteRenewal(state: SessionState, fields: Fields, endsAt: number | null): void {
  noteEnd(state, fields, endsAt)
  state.handOut = !isForwarded(state)
}

async function changed<T>(state: SessionState, change: () => T | Promise<T>): Promise<T> {
  state.changing = true
  try {
    return await change()
  } finally {
    state.changing = false
  }
}

/** Gives the session a record and a key. */
async function createSession(state: SessionState): Promise<Saved> {
  const mine = mineOf(state)
  const fields = begun(state.host, mine)
  const { endsAt, ttlMs } = lifeOf(state.host, fields)
  if (ttlMs === 0) return 'untouched'
  const { key, found } = await createRecord(state.host, fields, ttlMs)
  state.key = key
  settle(state, mine, found)
  noteEnd(state, fields, endsAt)
  state.handOut = true
  return 'saved'
}

/** A session that only has a lifetime has nothing to remember. */
function isWorthKeeping(state: SessionState): boolean {
  return Object.values(state.data).some((value) => value !== undefined)
}

async function writeChanges(state: SessionState, encoded: Encoded): Promise<Saved> {
  if (state.phase === 'left') throw gone('save')
  const { host } = state
  const found = state.found as Found
  const { fields: mine } = encoded
  const { endsAt, ttlMs } = lifeOf(host, mine)
  if (ttlMs === 0) {
    await endSession(state)
    return 'saved'
  }
  const hasNewExpiry = found.fields.get(own.expiry) !== mine.get(own.expiry)
  const due = hasNewExpiry || isDue(state, mine)
  const renewed = due instanceof Promise ? await due : due
  if (renewed) await noteInList(state, endsAt)
  const written = await host.records.update(
    found,
    async (theirs) => mergeFields(await baseOf({ host, found }), mine, theirs, host.merge),
    renewed ? ttlMs : undefined,
    encoded,
  )
  settle(state, mine, written)
  if (renewed) noteRenewal(state, written.fields, endsAt)
  return 'saved'
}

function refreshIfDue(state: SessionState): MaybePromise<Saved> {
  if (!state.host.lifetimes.rolling || state.phase !== 'live') return 'untouched'
  const due = isDue(state, state.own)
  return due === false ? 'untouched' : refreshWhenDue(state, due)
}

/** Nothing but PEXPIRE. It may fail: the session lives on for at least nine tenths of its time. */
async function refreshWhenDue(state: SessionState, due: MaybePromise<boolean>): Promise<Saved> {
  try {
    return (await due) ? await refresh(state) : 'untouched'
  } catch (error) {
    if (error instanceof SessionUnavailableError) return 'untouched'
    throw error
  }
}

async function refresh(state: SessionState): Promise<Saved> {
  const { host } = state
  const { endsAt, ttlMs } = lifeOf(host, state.own)
  const { name } = state.found as Found
  await noteInList(state, endsAt)
  if (!(await host.records.expire(name, ttlMs))) throw gone('refresh')
  noteRenewal(state, state.own, endsAt)
  return 'refreshed'
}

function isDue(state: SessionState, fields: Fields): MaybePromise<boolean> {
  const { host, found, endsAt } = state
  if (host.lifetimes.refreshAfter === 0) return renewsAlways(fields, host.lifetimes)
  if (endsAt !== undefined) return isRefreshDue(fields, host.lifetimes, endsAt, host.clock.now())
  return found === undefined ? false : isDueByStore(state, fields, found)
}

async function isDueByStore(state: SessionState, fields: Fields, { name }: Found): Promise<boolean> {
  const { records, clock, lifetimes } = state.host
  const left = await records.ttl(name)
  if (left === undefined) throw gone('save')
  const endsAt = left === null ? null : clock.now() + left
  noteEnd(state, fields, endsAt)
  return isRefreshDue(fields, lifetimes, endsAt, clock.now())
}

/** Before the record, so that the list never ends sooner than what it lists. */
async function noteInList(state: SessionState, endsAt: number | null): Promise<void> {
  const { host, found } = state
  const user = userOf(state.own)
  const name = found?.name
  if (user === undefined || name === undefined) return
  const until = listedUntil(host, name, endsAt)
  if (until === undefined) return
  if (await host.devices.touch(user, name, until)) return host.listedTimes.set(name, until)
  await host.records.end([name])
  throw gone('save')
}

/** Where every save begins the time anew, the list is told a tenth more, and nothing again until that is used up. */
function listedUntil(host: Host, name: string, endsAt: number | null): number | null | undefined {
  if (host.lifetimes.refreshAfter > 0 || endsAt === null) return endsAt
  const listed = host.listedTimes.get(name) ?? 0
  return listed >= endsAt ? undefined : endsAt + (endsAt - host.clock.now()) / 10
}
