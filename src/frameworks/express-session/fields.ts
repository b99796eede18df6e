import { isDeepStrictEqual } from 'node:util'

import { type Fields, replaceData, toRecord } from '../../sessions/fields.ts'
import { hasToJson, readCookie, type StoredCookie, writeCookie } from './cookie.ts'

/** A session as plain data: what a store gives and takes. */
export interface StoredSession {
  cookie: StoredCookie
  [field: string]: unknown
}

/** Deeper values are left to the serializer, which refuses them. */
const maxDepth = 1000

/** What of a session is stored: its own fields without methods, the cookie as plain data. */
export function fieldsOf(session: object): Fields {
  const fields = new Map<string, unknown>()
  for (const [name, value] of Object.entries(session)) {
    const stored = name === 'cookie' ? writeCookie(value) : value
    if (stored !== undefined && typeof stored !== 'function') fields.set(name, stored)
  }
  return fields
}

/**
 * Those of `fields` that `session` was made of: not those whose names its class has taken, such as `save`. They are there
 * still, though the session does not have them.
 */
export function visibleIn(session: object, fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => !isTaken(Reflect.get(session, name), session, name)))
}

/** As they are to be stored: what is unchanged as it was read, all else as plain data. */
export function storable(fields: Fields, base?: Fields): Fields {
  const storable = new Map<string, unknown>()
  for (const [name, value] of fields) {
    const known = base?.get(name)
    const plain = known !== undefined && isDeepStrictEqual(value, known) ? known : plainOf(value, name)
    if (plain !== undefined) storable.set(name, plain)
  }
  return storable
}

/** What the store gives for a record. A field `__proto__` stays in there: it would change what a session is. */
export function sessionOf(fields: Fields): StoredSession {
  const { cookie, ...rest } = toRecord([...fields].filter(([name]) => name !== '__proto__'))
  return { ...rest, cookie: readCookie(cookie) }
}

function isTaken(value: unknown, session: object, name: string): boolean {
  return (
    typeof value === 'function' || (value !== undefined && !Object.prototype.propertyIsEnumerable.call(session, name))
  )
}

/**
 * Objects that speak for themselves by `toJSON`, such as a database's ids and documents, as they say: that is what other
 * stores keep of them. Dates and bytes stay what they are.
 */
function plainOf(value: unknown, name: string): unknown {
  return copyOf(value, { name, depth: 0, copies: new Map() })
}

interface Place {
  readonly name: string
  readonly depth: number
  /** What is met twice is one object still, also when it contains itself. */
  readonly copies: Map<object, unknown>
}

function copyOf(value: unknown, place: Place): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || ArrayBuffer.isView(value) || place.depth > maxDepth) return value
  if (place.copies.has(value)) return place.copies.get(value)
  if (!hasToJson(value)) return copyOfMembers(value, place)
  const json = value.toJSON(place.name)
  const copy = typeof json === 'object' && json !== null ? copyOfMembers(json, place) : json
  place.copies.set(value, copy)
  return copy
}

function copyOfMembers(value: object, { copies, depth }: Place): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value) && prototype === Array.prototype) {
    const items: readonly unknown[] = value
    const list: unknown[] = []
    copies.set(value, list)
    list.length = items.length
    items.forEach((item, index) => (list[index] = copyOf(item, { name: String(index), depth: depth + 1, copies })))
    return list
  }
  if (prototype !== Object.prototype && prototype !== null) return value
  const record: Record<string, unknown> = {}
  copies.set(value, record)
  const members = Object.entries(value).map(
    ([name, item]) => [name, copyOf(item, { name, depth: depth + 1, copies })] as const,
  )
  replaceData(record, new Map(members))
  return record
}
