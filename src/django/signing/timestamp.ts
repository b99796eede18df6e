import type { Clock } from '../../base/clock.ts'
import { type Timeout, toTtlMs } from '../../base/duration.ts'
import { SignatureError } from '../../errors.ts'
import { fromBase62, toBase62 } from './base62.ts'
import { invalid, type Signer } from './signer.ts'

/** Signs texts together with the time. */
export interface TimestampSigner {
  sign(value: string): string
  /** What was signed, and when: milliseconds since 1970. @throws SignatureError, also for what is older than `maxAgeMs`. */
  unsign(text: string, maxAgeMs: number | undefined): Dated
}

/** A value that was signed together with the time. */
export interface Dated {
  readonly value: string
  readonly signedAt: number
}

/** `django.core.signing.TimestampSigner`: `value:time:signature`. */
export function timestamped(signer: Signer, separator: string, clock: Clock): TimestampSigner {
  return {
    sign: (value) => signer.sign(value + separator + toBase62(Math.floor(clock.now() / 1000))),
    unsign: (text, maxAgeMs) => {
      const dated = datedOf(signer.unsign(text), separator)
      if (maxAgeMs !== undefined && clock.now() - dated.signedAt > maxAgeMs) throw expired(maxAgeMs)
      return dated
    },
  }
}

/** The limit that an option sets, in milliseconds. @throws OptionError */
export function maxAgeMs(maxAge: Timeout | undefined): number | undefined {
  return toTtlMs(maxAge ?? null, 'maxAge') ?? undefined
}

function datedOf(text: string, separator: string): Dated {
  const end = text.lastIndexOf(separator)
  const seconds = end < 0 ? undefined : fromBase62(text.slice(end + separator.length))
  if (seconds === undefined) throw invalid('it was signed without a time')
  return { value: text.slice(0, end), signedAt: seconds * 1000 }
}

function expired(maxAgeMs: number): SignatureError {
  return new SignatureError('expired', `The signed text was signed more than ${maxAgeMs / 1000} seconds ago`)
}
