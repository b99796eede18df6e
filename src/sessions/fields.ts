import { type Bytes, toText } from '../base/bytes.ts'
import { DecodeError } from '../errors.ts'
import { isSame } from './same.ts'

/** A session's fields by name, the user's and the session's own. Merging knows no finer parts. */
export type Fields = ReadonlyMap<string, unknown>

/** The fields that belong to the session itself; the first four are Django's. */
export const own = {
  /** A lifetime of its own: seconds without use, 0 until the browser closes, a date as ISO text, null for ever. */
  expiry: '_session_expiry',
  /** Who is logged in, as text. */
  user: '_auth_user_id',
  /** What let the user in: a dotted path of Django's. */
  backend: '_auth_user_backend',
  /** Ends the login when the password changes. */
  hash: '_auth_user_hash',
  /** When it began: milliseconds since 1970. */
  created: '_session_created',
  /** On the stone left under an old key: a {@link Moved}. */
  moved: '_session_moved',
  /** Never in a record: what others keep there under names that no field can have, as a `Map`. */
  rest: '_session_rest',
} as const

/** The fields that a login sets. */
export const loginNames: ReadonlySet<string> = new Set([own.user, own.backend, own.hash])

/** What an old key still says. */
export interface Moved {
  /** Where the session goes on; `null` when that is not for who has the old key, who reads what it held then. */
  readonly to: string | null
  /** Until when it says so: milliseconds since 1970. The store's own time could be prolonged by a request under way. */
  readonly until: number
  /** Of a mark: whose it is. */
  readonly by?: string | undefined
  /** Of a mark without a way: the record's bytes as they were, in base64. */
  readonly held?: string | undefined
}

const ownNames: ReadonlySet<string> = new Set(Object.values(own))

export const noFields: Fields = new Map()

/** Whether a field belongs to the session itself. */
export function isOwn(name: string): boolean {
  return ownNames.has(name)
}

/** What was stored, as fields. @throws DecodeError when it is no record. */
export function toFields(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)) {
    const fields = new Map<string, unknown>()
    for (const field of Object.keys(value)) fields.set(field, Reflect.get(value, field))
    return fields
  }
  // Nothing of the value itself, which is somebody's.
  const came = Array.isArray(value) ? 'an array' : typeof value
  throw new DecodeError(name, 'session', `expected a record of fields, got ${came}`)
}

/** As an object; `__proto__` is a field like any other. */
export function toRecord(fields: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [name, value] of fields) setField(record, name, value)
  return record
}

/** The stone that these fields are; `undefined` for a session. */
export function movedOf(fields: Fields): Moved | undefined {
  const moved = fields.get(own.moved)
  return moved === undefined ? undefined : readMoved(moved)
}

/** What a mark says, which is a {@link Moved} as JSON. */
export function movedIn(bytes: Bytes | undefined): Moved | undefined {
  if (bytes === undefined) return undefined
  try {
    return readMoved(JSON.parse(toText(bytes)))
  } catch {
    return undefined
  }
}

function readMoved(moved: unknown): Moved {
  const { to, until, by, held }: Partial<Record<keyof Moved, unknown>> =
    typeof moved === 'object' && moved !== null ? moved : {}
  return {
    to: typeof to === 'string' ? to : null,
    until: typeof until === 'number' ? until : 0,
    ...(typeof by === 'string' ? { by } : {}),
    ...(typeof held === 'string' ? { held } : {}),
  }
}

/** The user's part. */
export function dataOf(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => !ownNames.has(name)))
}

/** The session's own part. */
export function ownOf(fields: Fields): Map<string, unknown> {
  return new Map([...fields].filter(([name]) => ownNames.has(name)))
}

/** Both parts as what is to be stored; `undefined` is absent. @throws TypeError for a name that is the session's own. */
export function joined(data: Readonly<Record<string, unknown>>, ownFields: Fields): Fields {
  const fields = new Map<string, unknown>()
  for (const name of Object.keys(data)) {
    if (ownNames.has(name)) throw ownName(name)
    const value = data[name]
    if (value !== undefined) fields.set(name, value)
  }
  for (const [name, value] of ownFields) fields.set(name, value)
  return fields
}

/** Makes `data` hold exactly the user's part, in place, so that whoever has the object sees it; answers the session's own. */
export function spread(fields: Fields, data: Record<string, unknown>): Map<string, unknown> {
  const ownFields = new Map<string, unknown>()
  for (const name of Object.keys(data)) {
    if (!fields.has(name) || ownNames.has(name)) delete data[name]
  }
  for (const [name, value] of fields) {
    if (ownNames.has(name)) ownFields.set(name, value)
    else setField(data, name, value)
  }
  return ownFields
}

/** Makes `data` hold exactly these fields, in place: whoever has the object sees them. */
export function replaceData(data: Record<string, unknown>, fields: Fields): void {
  for (const name of Object.keys(data)) if (!fields.has(name)) delete data[name]
  for (const [name, value] of fields) setField(data, name, value)
}

/** Whether both hold the same values under the same names. */
export function sameFields(a: Fields, b: Fields): boolean {
  if (a.size !== b.size) return false
  for (const [name, value] of a) if (!b.has(name) || !isSame(value, b.get(name))) return false
  return true
}

function setField(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') record[name] = value
  else Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}

function ownName(name: string): TypeError {
  return new TypeError(`session.data: the field "${name}" is the session's own; use login() or setExpiry()`)
}
