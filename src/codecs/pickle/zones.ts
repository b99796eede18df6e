/** The zones that Python's datetimes come with, and the instants they stand for. */

import { PyTimeDelta } from './timedelta.ts'

/** Whatever may be the `zone` of a datetime or time. */
export type PyZone = PyTimeZone | PyZoneInfo | PyPytzZone

/** A `datetime.timezone`: a fixed offset. */
export class PyTimeZone {
  /** `datetime.timezone.utc`. */
  static readonly utc: PyTimeZone = new PyTimeZone(new PyTimeDelta({}))

  readonly offset: PyTimeDelta
  /** `null` when it has none of its own. */
  readonly name: string | null

  /** @throws RangeError for an offset of a day or more. */
  constructor(offset: PyTimeDelta, name: string | null = null) {
    if (Math.abs(offset.toSeconds()) >= 86_400) throw new RangeError('The offset of a zone is less than a day')
    this.offset = offset
    this.name = name
  }

  /** Whether it is `datetime.timezone.utc` itself. */
  get isUtc(): boolean {
    return this.name === null && this.offset.toSeconds() === 0
  }

  /** How far it is ahead of UTC. */
  offsetSeconds(_instantMs: number | undefined): number {
    return this.offset.toSeconds()
  }

  toString(): string {
    return this.name ?? (this.isUtc ? 'UTC' : `UTC${offsetText(this.offset.toSeconds())}`)
  }
}

/** A `zoneinfo.ZoneInfo`: a zone by its name in the IANA database. */
export class PyZoneInfo {
  readonly key: string
  /** False for one made by `ZoneInfo.no_cache`. */
  readonly fromCache: boolean

  constructor(key: string, fromCache: boolean = true) {
    this.key = key
    this.fromCache = fromCache
  }

  /** How far it is ahead of UTC at an instant. @throws RangeError for a zone that this machine does not know. */
  offsetSeconds(instantMs: number | undefined): number | undefined {
    return instantMs === undefined ? undefined : zoneOffset(this.key, instantMs)
  }

  toString(): string {
    return this.key
  }
}

/** A zone of the `pytz` package, which Django had up to version 3.2. `UTC` is its `pytz.utc`. */
export class PyPytzZone {
  /** `pytz.utc`. */
  static readonly utc: PyPytzZone = new PyPytzZone('UTC')

  readonly key: string
  /** The offset, the part of it that is daylight saving (both in seconds) and the abbreviation; `null` for a fixed zone. */
  readonly local: PytzLocal | null

  constructor(key: string, local: PytzLocal | null = null) {
    this.key = key
    this.local = local
  }

  /** How far it is ahead of UTC. @throws RangeError for a zone that this machine does not know. */
  offsetSeconds(instantMs: number | undefined): number | undefined {
    if (this.local !== null) return this.local.utcOffset
    if (this.key === 'UTC') return 0
    return instantMs === undefined ? undefined : zoneOffset(this.key, instantMs)
  }

  toString(): string {
    return this.key
  }
}

/** What a `pytz` zone is at one time of the year. */
export interface PytzLocal {
  readonly utcOffset: number
  readonly dst: number
  readonly abbreviation: string
}

/** The instant at which clocks of `zone` show `wallMs`, which is given as if it were UTC. */
export function instantOf(wallMs: number, fold: number, zone: PyZone | null): number {
  if (zone === null) return wallMs
  const before = wallMs - 1000 * (zone.offsetSeconds(wallMs - 86_400_000) ?? 0)
  const after = wallMs - 1000 * (zone.offsetSeconds(wallMs + 86_400_000) ?? 0)
  if (before === after) return before
  const fits = [before, after].filter((instant) => instant + 1000 * (zone.offsetSeconds(instant) ?? 0) === wallMs)
  const [first = before, second = first] = fits
  if (fits.length === 0) return fold === 0 ? before : after
  return fold === 0 ? Math.min(first, second) : Math.max(first, second)
}

/** As in ISO 8601: `+05:30`, with seconds and microseconds only where there are any; empty when there is none. */
export function offsetText(seconds: number | undefined): string {
  if (seconds === undefined) return ''
  const micros = Math.round(Math.abs(seconds) * 1_000_000)
  const whole = Math.floor(micros / 1_000_000)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const kept = micros % 60_000_000 === 0 ? parts.slice(0, 2) : parts
  const fraction = micros % 1_000_000 === 0 ? '' : `.${String(micros % 1_000_000).padStart(6, '0')}`
  return (seconds < 0 ? '-' : '+') + kept.map((part) => String(part).padStart(2, '0')).join(':') + fraction
}

const formats = new Map<string, Intl.DateTimeFormat>()
const mostFormats = 100

/** Out of what ICU calls the zone, such as `GMT-04:56:02`: its calendar fields are Julian before 1582. */
function zoneOffset(key: string, instantMs: number): number {
  const name = formatOf(key)
    .formatToParts(Math.floor(instantMs))
    .find((part) => part.type === 'timeZoneName')?.value
  const [, sign, hours, minutes, seconds] = /([+-])(\d+):(\d+)(?::(\d+))?$/.exec(name ?? '') ?? []
  const offset = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return sign === '-' ? -offset : offset
}

function formatOf(key: string): Intl.DateTimeFormat {
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', { timeZone: key, timeZoneName: 'longOffset' })
  if (formats.size >= mostFormats) formats.clear()
  formats.set(key, format)
  return format
}
