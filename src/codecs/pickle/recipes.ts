import { PyByteArray, PyCounter, PyDefaultDict, PyDeque, PyFrozenSet, PyOrderedDict } from './collections.ts'
import { readDate, readDateTime, readTime } from './datetime-bytes.ts'
import { entriesOf } from './dicts.ts'
import type { Machine } from './machine.ts'
import { globals } from './names.ts'
import { PyExtension, PyObject } from './objects.ts'
import { newSet } from './read-containers.ts'
import { PyTimeDelta } from './timedelta.ts'
import { PyComplex, PyDecimal, PyFloat, PyGlobal, PyHerdMarker, PySafeString, PyUuid } from './values.ts'
import { PyPytzZone, PyTimeZone, PyZoneInfo } from './zones.ts'

/** What a class of the allow list makes of its arguments; `undefined` when Python never gives it such. */
type Recipe = (args: readonly unknown[], machine: Machine) => unknown

/** Stands in until its number comes with the state. */
const noUuid = '00000000-0000-0000-0000-000000000000'

/** Name by name, what calling it yields. Only values come out of these: nothing is looked up and nothing runs. */
export const calls: ReadonlyMap<PyGlobal, Recipe> = new Map<PyGlobal, Recipe>([
  [globals.bytearray, ([content, encoding], machine) => byteArray(content, encoding, machine)],
  [globals.bytes, (args) => (args.length === 0 ? new Uint8Array() : undefined)],
  [globals.complex, ([real, imaginary]) => complex(float(real), float(imaginary))],
  [globals.frozenset, ([items], machine) => (isItems(items) ? new PyFrozenSet(set(items, machine)) : undefined)],
  [globals.set, ([items], machine) => (isItems(items) ? set(items, machine) : undefined)],
  [globals.encode, ([text, encoding], machine) => latin1(text, encoding, machine)],
  [globals.Counter, ([counts], machine) => counter(counts, machine)],
  [globals.OrderedDict, (args) => (args.length === 0 ? new PyOrderedDict() : undefined)],
  [globals.defaultdict, ([factory = null]) => (isFactory(factory) ? new PyDefaultDict(factory) : undefined)],
  [globals.deque, ([items = [], maxLength = null], machine) => deque(items, maxLength, machine)],
  [globals.date, ([bytes]) => readDate(bytes)],
  [globals.datetime, (args, { config }) => readDateTime(args[0], args[1] ?? null, config)],
  [globals.time, ([bytes, zone = null]) => readTime(bytes, zone)],
  [globals.timedelta, ([days, seconds, microseconds]) => timeDelta(days, seconds, microseconds)],
  [globals.timezone, ([offset, name = null]) => timeZone(offset, name)],
  [globals.Decimal, ([text], machine) => decimal(text, machine)],
  [globals.getattr, ([owner, name]) => attribute(owner, name)],
  [globals.zoneUnpickle, ([key, fromCache]) => zoneInfo(key, fromCache)],
  [globals.pytzUtc, () => PyPytzZone.utc],
  [globals.pytzZone, ([key, ...local]) => pytzZone(key, local)],
  [globals.reconstructor, (args, machine) => reconstruct(args, machine)],
])

/** Name by name, what `__new__` yields, before the state comes. */
export const creations: ReadonlyMap<PyGlobal, Recipe> = new Map<PyGlobal, Recipe>([
  [globals.HerdMarker, (args) => (args.length === 0 ? new PyHerdMarker() : undefined)],
  [globals.SafeString, ([text]) => (typeof text === 'string' ? new PySafeString(text) : undefined)],
  [globals.UUID, (args, machine) => (args.length === 0 ? bareUuid(machine) : undefined)],
])

/** Gives a UUID made by its recipe its number. */
export function fillUuid(machine: Machine, uuid: PyUuid, state: unknown): void {
  const fields = new Map(entriesOf(state, machine))
  const number = fields.get('int')
  const isSafe = fields.get('is_safe')
  const integer = typeof number === 'number' || typeof number === 'bigint' ? BigInt(number) : -1n
  if (integer < 0n || integer >= 1n << 128n) throw machine.fail('a UUID has no number')
  if (isSafe !== undefined && typeof isSafe !== 'number') throw machine.fail('a UUID is malformed')
  const hex = integer.toString(16).padStart(32, '0')
  const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  if (uuid.text === noUuid) machine.unbuilt--
  Object.assign(uuid, new PyUuid(text, isSafe))
}

