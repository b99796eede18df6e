import type { Clock } from '../base/clock.ts'
import type { MaybePromise } from '../codecs/codec.ts'
import type { CookieConfig } from './cookie-options.ts'
import type { CookieFound } from './cookie.ts'
import type { Devices } from './devices.ts'
import { endOf, type Lifetimes, refreshDueAt } from './expiry.ts'
import { dataOf, type Fields, joined, noFields, own, spread, toRecord } from './fields.ts'
import type { Found } from './found.ts'
import type { SessionLayout } from './layout.ts'
import { type Merge, mergeFields } from './merge.ts'
import type { Records } from './records.ts'
import type { Remembered } from './remembered.ts'

/** What all sessions of one `createSessions` work with. */
export interface Host {
  readonly records: Records
  readonly devices: Devices
  readonly layout: SessionLayout
  readonly cookie: CookieConfig
  readonly lifetimes: Lifetimes
  readonly refreshTimes: Remembered
  /** Until when each session is in the list of its user, as far as this process told it. */
  readonly listedTimes: Remembered<number | null>
  readonly merge: Merge | undefined
  /** How long an old key is read after a new one took its place. */
  readonly graceMs: number
  readonly lazy: boolean
  readonly onOutage: 'error' | 'anonymous'
  readonly clock: Clock
}

/**
 * Where a session stands. `unread`: its cookie has a key and nobody has asked yet. `new`: it has no record. `live`: it has
 * one. `left`: its key was given up for one that its holder is not told; what it held then can still be read. `offline`:
 * the store failed, and this stands in for whatever it is.
 */
export type Phase = 'unread' | 'new' | 'live' | 'left' | 'offline'

/** One request's view of a session. */
export interface SessionState {
  readonly host: Host
  readonly cookie: CookieFound
  phase: Phase
  /** What the browser has, or gets with this response. */
  key: string | undefined
  /** The record as last seen: with `live`, and with `left` what it held. */
  found: Found | undefined
  /** When it ends unless it is used; `null` never, `undefined` not known. */
  endsAt: number | null | undefined
  /** The user's fields: one object, whatever happens to the session. */
  readonly data: Record<string, unknown>
  /** The session's own fields. */
  own: Map<string, unknown>
  /** Whether anybody looked at it: the response depends on the cookie. */
  looked: boolean
  /** Whether somebody had {@link data}, or an own field was set: only then can there be changes. */
  touched: boolean
  /** Whether the response is to hand the key out. */
  handOut: boolean
  /** Whether the cookie that came leads nowhere any more. */
  stale: boolean
  /** Whether this request itself ended what the cookie led to. */
  ended: boolean
  /** The last of its saves, which go one after the other: else a request would be in conflict with itself. */
  saving: Promise<unknown> | undefined
  /** Whether a change by the user's own function runs, which may save as well. */
  changing: boolean
}

export function newState(host: Host, cookie: CookieFound): SessionState {
  return {
    host,
    cookie,
    phase: cookie.key === undefined ? 'new' : 'unread',
    key: undefined,
    found: undefined,
    endsAt: undefined,
    data: {},
    own: new Map(),
    looked: false,
    touched: false,
    handOut: false,
    stale: cookie.came && cookie.key === undefined,
    ended: false,
    saving: undefined,
    changing: false,
  }
}

/** All fields as this request has them. @throws TypeError */
export function mineOf(state: SessionState): Fields {
  return joined(state.data, state.own)
}

/** The fields as this request last read or wrote them. */
export function baseOf({ host, found }: Pick<SessionState, 'host' | 'found'>): MaybePromise<Fields> {
  if (found === undefined) return noFields
  const fields = host.records.decode(found)
  return fields instanceof Promise ? fields.then(withoutStone) : withoutStone(fields)
}

function withoutStone(fields: Fields): Fields {
  return fields.has(own.moved) ? new Map([...fields].filter(([name]) => name !== own.moved)) : fields
}

/** Takes over what was read. */
export function takeOver(state: SessionState, found: Found): void {
  state.found = found
  state.phase = 'live'
  state.own = spread(found.fields, state.data)
}

/** Takes over what was written of `mine`; what was changed after that stays a change. */
export function settle(state: SessionState, mine: Fields, found: Found): void {
  state.found = found
  state.phase = 'live'
  // Nobody else's changes came in between, so that all is there as it is to be.
  if (found.fields === mine) return
  const now = mergeFields(mine, mineOf(state), found.fields)
  state.own = spread(now, state.data)
}

/** Back to a session without a record, key or fields. */
export function reset(state: SessionState): void {
  if (state.found !== undefined) state.host.refreshTimes.delete(state.found.name)
  state.phase = 'new'
  state.key = undefined
  state.found = undefined
  state.endsAt = undefined
  state.own = spread(noFields, state.data)
  state.handOut = false
}

/** Notes when a session ends now, for this request and those that follow. */
export function noteEnd(state: SessionState, fields: Fields, endsAt: number | null): void {
  state.endsAt = endsAt
  if (state.found === undefined) return
  state.host.refreshTimes.set(state.found.name, {
    endsAt,
    dueAt: refreshDueAt(fields, state.host.lifetimes, endsAt),
    expiry: fields.get(own.expiry),
  })
}

/** Whether the record lies elsewhere than under the key that this browser has: another response hands the new one out. */
export function isForwarded({ key, found, host }: SessionState): boolean {
  return key !== undefined && found !== undefined && host.layout.nameOf(key) !== found.name
}

/** How long a record lives from now on; `null` for ever. `ttlMs` is 0 when it is over. */
export interface Life {
  readonly endsAt: number | null
  readonly ttlMs: number | null
}

/** The whole time that fields are given now. */
export function lifeOf(host: Host, fields: Fields): Life {
  const now = host.clock.now()
  const endsAt = endOf(fields, host.lifetimes, now)
  return { endsAt, ttlMs: endsAt === null ? null : Math.max(0, Math.ceil(endsAt - now)) }
}

/** The user whose session it is. */
export function userOf(fields: Fields): string | undefined {
  const user = fields.get(own.user)
  return typeof user === 'string' || typeof user === 'number' ? String(user) : undefined
}

/** The user's fields as an object of its own. */
export function draftOf(fields: Fields): Record<string, unknown> {
  return toRecord(dataOf(fields))
}
