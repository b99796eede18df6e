import { checkOptions, kindOf, nearest } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import type { SessionCookieOptions } from '../sessions/cookie-options.ts'
import { standIn } from './backends.ts'
import { isTrue } from './python.ts'
import { given, placeOf, type Section, sectionOf, textAt, unexpected } from './section.ts'
import type { ExpirySettings } from './session-expiry.ts'
import type { DjangoSwitches } from './version.ts'

/** The settings of a Django site that concern its sessions, as JSON. A whole dict of settings may be given. */
export interface DjangoSessionSettings {
  readonly SESSION_ENGINE?: string | undefined
  readonly SESSION_CACHE_ALIAS?: string | undefined
  readonly SESSION_COOKIE_NAME?: string | undefined
  /** Seconds. */
  readonly SESSION_COOKIE_AGE?: number | undefined
  readonly SESSION_COOKIE_DOMAIN?: string | null | undefined
  readonly SESSION_COOKIE_PATH?: string | undefined
  readonly SESSION_COOKIE_SECURE?: boolean | undefined
  readonly SESSION_COOKIE_HTTPONLY?: boolean | undefined
  readonly SESSION_COOKIE_SAMESITE?: string | false | null | undefined
  readonly SESSION_SAVE_EVERY_REQUEST?: boolean | undefined
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE?: boolean | undefined
  readonly SECRET_KEY?: string | undefined
  readonly SECRET_KEY_FALLBACKS?: readonly string[] | undefined
  readonly AUTHENTICATION_BACKENDS?: readonly string[] | undefined
  readonly CSRF_USE_SESSIONS?: boolean | undefined
  readonly USE_TZ?: boolean | undefined
  readonly TIME_ZONE?: string | null | undefined
  readonly [setting: string]: unknown
}

const sessionNames = [
  'SESSION_ENGINE',
  'SESSION_CACHE_ALIAS',
  'SESSION_COOKIE_NAME',
  'SESSION_COOKIE_AGE',
  'SESSION_COOKIE_DOMAIN',
  'SESSION_COOKIE_PATH',
  'SESSION_COOKIE_SECURE',
  'SESSION_COOKIE_HTTPONLY',
  'SESSION_COOKIE_SAMESITE',
  'SESSION_SAVE_EVERY_REQUEST',
  'SESSION_EXPIRE_AT_BROWSER_CLOSE',
  'SESSION_FILE_PATH',
  'SESSION_SERIALIZER',
]

/** @throws OptionError for what is no dict, or a name that is a slip. Those of other apps are none of ours. */
export function settingsSection(settings: unknown): Section {
  const section = sectionOf('settings', settings)
  for (const name of Object.keys(section.dict)) {
    if (!name.startsWith('SESSION_') || sessionNames.includes(name)) continue
    const near = nearest(name, sessionNames)
    if (near === undefined) continue
    const at = placeOf(section, name)
    throw new OptionError(
      at,
      `${at}: unknown setting "${name}"; did you mean "${near}"? Leave it out if it is another app's`,
    )
  }
  return section
}

/** The dotted path of SESSION_ENGINE, or what it stands for. */
export function engineOf(section: Section, paths: Readonly<Record<string, string>>): string {
  return standIn(textAt(section, 'SESSION_ENGINE') ?? 'django.contrib.sessions.backends.db', paths)
}

/** Seconds. @throws OptionError */
export function cookieAge(section: Section): number {
  const age = given(section, 'SESSION_COOKIE_AGE') ?? 1_209_600
  if (typeof age === 'number' && Number.isInteger(age) && age > 0) return age
  throw unexpected(section, 'SESSION_COOKIE_AGE', 'a whole number of seconds above 0')
}

/** @throws OptionError */
export function cookieOptions(section: Section): SessionCookieOptions {
  const domain = textAt(section, 'SESSION_COOKIE_DOMAIN') ?? ''
  return {
    name: textAt(section, 'SESSION_COOKIE_NAME') ?? 'sessionid',
    path: textAt(section, 'SESSION_COOKIE_PATH') ?? '/',
    secure: isTrue(given(section, 'SESSION_COOKIE_SECURE') ?? false),
    httpOnly: isTrue(given(section, 'SESSION_COOKIE_HTTPONLY') ?? true),
    sameSite: sameSiteOf(section),
    ...(domain === '' ? {} : { domain }),
  }
}

const cookieSettings: Readonly<Record<string, string>> = {
  name: 'SESSION_COOKIE_NAME',
  path: 'SESSION_COOKIE_PATH',
  secure: 'SESSION_COOKIE_SECURE',
  httpOnly: 'SESSION_COOKIE_HTTPONLY',
  sameSite: 'SESSION_COOKIE_SAMESITE',
  domain: 'SESSION_COOKIE_DOMAIN',
}

/** An error about the cookie as one about the setting that it comes from. */
export function asSettingError(error: unknown): unknown {
  if (!(error instanceof OptionError)) return error
  const setting = Object.hasOwn(cookieSettings, error.option) ? cookieSettings[error.option] : undefined
  if (setting === undefined) return error
  const at = `settings["${setting}"]`
  return new OptionError(at, `${at}: ${error.message}`, error)
}

function sameSiteOf(section: Section): 'lax' | 'strict' | 'none' | false {
  const { dict } = section
  const value = Object.hasOwn(dict, 'SESSION_COOKIE_SAMESITE') ? dict['SESSION_COOKIE_SAMESITE'] : 'Lax'
  if (value === null || value === false || value === '') return false
  const lower = typeof value === 'string' ? value.toLowerCase() : undefined
  if (lower === 'lax' || lower === 'strict' || lower === 'none') return lower
  throw unexpected(section, 'SESSION_COOKIE_SAMESITE', '"Lax", "Strict", "None" or false')
}

/** Django's flag of that name; false without. */
export function flagAt(section: Section, name: string): boolean {
  return isTrue(given(section, name) ?? false)
}

/** How the site writes dates. Without USE_TZ and TIME_ZONE they have a zone, as in every project that Django lays out. */
export function expirySettings(section: Section, { sessionExpiryAsText }: DjangoSwitches): ExpirySettings {
  const zone = textAt(section, 'TIME_ZONE')
  const usesZones = isTrue(given(section, 'USE_TZ') ?? zone === undefined)
  const naiveZone = usesZones ? undefined : (zone ?? 'America/Chicago')
  if (naiveZone !== undefined) checkZone(section, naiveZone)
  return { asText: sessionExpiryAsText, naiveZone }
}

function checkZone(section: Section, zone: string): void {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: zone })
  } catch (cause) {
    const at = placeOf(section, 'TIME_ZONE')
    throw new OptionError(at, `${at}: expected a zone of the IANA database, got ${kindOf(zone)}`, cause)
  }
}

/** The dotted paths of AUTHENTICATION_BACKENDS. @throws OptionError */
export function authBackends(section: Section): readonly string[] {
  const backends = given(section, 'AUTHENTICATION_BACKENDS') ?? ['django.contrib.auth.backends.ModelBackend']
  if (Array.isArray(backends) && backends.every((path) => typeof path === 'string')) return backends
  throw unexpected(section, 'AUTHENTICATION_BACKENDS', 'a list of dotted paths')
}

/** Refuses options whose names are unknown. @throws OptionError */
export function checkSessionsOptions(options: unknown): void {
  checkOptions(options, ['caches', 'django', 'paths', 'lazy', 'onOutage', 'merge', 'grace', 'clock'], 'djangoSessions')
}
