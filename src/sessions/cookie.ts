import { createHmac, timingSafeEqual } from 'node:crypto'

import { stringifySetCookie } from 'cookie'

import type { CookieConfig } from './cookie-options.ts'

/** What a request's cookies say. */
export interface CookieFound {
  /** Whether there is a cookie of that name at all. */
  readonly came: boolean
  /** A key of the right form, signed as it must be; whether it was ever handed out only the store knows. */
  readonly key: string | undefined
}

/** How long the browser is to keep a cookie. */
export interface CookieLife {
  /** Milliseconds since 1970; `null` for as long as browsers allow; `'browser'` until it closes. */
  readonly until: number | null | 'browser'
  readonly now: number
  /** Whether the request came safely, by TLS. */
  readonly secure: boolean
}

/** Browsers keep no cookie longer than 400 days. */
const longestSeconds = 400 * 24 * 3600

/** No server takes a longer header from a browser. */
const longestHeader = 65_536

/** How many cookies of one name are looked at. */
const mostOfOneName = 8

/** Finds the key in a `Cookie` header, whatever it holds: of several the first, or the last, that can be a key. */
export function readCookie(
  header: string | undefined,
  config: CookieConfig,
  isKey: (text: string) => boolean,
): CookieFound {
  if (typeof header !== 'string' || header.length > longestHeader) return { came: false, key: undefined }
  const values = valuesOf(header, config)
  for (const value of values) {
    const key = unsigned(value, config)
    if (key !== undefined && isKey(key)) return { came: true, key }
  }
  return { came: values.length > 0, key: undefined }
}

/** A `Set-Cookie` that hands a key out. */
export function writeCookie(key: string, config: CookieConfig, life: CookieLife): string {
  return stringifySetCookie(config.name, signed(key, config), {
    ...attributesOf(config, life.secure),
    ...lifeOf(life),
    // What is handed out stands in a cookie as it is, and not everybody decodes it.
    encode: String,
  })
}

/** A `Set-Cookie` that takes the cookie away. */
export function clearCookie(config: CookieConfig, secure: boolean): string {
  return stringifySetCookie(config.name, '', { ...attributesOf(config, secure), maxAge: 0, expires: new Date(0) })
}

/** The one that counts most first. */
function valuesOf(header: string, { name, takes }: CookieConfig): string[] {
  const values: string[] = []
  const pairs = header.split(';')
  for (const pair of takes === 'last' ? pairs.toReversed() : pairs) {
    const equals = pair.indexOf('=')
    if (equals < 0 || withoutBlanks(pair.slice(0, equals)) !== name) continue
    values.push(unquoted(withoutBlanks(pair.slice(equals + 1))))
    if (values.length === mostOfOneName) break
  }
  return values
}

/**
 * Without blanks as RFC 6265 has them. What `trim` takes for more is part of the name to a browser, which then does not
 * hold a `__Host-` behind it to what that promises: another host of the domain could set it.
 */
function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t'
}

function unquoted(text: string): string {
  const value = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function attributesOf(config: CookieConfig, secure: boolean): Parameters<typeof stringifySetCookie>[2] & object {
  const { httpOnly, partitioned, sameSite, domain, path } = config
  return {
    httpOnly,
    partitioned,
    path,
    secure: config.secure === 'auto' ? secure : config.secure,
    ...(sameSite === false ? {} : { sameSite }),
    ...(domain === undefined ? {} : { domain }),
  }
}

/** Both, since what does not know Max-Age goes by Expires. */
function lifeOf({ until, now }: CookieLife): { maxAge?: number; expires?: Date } {
  if (until === 'browser') return {}
  const seconds = until === null ? longestSeconds : Math.ceil((until - now) / 1000)
  const maxAge = Math.max(0, Math.min(seconds, longestSeconds))
  return { maxAge, expires: new Date(now + maxAge * 1000) }
}

function signed(key: string, { name, secrets }: CookieConfig): string {
  const [first] = secrets
  return first === undefined ? key : `${key}.${signature(key, name, first)}`
}

/** The key, when any of the secrets signed it. Without secrets the value is the key. */
function unsigned(value: string, { name, secrets }: CookieConfig): string | undefined {
  if (secrets.length === 0) return value
  const dot = value.lastIndexOf('.')
  if (dot < 0) return undefined
  const [key, came] = [value.slice(0, dot), Buffer.from(value.slice(dot + 1))]
  // All are tried, so that the time taken does not tell which one it was.
  const hits = secrets.filter((secret) => isSame(Buffer.from(signature(key, name, secret)), came))
  return hits.length > 0 ? key : undefined
}

/** The cookie's name is signed too: what is signed for one cookie is nothing in another. */
function signature(key: string, name: string, secret: string): string {
  return createHmac('sha256', secret).update(`${name}=${key}`).digest('base64url')
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
