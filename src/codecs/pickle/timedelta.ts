/** A `datetime.timedelta`: days may be negative, the rest never is. */
export class PyTimeDelta {
  readonly days: number
  readonly seconds: number
  readonly microseconds: number

  /** @throws RangeError unless 0 <= seconds < 86400 and 0 <= microseconds < 1000000. */
  constructor(parts: { readonly days?: number; readonly seconds?: number; readonly microseconds?: number }) {
    this.days = within(parts.days ?? 0, [-999_999_999, 999_999_999], 'Days')
    this.seconds = within(parts.seconds ?? 0, [0, 86_399], 'Seconds')
    this.microseconds = within(parts.microseconds ?? 0, [0, 999_999], 'Microseconds')
  }

  /** @throws RangeError beyond 999999999 days. */
  static fromMilliseconds(milliseconds: number): PyTimeDelta {
    const micros = Math.round((milliseconds - Math.floor(milliseconds / 1000) * 1000) * 1000)
    const seconds = Math.floor(milliseconds / 1000) + Math.floor(micros / 1_000_000)
    const days = Math.floor(seconds / 86_400)
    return new PyTimeDelta({ days, seconds: seconds - days * 86_400, microseconds: micros % 1_000_000 })
  }

  toSeconds(): number {
    return this.days * 86_400 + this.seconds + this.microseconds / 1_000_000
  }

  toMilliseconds(): number {
    return (this.days * 86_400 + this.seconds) * 1000 + this.microseconds / 1000
  }

  /** As Django's `duration_iso_string`: `P1DT02H03M04.000005S`, a minus in front when negative. */
  toString(): string {
    const total = BigInt(this.days) * 86_400_000_000n + BigInt(this.seconds * 1_000_000 + this.microseconds)
    const micros = total < 0n ? -total : total
    const part = (unit: bigint, modulus: bigint, width: number): string =>
      String((micros / unit) % modulus).padStart(width, '0')
    const fraction = micros % 1_000_000n === 0n ? '' : `.${part(1n, 1_000_000n, 6)}`
    const clock = `${part(3_600_000_000n, 24n, 2)}H${part(60_000_000n, 60n, 2)}M${part(1_000_000n, 60n, 2)}${fraction}S`
    return `${total < 0n ? '-' : ''}P${micros / 86_400_000_000n}DT${clock}`
  }

  toJSON(): string {
    return this.toString()
  }
}

/** `value`, when it is a whole number within the bounds. @throws RangeError */
export function within(value: number, bounds: readonly [number, number], what: string): number {
  if (Number.isInteger(value) && value >= bounds[0] && value <= bounds[1]) return value
  throw new RangeError(`${what} is a whole number from ${bounds[0]} to ${bounds[1]}`)
}
