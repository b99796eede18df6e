import { readFileSync } from 'node:fs'

/** What one version of Django made, at the second `fixed_time`. */
export interface SigningVectors {
  readonly secret_key: string
  readonly fixed_time: number
  /** By the Python expression. */
  readonly signing: Readonly<Record<string, string>> & {
    readonly salted_hmac_sha1: Hmac
    readonly salted_hmac_sha256: Hmac
  }
  readonly session_data: Readonly<Record<'small' | 'big', Record<string, unknown>>>
  readonly session_encode: Readonly<Record<'small' | 'big', string>>
  /** Of 3.2 only. */
  readonly session_legacy_encode?: { readonly data: Record<string, unknown>; readonly value: string }
  readonly signed_cookies_session: { readonly data: Record<string, unknown>; readonly cookie: string }
  readonly session_auth_hash: { readonly password: string; readonly hash: string; readonly legacy_sha1: string }
}

interface Hmac {
  readonly key_salt: string
  readonly value: string
  readonly hex: string
}

const file = new URL('../fixtures/django-signing.json', import.meta.url)
const all = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, SigningVectors>>

/** Each with the option `django` that names its version. */
export const signingVectors: readonly (SigningVectors & { readonly django: string })[] = Object.entries(all).map(
  ([name, vectors]) => ({ ...vectors, django: name.replace('django', '') }),
)

/** The vectors of one version. */
export function vectorsOf(django: '3.2' | '5.2'): SigningVectors {
  const found = signingVectors.find((vectors) => vectors.django === django)
  if (found === undefined) throw new Error(`No vectors of Django ${django}`)
  return found
}

/** A clock that stands at the vectors' second, or `later` milliseconds after it. */
export function vectorClock(later: number = 0): { now(): number } {
  return { now: () => 1_700_000_000_000 + later }
}
