import { type DateParts, PyDate, PyDateTime, PyTime, type TimeParts } from './datetimes.ts'
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
  const hour = at(bytes, 0) & ~foldBit
  const fold = at(bytes, 0) >> 7
  return new PyTime({ hour, minute: at(bytes, 1), second: at(bytes, 2), microsecond: uint24(bytes, 3), fold, zone })
}

/** A date's four bytes, then a time's six. */
export function readDateTime(bytes: unknown, zone: unknown, config: PickleConfig): PyDateTime | Date | undefined {
  if (!isBytes(bytes, 10) || !isZone(zone)) return undefined
  const datetime = new PyDateTime({
    year: uint16(bytes, 0),
    month: at(bytes, 2) & ~foldBit,
    day: at(bytes, 3),
    hour: at(bytes, 4),
    minute: at(bytes, 5),
    second: at(bytes, 6),
    microsecond: uint24(bytes, 7),
    fold: at(bytes, 2) >> 7,
    zone,
  })
  return isPlain(datetime, config) ? datetime.toDate() : datetime
}

export function dateBytes(date: PyDate): Uint8Array {
  return Uint8Array.of(date.year >> 8, date.year & 0xff, date.month, date.day)
}

export function timeBytes(time: PyTime): Uint8Array {
  const { hour, minute, second, microsecond: micro } = time
  return Uint8Array.of(hour | (time.fold << 7), minute, second, micro >> 16, (micro >> 8) & 0xff, micro & 0xff)
}

export function dateTimeBytes(parts: Required<DateParts & Omit<TimeParts, 'zone' | 'fold'>>, fold: number): Uint8Array {
  const { year, month, day, hour, minute, second, microsecond: micro } = parts
  const bytes = new Uint8Array(10)
  bytes[0] = year >> 8
  bytes[1] = year
  bytes[2] = month | (fold << 7)
  bytes[3] = day
  bytes[4] = hour
  bytes[5] = minute
  bytes[6] = second
  bytes[7] = micro >> 16
  bytes[8] = micro >> 8
  bytes[9] = micro
  return bytes
}

/** Whether a `Date` says all that it says, or is wanted anyway. */
function isPlain(datetime: PyDateTime, config: PickleConfig): boolean {
  const { zone, microsecond, fold } = datetime
  if (zone === null) return false
  if (config.dates === 'date') return true
  const utc = config.utc === 'pytz' ? PyPytzZone.utc : PyTimeZone.utc
  return zone === utc && microsecond % 1000 === 0 && fold === 0
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

function uint24(bytes: Uint8Array, index: number): number {
  return (uint16(bytes, index) << 8) | at(bytes, index + 2)
}
