import { SignatureError } from '../../errors.ts'
import type { SigningKeys } from './signer.ts'

/** The keys that sign cookies: others than those for everything else, made of them. */
export function cookieKeys(keys: SigningKeys): SigningKeys {
  const forCookies = (key: string): string => `django.http.cookies${key}`
  return { ...keys, secretKey: forCookies(keys.secretKey), fallbackKeys: keys.fallbackKeys.map(forCookies) }
}

/** Which salts of cookies are read; the first of them signs. */
export type CookieSalts = 'old' | 'new' | 'new and old'

/** The salts of a cookie whose own salt is `salt`, the one that signs first. */
export function saltsOfCookie(which: CookieSalts, name: string, salt: string): readonly [string, ...string[]] {
  if (which === 'old') return [legacySalt(name, salt)]
  return which === 'new' ? [currentSalt(name, salt)] : [currentSalt(name, salt), legacySalt(name, salt)]
}

/** What `read` makes of the first salt for which the signature is right. @throws SignatureError */
export function readWithSalts<T>(salts: readonly [string, ...string[]], read: (salt: string) => T): T {
  const [salt, next] = salts
  try {
    return read(salt)
  } catch (error) {
    if (next === undefined || !(error instanceof SignatureError) || error.reason !== 'invalid') throw error
    return read(next)
  }
}

/** It tells where the site's own salt ends and the cookie's name begins. Python counts characters, not UTF-16 units. */
function currentSalt(name: string, salt: string): string {
  return `django.http.cookies.v2:${Array.from(salt).length}:${salt}${name}`
}

/** Before CVE-2026-6873: one signature for `('ab', 'c')` and `('a', 'bc')`. */
function legacySalt(name: string, salt: string): string {
  return name + salt
}
