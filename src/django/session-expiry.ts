import { toTtlMs } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import { PyDateTime, utcParts } from '../codecs/pickle/datetimes.ts'
import { PyFloat } from '../codecs/pickle/values.ts'
import { instantOf, type PyZone, PyZoneInfo } from '../codecs/pickle/zones.ts'
import { OptionError } from '../errors.ts'
import type { ExpiryForm, SessionExpiry } from '../sessions/expiry.ts'

/** What the form of `_session_expiry` depends on. */
export interface ExpirySettings {
  /** Whether dates are ISO text; else datetimes, as the cache's serializer writes them. */
  readonly asText: boolean
  /** The zone of datetimes that have none, with USE_TZ = False; `undefined` when the site's datetimes have one. */
  readonly naiveZone: string | undefined
}

/** Beyond so many seconds Redis' clock would overflow. */
const longestSeconds = 3.2e12

/** How Django keeps a lifetime of its own: seconds, 0 until the browser closes, or a date. Every form of a date is read. */
export function djangoExpiry({ asText, naiveZone }: ExpirySettings): ExpiryForm {
  const zone = naiveZone === undefined ? undefined : new PyZoneInfo(naiveZone)
  return {
    write: (expiry) => {
      const plain = plainExpiry(expiry)
      if (!(plain instanceof Date)) return plain
      if (asText) return (zone === undefined ? PyDateTime.fromDate(plain) : naiveDateTime(plain, zone)).toString()
      return zone === undefined ? plain : naiveDateTime(plain, zone)
    },
    read: (stored) => readExpiry(stored, zone ?? null),
  }
}

/** Whole seconds, as Django has them. Time that is over at once is below 0, since 0 has a meaning of its own. */
function plainExpiry(expiry: SessionExpiry): number | Date | undefined {
  if (expiry === 'browser') return 0
  if (expiry instanceof Date) {
    if (!Number.isNaN(expiry.getTime())) return expiry
    throw new OptionError('expiry', `setExpiry: expected a valid date, a time or 'browser', got ${kindOf(expiry)}`)
  }
  const ms = toTtlMs(expiry, 'expiry')
  if (ms === null) return undefined
  return ms === 0 ? -1 : Math.ceil(ms / 1000)
}

/** What can be read as none of its forms is nothing: then the site's own lifetime holds. */
function readExpiry(stored: unknown, zone: PyZone | null): number | Date | undefined {
  if (stored instanceof Date) return validDate(stored.getTime())
  if (stored instanceof PyDateTime) return stored.isAware ? awareDate(stored) : readIso(stored.toString(), zone)
  if (typeof stored === 'string') return readIso(stored, zone)
  if (typeof stored !== 'number' && typeof stored !== 'bigint' && !(stored instanceof PyFloat)) return undefined
  const seconds = Number(stored)
  return Number.isNaN(seconds) ? undefined : Math.max(-1, Math.min(seconds, longestSeconds))
}

/** Its zone may be one that nobody knows. */
function awareDate(stored: PyDateTime): Date | undefined {
  try {
    return validDate(stored.toDate().getTime())
  } catch {
    return undefined
  }
}

const isoForm = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?<offset>Z|[+-]\d\d:\d\d)?$/

function readIso(text: string, zone: PyZone | null): Date | undefined {
  const match = isoForm.exec(text)
  if (match === null) return undefined
  const instant = text.replace(' ', 'T')
  if (match.groups?.['offset'] !== undefined) return validDate(Date.parse(instant))
  const wallMs = Date.parse(`${instant}Z`)
  return Number.isNaN(wallMs) ? undefined : validDate(instantOf(wallMs, 0, zone))
}

function validDate(ms: number): Date | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms)
}

/** What clocks of the zone show. */
function naiveDateTime(date: Date, zone: PyZone): PyDateTime {
  const offset = zone.offsetSeconds(date.getTime()) ?? 0
  return new PyDateTime({ ...utcParts(date.getTime() + offset * 1000), zone: null })
}
