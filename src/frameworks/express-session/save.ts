import { isDeepStrictEqual } from 'node:util'

import { gone } from '../../sessions/failures.ts'
import { type Fields, sameFields } from '../../sessions/fields.ts'
import { type Merge, mergeFields } from '../../sessions/merge.ts'
import type { PlainRecords } from '../../sessions/plain-records.ts'
import { cookieTtl, endTogether, mergeCookies, usedTtl, writeCookie } from './cookie.ts'
import { fieldsOf, sessionOf, storable, visibleIn } from './fields.ts'
import type { Load, Loads } from './loads.ts'
import type { SessionStoreConfig } from './options.ts'

/** What a store works with. */
export interface StoreHost {
  readonly records: PlainRecords
  readonly loads: Loads
  readonly config: SessionStoreConfig
}

/** A session as a request loaded it, and what it makes of it. */
interface Change {
  readonly base: Fields
  readonly mine: Fields
}

/**
 * Writes what the request changed into what is there now. A session that it did not load replaces what is there.
 *
 * @throws SessionRevokedError when it ended since it was loaded, SessionUnavailableError when the store fails.
 */
export async function saveSession(host: StoreHost, id: string, session: object): Promise<void> {
  const fields = fieldsOf(session)
  const load = host.loads.of(session, id)
  if (load === undefined) return begin(host, id, session, storable(fields))
  const { records, config } = host
  const whole = await records.decode(load.base)
  const base = visibleIn(session, whole)
  const change: Change = { base, mine: new Map([...cookieIn(base), ...storable(fields, base)]) }
  const ttlMs = ttlOf(config, change.mine, change)
  if (ttlMs === 0) return records.delete(id)
  if (!sameFields(base, change.mine)) return merge(host, session, load, change)
  if (ttlMs !== undefined && !(await records.expire(id, ttlMs))) throw gone('save')
}

/** Gives the session its time anew and writes nothing; one that has ended stays so. */
export async function touchSession({ records, config }: StoreHost, id: string, session: object): Promise<void> {
  if (config.disableTouch) return
  await records.expire(id, touchTtl(config, session))
}

async function begin(
  { records, loads, config }: StoreHost,
  id: string,
  session: object,
  fields: Fields,
): Promise<void> {
  const ttlMs = wholeTtl(config, fields)
  if (ttlMs === 0) return records.delete(id)
  const { bytes } = await records.put(id, fields, ttlMs)
  // Plain data may be the same object for many sessions, or for the next one under this id.
  if (!isPlain(session)) loads.set(session, { id, seen: bytes, base: bytes })
}

async function merge(
  { records, loads, config }: StoreHost,
  session: object,
  load: Load,
  change: Change,
): Promise<void> {
  const { base, mine } = change
  const last = { bytes: load.seen, fields: await records.decode(load.seen) }
  const { bytes, fields } = await records.update(load.id, last, (theirs) => {
    const merged = mergeFields(base, mine, theirs, settleBy(config.merge))
    const ttlMs = ttlOf(config, merged, change)
    return { fields: merged, ttlMs: typeof ttlMs === 'number' ? Math.max(1, ttlMs) : ttlMs }
  })
  // What others wrote is not in this request's session, so it must not look as if it had been taken out of it.
  loads.set(session, { id: load.id, seen: bytes, base: sameFields(fields, mine) ? bytes : await records.encode(mine) })
}

function settleBy(merge: Merge | undefined): Merge {
  return (field, conflict) => {
    if (field === 'cookie') return mergeCookies(conflict)
    return merge === undefined ? conflict.mine : merge(field, conflict)
  }
}

/** The time that a save gives, 0 for none; `undefined` when it leaves what is left, since the cookie's end was not moved. */
function ttlOf(config: SessionStoreConfig, fields: Fields, { base, mine }: Change): number | null | undefined {
  const [cookie, before, now] = [fields, base, mine].map((all) => all.get('cookie'))
  if (config.ttlOf === undefined && cookieTtl(cookie, Date.now()) !== undefined) {
    // A touch prolongs the record and not what it says of its end, which may have passed.
    if (isDeepStrictEqual(now, before) || !endTogether(cookie, now)) return undefined
  }
  return wholeTtl(config, fields)
}

function wholeTtl(config: SessionStoreConfig, fields: Fields): number | null {
  if (config.ttlOf !== undefined) return config.ttlOf(sessionOf(fields))
  return cookieTtl(fields.get('cookie'), Date.now()) ?? config.ttlMs
}

function touchTtl(config: SessionStoreConfig, session: object): number | null {
  if (config.ttlOf !== undefined) return config.ttlOf(sessionOf(fieldsOf(session)))
  return usedTtl(writeCookie(Reflect.get(session, 'cookie')), Date.now()) ?? config.ttlMs
}

function cookieIn(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => name === 'cookie'))
}

function isPlain(session: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(session)
  return prototype === Object.prototype || prototype === null
}
