import { PyDate, PyDateTime, PyTime } from './datetimes.ts'
import type { PickleConfig } from './options.ts'
import { PyPytzZone, PyTimeZone, PyZoneInfo, type PyZone } from './zones.ts'

/** Set in the byte of the month (of the hour, for a time) when `fold` is 1. */
const foldBit = 0x80

/** Year (two bytes), month, day. */
export function readDate(bytes: unknown): PyDate | undefined {
  if (!isBytes(bytes, 4)) return undefined
  return new PyDate({ year: uint16(bytes, 0), month: at(bytes, 2), day: at(bytes, 3) })
}

/** Hour, minute, second, microsecond (three bytes). */
export function readTime(bytes: unknown, zone: unknown): PyTime | undefined {
  if (!isBytes(bytes, 6) || !isZone(zone)) return undefined
  return new PyTime({ ...clock(bytes, 0), hour: at(bytes, 0) & ~foldBit, fold: at(bytes, 0) >> 7, zone })
}

/** A date's four bytes, then a time's six. */
export function readDateTime(bytes: unknown, zone: unknown, config: PickleConfig): PyDateTime | Date | undefined {
  if (!isBytes(bytes, 10) || !isZone(zone)) return undefined
  const month = at(bytes, 2) & ~foldBit
  const fold = at(bytes, 2) >> 7
  const datetime = new PyDateTime({ ...clock(bytes, 4), year: uint16(bytes, 0), month, day: at(bytes, 3), fold, zone })
  return isPlain(datetime, config) ? datetime.toDate() : datetime
}

export function dateBytes(date: PyDate): Uint8Array {
  return Uint8Array.of(date.year >> 8, date.year & 0xff, date.month, date.day)
}

export function timeBytes(time: PyTime): Uint8Array {
  const { hour, minute, second, microsecond: micro } = time
  return Uint8Array.of(hour | (time.fold << 7), minute, second, micro >> 16, (micro >> 8) & 0xff, micro & 0xff)
}

export function dateTimeBytes(datetime: Omit<PyDateTime, 'toDate' | 'isAware' | 'toJSON' | 'zone'>): Uint8Array {
  const { year, month, day, hour, minute, second, microsecond: micro, fold } = datetime
  const date = [year >> 8, year & 0xff, month | (fold << 7), day]
  return Uint8Array.of(...date, hour, minute, second, micro >> 16, (micro >> 8) & 0xff, micro & 0xff)
}

/** Whether a `Date` says all that it says, or is wanted anyway. */
function isPlain(datetime: PyDateTime, config: PickleConfig): boolean {
  const { zone, microsecond, fold } = datetime
  if (zone === null) return false
  if (config.dates === 'date') return true
  const utc = config.utc === 'pytz' ? PyPytzZone.utc : PyTimeZone.utc
  return zone === utc && microsecond % 1000 === 0 && fold === 0
}

function clock(
  bytes: Uint8Array,
  start: number,
): { hour: number; minute: number; second: number; microsecond: number } {
  const microsecond = (at(bytes, start + 3) << 16) | uint16(bytes, start + 4)
  return { hour: at(bytes, start), minute: at(bytes, start + 1), second: at(bytes, start + 2), microsecond }
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function isZone(value: unknown): value is PyZone | null {
  return value === null || value instanceof PyTimeZone || value instanceof PyZoneInfo || value instanceof PyPytzZone
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}

function uint16(bytes: Uint8Array, index: number): number {
  return (at(bytes, index) << 8) | at(bytes, index + 1)
}
