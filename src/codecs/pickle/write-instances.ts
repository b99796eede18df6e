import { Unwritable } from '../unwritable.ts'
import { dateBytes, dateTimeBytes, timeBytes } from './datetime-bytes.ts'
import { type PyDate, type PyDateTime, type PyTime, utcParts } from './datetimes.ts'
import { globals } from './names.ts'
import { op } from './opcodes.ts'
import type { Pickler } from './pickler.ts'
import type { PyTimeDelta } from './timedelta.ts'
import { type PyComplex, type PyDecimal, PyFloat, type PyHerdMarker, type PySafeString, type PyUuid } from './values.ts'
import { writeCall } from './write-containers.ts'
import { PyPytzZone, PyTimeZone, type PyZone, PyZoneInfo } from './zones.ts'

const firstMs = Date.UTC(2001, 0, 1) - 730_485 * 86_400_000
const lastMs = Date.UTC(10_000, 0, 1) - 1

/** An instant is an aware datetime in UTC. */
export function writeJsDate(pickler: Pickler, date: Date): void {
  const ms = date.getTime()
  if (!(ms >= firstMs && ms <= lastMs)) throw new Unwritable(date, "a Date outside of Python's years 1 to 9999")
  const zone = pickler.config.utc === 'pytz' ? PyPytzZone.utc : PyTimeZone.utc
  const bytes = dateTimeBytes(utcParts(ms), 0)
  writeCall(pickler, date, globals.datetime, [() => pickler.saveBytes(bytes), () => saveZone(pickler, zone)])
}

export function writeDateTime(pickler: Pickler, datetime: PyDateTime): void {
  const bytes = dateTimeBytes(datetime, datetime.fold)
  writeCall(pickler, datetime, globals.datetime, zoned(pickler, bytes, datetime.zone))
}

export function writeTime(pickler: Pickler, time: PyTime): void {
  writeCall(pickler, time, globals.time, zoned(pickler, timeBytes(time), time.zone))
}

export function writeDate(pickler: Pickler, date: PyDate): void {
  writeCall(pickler, date, globals.date, [() => pickler.saveBytes(dateBytes(date))])
}

export function writeTimeDelta(pickler: Pickler, delta: PyTimeDelta): void {
  writeCall(pickler, delta, globals.timedelta, each(pickler, [delta.days, delta.seconds, delta.microseconds]))
}

export function writeZone(pickler: Pickler, zone: PyZone): void {
  const one = oneZone(pickler, zone)
  if (one !== zone && pickler.recall(one)) return
  if (one instanceof PyTimeZone) return writeTimeZone(pickler, one)
  if (one instanceof PyZoneInfo) return writeZoneInfo(pickler, one)
  writePytzZone(pickler, one)
}

export function writeFloat(pickler: Pickler, float: PyFloat): void {
  pickler.out.double(op.BINFLOAT, float.valueOf())
}

export function writeComplex(pickler: Pickler, complex: PyComplex): void {
  writeCall(pickler, complex, globals.complex, [
    () => pickler.save(new PyFloat(complex.real)),
    () => pickler.save(new PyFloat(complex.imaginary)),
  ])
}

export function writeDecimal(pickler: Pickler, decimal: PyDecimal): void {
  writeCall(pickler, decimal, globals.Decimal, [() => pickler.saveFreshText(decimal.text)])
}

export function writeSafeString(pickler: Pickler, text: PySafeString): void {
  pickler.saveGlobal(globals.SafeString)
  pickler.saveArgs([() => pickler.save(text.valueOf())])
  pickler.out.byte(op.NEWOBJ)
  pickler.memoize(text)
}

export function writeHerdMarker(pickler: Pickler, marker: PyHerdMarker): void {
  pickler.saveGlobal(globals.HerdMarker)
  pickler.saveArgs([])
  pickler.out.byte(op.NEWOBJ)
  pickler.memoize(marker)
}

export function writeUuid(pickler: Pickler, uuid: PyUuid): void {
  pickler.saveGlobal(globals.UUID)
  pickler.saveArgs([])
  pickler.out.byte(op.NEWOBJ)
  pickler.memoize(uuid)
  const int = BigInt(`0x${uuid.text.replaceAll('-', '')}`)
  pickler.save(uuid.isSafe === undefined ? { int } : { int, is_safe: uuid.isSafe })
  pickler.out.byte(op.BUILD)
}

function zoned(pickler: Pickler, bytes: Uint8Array, zone: PyZone | null): (() => void)[] {
  const args = [() => pickler.saveBytes(bytes)]
  if (zone !== null) args.push(() => saveZone(pickler, zone))
  return args
}

function saveZone(pickler: Pickler, zone: PyZone): void {
  pickler.save(oneZone(pickler, zone))
}

/** Python has but one object for UTC, and for each name of a zone. */
function oneZone(pickler: Pickler, zone: PyZone): PyZone {
  if (zone instanceof PyTimeZone) return zone.isUtc ? PyTimeZone.utc : zone
  if (zone instanceof PyZoneInfo) return zone.fromCache ? pickler.one(`zone ${zone.key}`, zone) : zone
  return pickler.one(`pytz ${zone.key} ${JSON.stringify(zone.local)}`, zone)
}

function writeTimeZone(pickler: Pickler, zone: PyTimeZone): void {
  const { offset, name } = zone
  const args = [() => pickler.save(offset)]
  if (name !== null) args.push(() => pickler.save(name))
  writeCall(pickler, zone, globals.timezone, args)
}

/** As Python pickles a class method: `getattr(ZoneInfo, '_unpickle')(key, fromCache)`. */
function writeZoneInfo(pickler: Pickler, zone: PyZoneInfo): void {
  const method = {}
  writeCall(pickler, method, globals.getattr, [
    () => pickler.saveGlobal(globals.ZoneInfo),
    () => pickler.saveFreshText('_unpickle'),
  ])
  pickler.saveArgs([() => pickler.save(zone.key), () => pickler.save(zone.fromCache ? 1 : 0)])
  pickler.out.byte(op.REDUCE)
  pickler.memoize(zone)
}

function writePytzZone(pickler: Pickler, zone: PyPytzZone): void {
  if (zone.key === 'UTC' && zone.local === null) return writeCall(pickler, zone, globals.pytzUtc, [])
  const { local } = zone
  const parts = local === null ? [zone.key] : [zone.key, local.utcOffset, local.dst, local.abbreviation]
  writeCall(pickler, zone, globals.pytzZone, each(pickler, parts))
}

function each(pickler: Pickler, args: readonly unknown[]): (() => void)[] {
  return args.map((arg) => () => pickler.save(arg))
}
