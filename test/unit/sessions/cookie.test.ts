import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { resolveCookie } from '../../../src/sessions/cookie-options.ts'
import { clearCookie, readCookie, writeCookie } from '../../../src/sessions/cookie.ts'
import { isKey, newKey } from '../../../src/sessions/ids.ts'

const plain = resolveCookie()
const [oldSecret, newSecret] = ['an old secret of ours', 'a new secret of ours']
const life = { until: 3_600_000, now: 0, secure: true }
const key = newKey()

function pairOf(setCookie: string): string {
  return setCookie.split(';')[0] as string
}

describe('a key', () => {
  it('is never drawn twice and has the form that is read', () => {
    const keys = Array.from({ length: 10_000 }, () => newKey())

    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.every(isKey)).toBe(true)
  })
})

describe('a cookie that is read', () => {
  it('is found among others, quoted, encoded or with blanks around', () => {
    for (const header of [
      `sessionid=${key}`,
      `a=b; sessionid=${key}; c=d`,
      `a=b;sessionid = "${key}" ;c`,
      `sessionid=${[...key].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')}`,
    ]) {
      expect(readCookie(header, plain, isKey)).toEqual({ came: true, key })
    }
  })

  it('is the first of its name that can be a key', () => {
    const header = `sessionid=; sessionid=evil; sessionid=${key}; sessionid=${newKey()}`

    expect(readCookie(header, plain, isKey)).toEqual({ came: true, key })
  })

  it('is the last of its name for Django, however many there are', () => {
    const header = `${`sessionid=${newKey()}; `.repeat(20)}sessionid=${key}; sessionid=evil`

    expect(readCookie(header, resolveCookie({}, 'last'), isKey)).toEqual({ came: true, key })
  })

  it.each([
    undefined,
    '',
    ';',
    '=',
    `xsessionid=${key}`,
    `SESSIONID=${key}`,
    `__proto__=${key}`,
    `sessionid ${key}`,
    `${'a=b; '.repeat(20_000)}sessionid=${key}`,
  ])('is none in %j', (header) => {
    expect(readCookie(header, plain, isKey)).toEqual({ came: false, key: undefined })
  })

  it.each(['\u00a0', '\ufeff', '\u2000', '\u2028', '\u000b', '\f', '\r', '\n'])(
    'is not the one that only this host can set, when its name begins with %j, which browsers take for a letter',
    (blank) => {
      const host = resolveCookie({ name: '__Host-s' })

      expect(readCookie(`${blank}__Host-s=${newKey()}; __Host-s=${key}`, host, isKey)).toEqual({ came: true, key })
      expect(readCookie(`__Host-s${blank}=${newKey()}`, host, isKey)).toEqual({ came: false, key: undefined })
    },
  )

  it.each([
    '',
    '%',
    '%zz',
    '%00',
    '"',
    '""',
    key.slice(1),
    `${key}a`,
    `${key.slice(1)}\0`,
    `${key.slice(1)}/`,
    '../'.repeat(20),
    '\ud800'.repeat(32),
    'ключ'.repeat(8),
  ])('is no key when it is %j', (value) => {
    expect(readCookie(`sessionid=${value}`, plain, isKey)).toEqual({ came: true, key: undefined })
  })

  it('is at worst none, whatever was sent', () => {
    const signed = resolveCookie({ secrets: newSecret })
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const headers = [text, `sessionid=${text}`, `sessionid=${key}${text}`]
        const found = headers.map((header) => readCookie(header, plain, isKey).key)

        return (
          headers.every((header) => readCookie(header, signed, isKey).key === undefined) &&
          found.every((key) => key === undefined || isKey(key))
        )
      }),
    )
  })
})

