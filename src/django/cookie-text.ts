import type { Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Codec } from '../codecs/codec.ts'
import { DecodeError, SignatureError } from '../errors.ts'
import { endOf, type Lifetimes } from '../sessions/expiry.ts'
import type { SessionLayout } from '../sessions/layout.ts'
import { djangoLayout } from './session-layout.ts'
import { recordOf } from './session-text.ts'
import type { DjangoSigningSettings } from './signing/keys.ts'
import { fromObjectBytes, packed, toObjectBytes, unpacked } from './signing/objects.ts'
import { signingTools } from './signing/tools.ts'

const salt = 'django.contrib.sessions.backends.signed_cookies'

/** Far more than cookies hold; what was signed may still grow. */
const mostBytes = 1024 * 1024

/** Sessions as the values of cookies: what Django's engine `signed_cookies` has for a key. */
export interface CookieText {
  sign(bytes: Bytes): string
  /** The JSON of the session's fields; `undefined` for what the site did not sign, or for one that is over. */
  open(value: string): Bytes | undefined
}

export interface CookieTextParts {
  readonly settings: DjangoSigningSettings
  readonly django: string | undefined
  readonly lifetimes: Lifetimes
  readonly clock: Clock
}

/** The JSON that is signed, for a record. */
export function cookieLayout(): SessionLayout {
  const codec: Codec = {
    encode: (value) => toObjectBytes(value, mostBytes),
    decode: (bytes) => fromObjectBytes(bytes, mostBytes),
  }
  return djangoLayout(codec, { prefix: '', isWhole: true }, 0)
}

/** @throws OptionError */
export function cookieText({ settings, django, lifetimes, clock }: CookieTextParts): CookieText {
  const signer = signingTools(settings, { django, clock, maxBytes: mostBytes }).timestampSigner(salt)
  const ageMs = lifetimes.idleMs ?? undefined

  const read = (value: string): Bytes | undefined => {
    const dated = signer.unsign(value, ageMs)
    const bytes = unpacked(dated.value, mostBytes)
    const fields = new Map(Object.entries(recordOf(fromObjectBytes(bytes, mostBytes))))
    const endsAt = endOf(fields, lifetimes, dated.signedAt)
    return endsAt === null || endsAt > clock.now() ? bytes : undefined
  }
  return {
    sign: (bytes) => signer.sign(packed(bytes, true)),
    open: (value) => {
      try {
        return read(value)
      } catch (error) {
        if (error instanceof SignatureError || error instanceof DecodeError) return undefined
        throw error
      }
    },
  }
}
