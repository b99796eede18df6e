import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** A release of Django. */
export interface DjangoVersion {
  readonly major: number
  readonly minor: number
  /** `Infinity` for the last of its series, which `'5.2'` means. */
  readonly patch: number
}

/** What is done otherwise from one version of Django to the next. */
export interface DjangoSwitches {
  readonly version: DjangoVersion
  /** Whether dates in `_session_expiry` are ISO text; else pickled datetimes (before 4.1). */
  readonly sessionExpiryAsText: boolean
  /** Whether signatures by SHA-1 are read beside those by SHA-256 (3.1 and 3.2). */
  readonly sha1Accepted: boolean
  /** Whether sessions in the database are read as they were written before 3.1 (until 3.2). */
  readonly legacySessionText: boolean
  /** Whether SECRET_KEY_FALLBACKS verify signatures (from 4.1 on). */
  readonly fallbackKeys: boolean
  /** Whether SECRET_KEY_FALLBACKS verify `_auth_user_hash` (from 4.1.8 on). */
  readonly authHashFallbackKeys: boolean
  /** Whether signed cookies have the salt that tells their name from it (from 5.2.15 and 6.0.6 on). */
  readonly cookieSaltV2: boolean
  /** What SIGNED_COOKIE_LEGACY_SALT_FALLBACK is where the settings do not say: whether the salt before that is read too (until 6.0). */
  readonly legacyCookieSalt: boolean
}

/** What a site is taken for that does not say. */
const newest = '6.0'

const form = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?$/

/**
 * What the version of a Django site stands for, such as `'3.2'` or `'5.2.14'`; the newest without.
 *
 * @throws OptionError for what is no version, or one before 3.2.
 */
export function djangoVersion(text: string | undefined): DjangoSwitches {
  const version = parseVersion(text ?? newest)
  const is = (...release: Release): boolean => isAtLeast(version, release)
  return {
    version,
    sessionExpiryAsText: is(4, 1, 0),
    sha1Accepted: !is(4, 0, 0),
    legacySessionText: !is(4, 0, 0),
    fallbackKeys: is(4, 1, 0),
    authHashFallbackKeys: is(4, 1, 8),
    cookieSaltV2: is(6, 0, 6) || (is(5, 2, 15) && !is(6, 0, 0)),
    legacyCookieSalt: !is(6, 1, 0),
  }
}

type Release = readonly [major: number, minor: number, patch: number]

function parseVersion(text: unknown): DjangoVersion {
  const [, major, minor, patch] = (typeof text === 'string' ? form.exec(text) : null) ?? []
  const version: DjangoVersion = {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? Number.POSITIVE_INFINITY : Number(patch),
  }
  if (isAtLeast(version, [3, 2, 0])) return version
  throw new OptionError('django', `django: expected a version from '3.2' on, such as '5.2.14', got ${kindOf(text)}`)
}

/** False also for what is no number. */
function isAtLeast({ major, minor, patch }: DjangoVersion, [a, b, c]: Release): boolean {
  if (major !== a) return major > a
  return minor === b ? patch >= c : minor > b
}
