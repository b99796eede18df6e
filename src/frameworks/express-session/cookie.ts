import { isDeepStrictEqual } from 'node:util'

import { type Fields, toRecord } from '../../sessions/fields.ts'
import { type Conflict, mergeFields } from '../../sessions/merge.ts'

/** A session's cookie as the store gives it. */
export interface StoredCookie {
  /** Milliseconds that the browser was told to keep it; `null` until it closes. */
  originalMaxAge: number | null
  expires?: Date | null
  [attribute: string]: unknown
}

/** Which belong together: the one is worked out of the other. */
const lifetime = ['originalMaxAge', 'expires', 'originalExpires'] as const

/** What Redis can hold; milliseconds. */
const longestMs = 3.2e15

/** The cookie as plain data that any serializer holds and express-session's other stores read: dates are ISO text. */
export function writeCookie(cookie: unknown): unknown {
  const json = hasToJson(cookie) ? cookie.toJSON('cookie') : cookie
  if (!isRecord(json)) return undefined
  const written = Object.entries(json).map(([name, value]) => [name, textOfDate(value)] as const)
  return toRecord(written.filter(([, value]) => value !== undefined && typeof value !== 'function'))
}

/** The cookie as {@link writeCookie} stored it, whatever is there. */
export function readCookie(stored: unknown): StoredCookie {
  const attributes = Object.entries(isRecord(stored) ? stored : {}).filter(([name]) => name !== '__proto__')
  const { originalMaxAge, expires, ...rest } = Object.fromEntries(attributes)
  return {
    originalMaxAge: typeof originalMaxAge === 'number' ? originalMaxAge : null,
    ...(expires === undefined ? {} : { expires: dateOf(expires) }),
    ...rest,
  }
}

/** Milliseconds that the session of such a cookie is to live from `now` on; `undefined` when the cookie does not say. */
export function cookieTtl(cookie: unknown, now: number): number | undefined {
  if (!isRecord(cookie)) return undefined
  const { expires, maxAge, originalMaxAge } = cookie
  const ms = [(dateOf(expires)?.getTime() ?? Number.NaN) - now, maxAge, originalMaxAge].find(Number.isFinite)
  return typeof ms === 'number' ? Math.min(Math.max(0, Math.ceil(ms)), longestMs) : undefined
}

/** The same for a session in use: the end that was written down may have passed while it was prolonged. */
export function usedTtl(cookie: unknown, now: number): number | undefined {
  const ms = cookieTtl(cookie, now)
  if (ms !== 0 || !isRecord(cookie)) return ms
  return cookieTtl({ originalMaxAge: cookie['originalMaxAge'] }, now) ?? ms
}

/** Merges two cookies attribute by attribute; a lifetime that only one side changed is as that side has it. */
export function mergeCookies({ base, mine, theirs }: Conflict): unknown {
  if (!isRecord(base) || !isRecord(mine) || !isRecord(theirs)) return mine
  const merged = new Map(mergeFields(attributesOf(base), attributesOf(mine), attributesOf(theirs)))
  const owner = isSameLifetime(mine, base) && !isSameLifetime(theirs, base) ? theirs : mine
  for (const name of lifetime) {
    if (owner[name] === undefined) merged.delete(name)
    else merged.set(name, owner[name])
  }
  return toRecord(merged)
}

/** Whether both cookies end at the same time. */
export function endTogether(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return a === b
  return lifetime.every((name) => isDeepStrictEqual(a[name], b[name]))
}

/** A date, or its text as JSON has it. */
export function dateOf(value: unknown): Date | null {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}

export function hasToJson(value: unknown): value is { toJSON(name: string): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
}

/** Each use moves `expires`, so that only tells of a change where there is no age. */
function isSameLifetime(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  if (!isDeepStrictEqual(a['originalMaxAge'] ?? null, b['originalMaxAge'] ?? null)) return false
  return typeof a['originalMaxAge'] === 'number' || isDeepStrictEqual(a['expires'], b['expires'])
}

function attributesOf(record: Readonly<Record<string, unknown>>): Fields {
  return new Map(Object.entries(record))
}

function textOfDate(value: unknown): unknown {
  if (!(value instanceof Date)) return value
  return Number.isNaN(value.getTime()) ? null : value.toISOString()
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
