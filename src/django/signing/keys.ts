import { OptionError } from '../../errors.ts'
import { given, placeOf, type Section, sectionOf } from '../section.ts'
import type { DjangoSwitches } from '../version.ts'
import type { CookieSalts } from './cookies.ts'
import { isWellFormed } from './hmac.ts'
import type { SigningKeys } from './signer.ts'

/** Those of a site's settings that signing goes by; others may stand beside them. */
export interface DjangoSigningSettings {
  readonly SECRET_KEY: string
  /** Older keys: they verify and never sign. Django minds them from 4.1 on. @defaultValue none */
  readonly SECRET_KEY_FALLBACKS?: readonly string[]
  /** Whether cookies are read as they were signed before CVE-2026-6873. @defaultValue true until Django 6.0, then false */
  readonly SIGNED_COOKIE_LEGACY_SALT_FALLBACK?: boolean
}

/** What signing goes by. */
export interface SigningConfig {
  readonly keys: SigningKeys
  readonly cookieSalts: CookieSalts
}

/** The only signer of cookies that is known. */
const timestampSigner = 'django.core.signing.TimestampSigner'

/** @throws OptionError, which never shows a key. */
export function signingConfigOf(settings: unknown, switches: DjangoSwitches): SigningConfig {
  const section = sectionOf('settings', settings)
  checkBackend(section)
  return {
    keys: {
      secretKey: checkKey(given(section, 'SECRET_KEY'), placeOf(section, 'SECRET_KEY')),
      fallbackKeys: switches.fallbackKeys ? fallbackKeysOf(section) : [],
      acceptsSha1: switches.sha1Accepted,
    },
    cookieSalts: cookieSaltsOf(section, switches),
  }
}

function fallbackKeysOf(section: Section): readonly string[] {
  const keys = given(section, 'SECRET_KEY_FALLBACKS') ?? []
  const at = placeOf(section, 'SECRET_KEY_FALLBACKS')
  if (!Array.isArray(keys)) throw new OptionError(at, `${at}: expected a list of texts, got ${typeof keys}`)
  return keys.map((key: unknown, index) => checkKey(key, `${at}[${index}]`))
}

function checkKey(key: unknown, at: string): string {
  if (typeof key === 'string' && key !== '' && isWellFormed(key)) return key
  const came = key === '' ? 'an empty one' : typeof key === 'string' ? 'one that is not well-formed' : typeof key
  throw new OptionError(at, `${at}: expected a text, got ${came}`)
}

function cookieSaltsOf(section: Section, switches: DjangoSwitches): CookieSalts {
  const name = 'SIGNED_COOKIE_LEGACY_SALT_FALLBACK'
  const readsOld = given(section, name) ?? switches.legacyCookieSalt
  if (typeof readsOld !== 'boolean') {
    const at = placeOf(section, name)
    throw new OptionError(at, `${at}: expected true or false, got ${typeof readsOld}`)
  }
  if (!switches.cookieSaltV2) return 'old'
  return readsOld ? 'new and old' : 'new'
}

function checkBackend(section: Section): void {
  const backend = given(section, 'SIGNING_BACKEND') ?? timestampSigner
  if (backend === timestampSigner) return
  const at = placeOf(section, 'SIGNING_BACKEND')
  throw new OptionError(at, `${at}: expected "${timestampSigner}", which is the only one that is known here`)
}