describe('a signed cookie', () => {
  it('is signed by the first secret and verified by all', () => {
    const before = resolveCookie({ secrets: oldSecret })
    const rotated = resolveCookie({ secrets: [newSecret, oldSecret] })

    const [old, fresh] = [pairOf(writeCookie(key, before, life)), pairOf(writeCookie(key, rotated, life))]

    expect(readCookie(old, rotated, isKey).key).toBe(key)
    expect(readCookie(fresh, rotated, isKey).key).toBe(key)
    expect(readCookie(fresh, before, isKey).key).toBeUndefined()
  })

  it('is nothing under another name, changed or unsigned', () => {
    const config = resolveCookie({ secrets: newSecret })
    const pair = pairOf(writeCookie(key, config, life))
    const other = resolveCookie({ secrets: newSecret, name: 'other' })

    expect(readCookie(pair.replace('sessionid', 'other'), other, isKey).key).toBeUndefined()
    expect(readCookie(pair.slice(0, -1), config, isKey).key).toBeUndefined()
    expect(readCookie(`sessionid=${key}`, config, isKey)).toEqual({ came: true, key: undefined })
    expect(readCookie(`sessionid=${key}.`, config, isKey).key).toBeUndefined()
  })
})

describe('a cookie that is set', () => {
  it('is for this host, out of reach of scripts and other sites', () => {
    expect(writeCookie(key, plain, life)).toBe(
      `sessionid=${key}; Max-Age=3600; Path=/; Expires=Thu, 01 Jan 1970 01:00:00 GMT; HttpOnly; Secure; SameSite=Lax`,
    )
  })

  it('has what the options say', () => {
    const config = resolveCookie({ name: 'sid', sameSite: 'none', domain: 'a.org', path: '/x', partitioned: true })

    const text = writeCookie(key, config, { ...life, until: 'browser' })

    expect(text).toBe(`sid=${key}; Domain=a.org; Path=/x; HttpOnly; Secure; Partitioned; SameSite=None`)
  })

  it("is Secure by 'auto' only when the request came safely", () => {
    expect(writeCookie(key, plain, { ...life, secure: false })).not.toContain('Secure')
    expect(writeCookie(key, resolveCookie({ secure: true }), { ...life, secure: false })).toContain('Secure')
  })

  it('goes by the same name, path and domain as it was set', () => {
    const config = resolveCookie({ domain: 'a.org', path: '/x' })

    expect(clearCookie(config, true)).toBe(
      'sessionid=; Max-Age=0; Domain=a.org; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    )
  })
})

describe('options of the cookie', () => {
  it.each([
    [{ nmae: 'x' }, 'did you mean "name"?'],
    [{ name: '__Host-s', domain: 'a.org' }, 'no domain'],
    [{ name: '__Host-s', path: '/x' }, "path: '/'"],
    [{ name: '__host-s', secure: 'auto' }, 'secure: true'],
    [{ name: '__Secure-s', secure: false }, 'secure: true'],
    [{ sameSite: 'none', secure: false }, 'only together with secure'],
    [{ partitioned: true, secure: false }, 'only together with secure'],
    [{ sameSite: 'Lax' }, '"lax", "strict", "none"'],
    [{ secure: 'yes' }, "true, false or 'auto'"],
    [{ httpOnly: 1 }, 'true or false'],
    [{ name: 'a;b' }, 'cannot stand in a cookie'],
    [{ name: 'a=b' }, 'cannot stand in a cookie'],
    [{ name: '' }, 'cookie.name'],
    [{ domain: 'a b' }, 'cannot stand in a cookie'],
    [{ path: '/;x' }, 'cannot stand in a cookie'],
    [{ secrets: 'short' }, 'at least 16 characters'],
    [{ secrets: [newSecret, 5] }, 'at least 16 characters'],
  ])('%j are refused', (options, message) => {
    expect(() => resolveCookie(options as object)).toThrow(message)
  })

  it('never show a secret', () => {
    expect(() => resolveCookie({ secrets: 'tooshort' })).toThrow(expect.not.stringContaining('tooshort') as Error)
  })

  it('make a __Host- cookie secure', () => {
    expect(resolveCookie({ name: '__Host-s' }).secure).toBe(true)
  })
})
