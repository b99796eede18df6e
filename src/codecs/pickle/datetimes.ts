/** The types of Python's `datetime` module, down to the microsecond and with the zone they came with. */

import { within } from './timedelta.ts'
import { instantOf, offsetText, type PyPytzZone, PyTimeZone, type PyZone } from './zones.ts'

/** A day of the calendar. */
export interface DateParts {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/** A time of day. */
export interface TimeParts {
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** @defaultValue 0 */
  readonly microsecond?: number
  /** 1 for the second of two equal times when clocks are set back. @defaultValue 0 */
  readonly fold?: number
  /** `null` for a naive one. @defaultValue null */
  readonly zone?: PyZone | null
}

/** A `datetime.date`. */
export class PyDate {
  readonly year: number
  readonly month: number
  readonly day: number

  /** @throws RangeError for a day that is not in the calendar. */
  constructor(parts: DateParts) {
    this.year = within(parts.year, [1, 9999], 'A year')
    this.month = within(parts.month, [1, 12], 'A month')
    this.day = within(parts.day, [1, daysIn(parts.year, parts.month)], 'A day')
  }

  /** Midnight UTC of that day. */
  toDate(): Date {
    const { year, month, day } = this
    return new Date(utcMs({ year, month, day, hour: 0, minute: 0, second: 0 }))
  }

  /** As ISO 8601: `2024-02-29`. */
  toString(): string {
    return dateText(this)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** A `datetime.time`. */
export class PyTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
  readonly fold: number
  readonly zone: PyZone | null

  /** @throws RangeError for a time that no clock shows. */
  constructor(parts: TimeParts) {
    this.hour = within(parts.hour, [0, 23], 'An hour')
    this.minute = within(parts.minute, [0, 59], 'A minute')
    this.second = within(parts.second, [0, 59], 'A second')
    this.microsecond = within(parts.microsecond ?? 0, [0, 999_999], 'A microsecond')
    this.fold = within(parts.fold ?? 0, [0, 1], 'A fold')
    this.zone = parts.zone ?? null
  }

  /** As ISO 8601: `12:34:56.789012+02:00`. The offset is left out when it depends on the day. */
  toString(): string {
    return timeText(this) + offsetText(this.zone?.offsetSeconds(undefined))
  }

  toJSON(): string {
    return this.toString()
  }
}

/** A `datetime.datetime`. */
export class PyDateTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
  readonly fold: number
  readonly zone: PyZone | null

  /** @throws RangeError for what neither calendar nor clock shows. */
  constructor(parts: DateParts & TimeParts) {
    this.year = within(parts.year, [1, 9999], 'A year')
    this.month = within(parts.month, [1, 12], 'A month')
    this.day = within(parts.day, [1, daysIn(parts.year, parts.month)], 'A day')
    this.hour = within(parts.hour, [0, 23], 'An hour')
    this.minute = within(parts.minute, [0, 59], 'A minute')
    this.second = within(parts.second, [0, 59], 'A second')
    this.microsecond = within(parts.microsecond ?? 0, [0, 999_999], 'A microsecond')
    this.fold = within(parts.fold ?? 0, [0, 1], 'A fold')
    this.zone = parts.zone ?? null
  }

  /** An instant as a datetime in UTC, spelled as told. @throws RangeError outside the years 1 to 9999. */
  static fromDate(date: Date, utc: PyTimeZone | PyPytzZone = PyTimeZone.utc): PyDateTime {
    return new PyDateTime({ ...utcParts(date.getTime()), zone: utc })
  }

  /** Whether it says which zone it is in. */
  get isAware(): boolean {
    return this.zone !== null
  }

  /**
   * The instant, cut to the millisecond. A naive one is taken to be UTC.
   *
   * @throws RangeError for the name of a zone that this machine does not know.
   */
  toDate(): Date {
    return new Date(Math.floor(instantOf(utcMs(this), this.fold, this.zone)))
  }

  /** As Python's `isoformat()`: `2024-02-29T12:34:56.789012+02:00`. @throws RangeError as {@link toDate}. */
  toString(): string {
    const local = `${dateText(this)}T${timeText(this)}`
    if (this.zone === null) return local
    const wall = utcMs(this)
    const fixed = this.zone.offsetSeconds(undefined)
    return local + offsetText(fixed ?? Math.round((wall - instantOf(wall, this.fold, this.zone)) / 1000))
  }

  toJSON(): string {
    return this.toString()
  }
}

/** The parts of an instant in UTC. */
export function utcParts(ms: number): Required<DateParts> & Required<Omit<TimeParts, 'zone' | 'fold'>> {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: date.getUTCMilliseconds() * 1000,
  }
}

/** Milliseconds since 1970, with a fraction, as if the parts were UTC. */
function utcMs(parts: DateParts & TimeParts): number {
  const { year, month, day, hour, minute, second, microsecond = 0 } = parts
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; 400 years are a whole number of days.
  const ms = Date.UTC(year + 400, month - 1, day, hour, minute, second) - 12_622_780_800_000
  return ms + microsecond / 1000
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function dateText({ year, month, day }: DateParts): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

function timeText({ hour, minute, second, microsecond = 0 }: TimeParts): string {
  const fraction = microsecond === 0 ? '' : `.${String(microsecond).padStart(6, '0')}`
  return `${two(hour)}:${two(minute)}:${two(second)}${fraction}`
}

function two(part: number): string {
  return String(part).padStart(2, '0')
}