function bareUuid(machine: Machine): PyUuid {
  machine.unbuilt++
  return new PyUuid(noUuid)
}

function set(items: readonly unknown[], machine: Machine): Set<unknown> {
  machine.copies(items.length)
  return newSet(machine, items)
}

function byteArray(content: unknown, encoding: unknown, machine: Machine): PyByteArray | undefined {
  if (content === undefined) return new PyByteArray()
  const bytes = encoding === undefined ? content : latin1(content, encoding, machine)
  if (!(bytes instanceof Uint8Array)) return undefined
  if (bytes === content) machine.copies(bytes.length)
  return new PyByteArray(bytes)
}

/** How protocols up to 2 write bytes. */
function latin1(text: unknown, encoding: unknown, machine: Machine): Uint8Array | undefined {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined
  machine.copies(text.length)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return undefined
    bytes[index] = code
  }
  return bytes
}

function complex(real: number | undefined, imaginary: number | undefined): PyComplex | undefined {
  return real === undefined || imaginary === undefined ? undefined : new PyComplex(real, imaginary)
}

function decimal(text: unknown, machine: Machine): PyDecimal | undefined {
  if (typeof text !== 'string') return undefined
  machine.copies(text.length)
  return new PyDecimal(text)
}

function counter(counts: unknown, machine: Machine): PyCounter | undefined {
  const entries = counts === undefined ? [] : entriesOf(counts, machine)
  return entries === undefined ? undefined : new PyCounter(entries)
}

function deque(items: unknown, maxLength: unknown, machine: Machine): PyDeque | undefined {
  if (!isItems(items) || (maxLength !== null && !isCount(maxLength))) return undefined
  machine.copies(items.length)
  return new PyDeque(items, maxLength)
}

function timeDelta(days: unknown, seconds: unknown, microseconds: unknown): PyTimeDelta | undefined {
  if (typeof days !== 'number' || typeof seconds !== 'number' || typeof microseconds !== 'number') return undefined
  return new PyTimeDelta({ days, seconds, microseconds })
}

function timeZone(offset: unknown, name: unknown): PyTimeZone | undefined {
  if (!(offset instanceof PyTimeDelta) || (name !== null && typeof name !== 'string')) return undefined
  const zone = new PyTimeZone(offset, name)
  return zone.isUtc ? PyTimeZone.utc : zone
}

/** A `ZoneInfo` pickles as a call of `getattr(ZoneInfo, '_unpickle')`; no other attribute is known. */
function attribute(owner: unknown, name: unknown): PyGlobal | undefined {
  return owner === globals.ZoneInfo && name === '_unpickle' ? globals.zoneUnpickle : undefined
}

function zoneInfo(key: unknown, fromCache: unknown): PyZoneInfo | undefined {
  return typeof key === 'string' ? new PyZoneInfo(key, fromCache === 1 || fromCache === true) : undefined
}

function pytzZone(key: unknown, local: readonly unknown[]): PyPytzZone | undefined {
  if (typeof key !== 'string') return undefined
  if (local.length === 0) return new PyPytzZone(key)
  const [utcOffset, dst, abbreviation] = local
  if (typeof utcOffset !== 'number' || typeof dst !== 'number' || typeof abbreviation !== 'string') return undefined
  return new PyPytzZone(key, { utcOffset, dst, abbreviation })
}

/** How protocols 0 and 1 say `__new__`. */
function reconstruct([owner, base, state]: readonly unknown[], machine: Machine): unknown {
  const create = owner instanceof PyGlobal ? creations.get(owner) : undefined
  if (create === undefined || base !== globals.object || state !== null) return undefined
  return create([], machine)
}

function float(value: unknown): number | undefined {
  return typeof value === 'number' ? value : value instanceof PyFloat ? value.valueOf() : undefined
}

function isItems(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

function isFactory(value: unknown): value is PyGlobal | PyObject | PyExtension | null {
  return value === null || value instanceof PyGlobal || value instanceof PyObject || value instanceof PyExtension
}
