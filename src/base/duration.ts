import { OptionError } from '../errors.ts'

/** How long: seconds as a number (fractions down to a millisecond), or text with its unit: `'250ms'`, `'30s'`, `'5m'`, `'2h'`, `'14d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** How long something lives: a {@link Duration}, or `null` for ever. 0 or less: expires at once. */
export type Timeout = Duration | null

/** Of calls that may go to Redis. */
export interface DeadlineOption {
  /** The longest that each step of this call may take. @defaultValue the cache's deadline */
  readonly deadline?: Duration
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const form = /^(-?(?:\d+(?:\.\d+)?|\.\d+))(ms|s|m|h|d)$/

/** Beyond this Redis' 64-bit clock would overflow; about 100,000 years. */
const longestMs = 3.2e15

/**
 * Milliseconds of `duration`: whole, rounded up so that no positive time becomes 0; negative and 0 become 0.
 *
 * @throws OptionError naming `option`.
 */
export function toMs(duration: Duration, option: string): number {
  const ms = typeof duration === 'number' ? duration * 1000 : textToMs(duration, option)
  if (!(ms <= longestMs)) {
    throw new OptionError(
      option,
      `${option}: expected a time of at most 100,000 years, got ${shown(duration)}; ${advice}, or null for ever`,
    )
  }
  return ms <= 0 ? 0 : Math.ceil(withoutNoise(ms))
}

/** Milliseconds that a call may take: more than none, and no more than a timer counts. @throws OptionError */
export function toDeadlineMs(deadline: Duration): number {
  const ms = toMs(deadline, 'deadline')
  if (ms > 0 && ms <= 2 ** 31 - 1) return ms
  throw new OptionError('deadline', `deadline: expected more than nothing and at most 24 days, got ${shown(deadline)}`)
}

/** As {@link toMs}; `null` stays `null`, for ever. */
export function toTtlMs(timeout: Timeout, option: string): number | null {
  return timeout === null ? null : toMs(timeout, option)
}

const advice = "write seconds as a number (30) or text with its unit ('250ms', '30s', '5m', '2h', '14d')"

function textToMs(text: unknown, option: string): number {
  const match = typeof text === 'string' ? form.exec(text) : null
  if (match === null) throw new OptionError(option, `${option}: expected a duration, got ${shown(text)}; ${advice}`)
  return Number(match[1]) * (unitMs[match[2] as string] as number)
}

/** 0.3 s is 299.99999999999994 or 300.00000000000006 ms in floating point, and 300 to everybody else. */
function withoutNoise(ms: number): number {
  const rounded = Math.round(ms)
  return Math.abs(ms - rounded) < 1e-6 ? rounded : ms
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} characters` : `'${value}'`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
