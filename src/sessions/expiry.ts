import { type Timeout, toTtlMs } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { type Fields, own } from './fields.ts'

/** How long sessions live, in milliseconds. */
export interface Lifetimes {
  /** Without use; `null` for ever. */
  readonly idleMs: number | null
  /** From the beginning on, used or not; `null` for ever. */
  readonly ageMs: number | null
  /** Whether each use begins the idle time anew; else only saving does. */
  readonly rolling: boolean
  readonly untilBrowserCloses: boolean
  /** The part of the idle time that must have passed before it is worth a command to begin it anew. */
  readonly refreshAfter: number
  /** How others who share the sessions write a lifetime of its own. */
  readonly form?: ExpiryForm | undefined
}

/** A lifetime of its own in another form than these sessions' own. */
export interface ExpiryForm {
  /** What is stored; `undefined` is nothing. @throws OptionError */
  write(expiry: SessionExpiry): unknown
  /** What is stored there means: seconds, 0 until the browser closes, a date, `undefined` nothing. */
  read(stored: unknown): number | Date | undefined
}

/** A lifetime as `setExpiry` takes it. */
export type SessionExpiry = Timeout | Date | 'browser'

/** A lifetime as these sessions store it. @throws OptionError */
export function writeExpiry(expiry: SessionExpiry, { form }: Lifetimes): unknown {
  return form === undefined ? storedExpiry(expiry) : form.write(expiry)
}

/** A lifetime as it is stored: Django's `_session_expiry`. @throws OptionError */
function storedExpiry(expiry: SessionExpiry): unknown {
  if (expiry === 'browser') return 0
  if (expiry instanceof Date) {
    if (!Number.isNaN(expiry.getTime())) return expiry.toISOString()
    throw new OptionError('expiry', `setExpiry: expected a valid date, a time or 'browser', got ${kindOf(expiry)}`)
  }
  const ms = toTtlMs(expiry, 'expiry')
  if (ms === null) return null
  // 0 means until the browser closes, so what is over at once is a time in the past.
  return ms === 0 ? -1 : ms / 1000
}

/** When a session that is used now ends: milliseconds since 1970, `null` never. */
export function endOf(fields: Fields, lifetimes: Lifetimes, now: number): number | null {
  return earlier(idleEnd(expiryOf(fields, lifetimes), lifetimes, now), absoluteEnd(fields, lifetimes))
}

/** When it ends whether it is used or not. */
export function absoluteEnd(fields: Fields, { ageMs }: Lifetimes): number | null {
  const created = fields.get(own.created)
  return ageMs === null || typeof created !== 'number' ? null : created + ageMs
}

/** Whether each save gives the whole time again, whatever is left of it. */
export function renewsAlways(fields: Fields, lifetimes: Lifetimes): boolean {
  return lifetimes.refreshAfter === 0 && idleOf(expiryOf(fields, lifetimes), lifetimes) !== null
}

/** Whether a session that would end at `endsAt` is to be given its whole time again. */
export function isRefreshDue(fields: Fields, lifetimes: Lifetimes, endsAt: number | null, now: number): boolean {
  const dueAt = refreshDueAt(fields, lifetimes, endsAt)
  return dueAt !== null && now >= dueAt && endOf(fields, lifetimes, now) !== endsAt
}

/** When {@link isRefreshDue} begins to hold; `null` never. */
export function refreshDueAt(fields: Fields, lifetimes: Lifetimes, endsAt: number | null): number | null {
  const idleMs = idleOf(expiryOf(fields, lifetimes), lifetimes)
  if (idleMs === null || endsAt === null) return null
  const limit = absoluteEnd(fields, lifetimes)
  const step = idleMs * lifetimes.refreshAfter
  if (limit !== null && limit - endsAt < step) return null
  return endsAt - idleMs + step
}

/** Whether the cookie is to go when the browser closes. */
export function endsWithBrowser(fields: Fields, lifetimes: Lifetimes): boolean {
  const expiry = expiryOf(fields, lifetimes)
  return expiry === undefined ? lifetimes.untilBrowserCloses : expiry === 0
}

function expiryOf(fields: Fields, { form }: Lifetimes): unknown {
  const stored = fields.get(own.expiry)
  return form === undefined ? stored : form.read(stored)
}

/** The idle time that holds for this session; `null` when no use prolongs it. */
function idleOf(expiry: unknown, { idleMs }: Lifetimes): number | null {
  if (typeof expiry === 'number' && expiry !== 0) return expiry * 1000
  return expiry === undefined || expiry === 0 ? idleMs : null
}

function idleEnd(expiry: unknown, lifetimes: Lifetimes, now: number): number | null {
  if (expiry instanceof Date) return expiry.getTime()
  if (typeof expiry === 'string') {
    const end = Date.parse(expiry)
    return Number.isNaN(end) ? now : end
  }
  const idleMs = idleOf(expiry, lifetimes)
  return idleMs === null ? null : now + idleMs
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}
