import { stringifySetCookie } from 'cookie'

import { checkChoice, checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** The cookie that carries a session's key. */
export interface SessionCookieOptions {
  /** @defaultValue `'sessionid'`, as Django's SESSION_COOKIE_NAME */
  readonly name?: string
  /**
   * Only by TLS. `'auto'`: when the request came by TLS, or through a proxy that the framework trusts and that says so.
   *
   * @defaultValue `'auto'`; `true` for names that begin with `__Host-` or `__Secure-`
   */
  readonly secure?: boolean | 'auto'
  /** Whether it comes along with requests from other sites; `false` leaves that to the browser. @defaultValue `'lax'` */
  readonly sameSite?: 'lax' | 'strict' | 'none' | false
  /** For this domain and all below it. @defaultValue only the host that set it */
  readonly domain?: string
  /** @defaultValue `'/'` */
  readonly path?: string
  /** Out of reach of the page's scripts. @defaultValue true */
  readonly httpOnly?: boolean
  /** One for each site that embeds this one (CHIPS). @defaultValue false */
  readonly partitioned?: boolean
  /** Signs the cookie with HMAC-SHA256, so that made-up keys are refused without asking the cache: the first secret signs, all verify. @defaultValue none */
  readonly secrets?: string | readonly string[]
}

/** The cookie's options, whole and checked. */
export interface CookieConfig {
  readonly name: string
  readonly secure: boolean | 'auto'
  readonly sameSite: 'lax' | 'strict' | 'none' | false
  readonly domain: string | undefined
  readonly path: string
  readonly httpOnly: boolean
  readonly partitioned: boolean
  readonly secrets: readonly string[]
  /** Which counts of several cookies of that name; the last, for Django. */
  readonly takes: 'first' | 'last'
}

const known: readonly (keyof SessionCookieOptions)[] = [
  'name',
  'secure',
  'sameSite',
  'domain',
  'path',
  'httpOnly',
  'partitioned',
  'secrets',
]

const sites = ['lax', 'strict', 'none'] as const

/** Shorter ones can be found by trying. */
const leastSecret = 16

/** @throws OptionError */
export function resolveCookie(
  options: SessionCookieOptions = {},
  takes: CookieConfig['takes'] = 'first',
): CookieConfig {
  checkOptions(options, known, 'cookie')
  const config = { ...withDefaults(options), takes }
  checkTypes(config)
  checkPrefix(config)
  checkSafety(config)
  checkForm(config)
  return config
}

function withDefaults(options: SessionCookieOptions): Omit<CookieConfig, 'takes'> {
  const { name = 'sessionid', sameSite = 'lax', domain, path = '/', httpOnly = true, partitioned = false } = options
  return {
    name,
    secure: checkSecure(options.secure ?? (prefixOf(name) === undefined ? 'auto' : true)),
    sameSite: sameSite === false ? false : checkChoice(sameSite, sites, 'cookie.sameSite'),
    domain,
    path,
    httpOnly,
    partitioned,
    secrets: checkSecrets(options.secrets ?? []),
  }
}

function checkTypes({ httpOnly, partitioned, name, path, domain = '' }: CookieConfig): void {
  for (const [option, value] of Object.entries({ httpOnly, partitioned })) {
    if (typeof value !== 'boolean') throw expected(option, 'true or false', value)
  }
  for (const [option, value] of Object.entries({ name, path, domain })) {
    if (typeof value !== 'string') throw expected(option, 'a text', value)
  }
}

function checkSecure(secure: unknown): boolean | 'auto' {
  if (secure === true || secure === false || secure === 'auto') return secure
  throw expected('secure', "true, false or 'auto'", secure)
}

function checkSecrets(given: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(given) ? given : [given]
  return secrets.map((secret) => {
    if (typeof secret === 'string' && secret.length >= leastSecret) return secret
    // Nothing of a secret goes into a message, not even of one that is too short.
    const came = typeof secret === 'string' ? `one of ${secret.length}` : kindOf(secret)
    throw new OptionError(
      'secrets',
      `cookie.secrets: expected texts of at least ${leastSecret} characters, got ${came}`,
    )
  })
}

function prefixOf(name: unknown): '__Host-' | '__Secure-' | undefined {
  // Browsers compare these without regard to case.
  const lower = typeof name === 'string' ? name.toLowerCase() : ''
  if (lower.startsWith('__host-')) return '__Host-'
  return lower.startsWith('__secure-') ? '__Secure-' : undefined
}

/** Browsers drop a cookie that breaks the promise of its name, without a word. */
function checkPrefix({ name, secure, domain, path }: CookieConfig): void {
  const prefix = prefixOf(name)
  if (prefix === undefined) return
  if (secure !== true) throw broken('secure', prefix, 'secure: true', kindOf(secure))
  if (prefix !== '__Host-') return
  if (domain !== undefined) throw broken('domain', prefix, 'no domain', kindOf(domain))
  if (path !== '/') throw broken('path', prefix, "path: '/'", kindOf(path))
}

function checkSafety({ sameSite, partitioned, secure }: CookieConfig): void {
  if (secure !== false) return
  if (sameSite === 'none') throw unsafe('sameSite', "sameSite: 'none'")
  if (partitioned) throw unsafe('partitioned', 'partitioned: true')
}

function checkForm({ name, domain, path }: CookieConfig): void {
  const parts = { name: { name }, domain: { name: 'x', domain }, path: { name: 'x', path } }
  for (const [option, part] of Object.entries(parts)) {
    try {
      stringifySetCookie({ value: '', ...part } as Parameters<typeof stringifySetCookie>[0] & object)
    } catch (cause) {
      const value = { name, domain, path }[option]
      throw new OptionError(option, `cookie.${option}: ${kindOf(value)} cannot stand in a cookie (RFC 6265)`, cause)
    }
  }
  if (name === '') throw expected('name', 'a name', name)
}

function broken(option: string, prefix: string, needed: string, came: string): OptionError {
  return new OptionError(option, `cookie.${option}: browsers take a ${prefix} cookie only with ${needed}, got ${came}`)
}

function unsafe(option: string, what: string): OptionError {
  return new OptionError(option, `cookie.${option}: browsers take ${what} only together with secure, which is false`)
}

function expected(option: string, what: string, came: unknown): OptionError {
  return new OptionError(option, `cookie.${option}: expected ${what}, got ${kindOf(came)}`)
}
