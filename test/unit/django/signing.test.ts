import { deflateSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PyDecimal, PyFloat, PySafeString } from '../../../src/codecs/index.ts'
import { fromBase62, toBase62 } from '../../../src/django/signing/base62.ts'
import { type DjangoSigning, djangoSigning } from '../../../src/django/signing/signing.ts'
import { OptionError, SignatureError } from '../../../src/errors.ts'
import { signingVectors, vectorClock, vectorsOf } from '../../support/django-signing.ts'

const settings = { SECRET_KEY: 'django_tests_secret_key' }
const { signing: known } = vectorsOf('5.2')

function site(django?: string, more: object = {}): DjangoSigning {
  return djangoSigning({ ...settings, ...more }, { django, clock: vectorClock() })
}

/** How `read` fails. */
function reasonOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof SignatureError) return error.reason
    throw error
  }
  return 'none'
}

describe.each(signingVectors)('signed by Django $django', ({ django, signing: expected }) => {
  const signing = site(django)

  it.each([
    ['Signer.sign("hello")', () => signing.sign('hello')],
    ['Signer(salt="extra").sign("hello")', () => signing.sign('hello', { salt: 'extra' })],
    ['TimestampSigner.sign("hello")', () => signing.signTimestamped('hello')],
    ['dumps({"a":[1,2],"é":"x"})', () => signing.dumps({ a: [1, 2], é: 'x' })],
    ['dumps("hello",compress=True)', () => signing.dumps('hello', { compress: true })],
    ['set_signed_cookie("name","value",salt="s")', () => signing.signCookie('name', 'value', 's')],
  ])('%s is the same here', (expression, sign) => {
    expect(sign()).toBe(expected[expression])
  })

  it('another key signs as the argument key does', () => {
    const other = djangoSigning({ SECRET_KEY: 'k2' }, { django, clock: vectorClock() })

    expect(other.dumps({ k: 1 }, { salt: 'my.salt' })).toBe(expected['dumps({"k":1},salt="my.salt",key="k2")'])
  })

  it('what it compressed is read', () => {
    const text = expected['dumps(list(range(50)),compress=True)'] ?? ''

    expect(signing.loads(text)).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })

  it('is the salted HMAC, by both algorithms', () => {
    const { salted_hmac_sha1: sha1, salted_hmac_sha256: sha256 } = expected

    expect(signing.saltedHmac(sha256.key_salt, sha256.value).toString('hex')).toBe(sha256.hex)
    expect(signing.saltedHmac(sha1.key_salt, sha1.value, { algorithm: 'sha1' }).toString('hex')).toBe(sha1.hex)
  })
})

describe('what was signed', () => {
  const texts = fc.string({ unit: 'grapheme' })

  it('is read back, whatever text it is', () => {
    fc.assert(
      fc.property(texts, texts, (value, salt) => {
        expect(site().unsign(site().sign(value, { salt }), { salt })).toBe(value)
        expect(site().unsignTimestamped(site().signTimestamped(value, { salt }), { salt })).toBe(value)
        expect(site().readCookie('name', site().signCookie('name', value, salt), { salt })).toBe(value)
      }),
    )
  })

  it('is read back, whatever JSON it is', () => {
    const values = fc.jsonValue({ noUnicodeString: false })

    fc.assert(
      fc.property(values, fc.boolean(), (value, compress) => {
        expect(site().loads(site().dumps(value, { compress }))).toEqual(value)
        expect(site().unsignObject(site().signObject(value, { compress }))).toEqual(value)
      }),
    )
  })

  it('is refused with any one character changed', () => {
    const text = site().dumps({ user: 1, cart: ['book'] })
    const letters = 'A0_-:.=é '

    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...letters), (at, letter) => {
        fc.pre(text[at] !== letter)
        const changed = text.slice(0, at) + letter + text.slice(at + 1)

        expect(reasonOf(() => site().loads(changed))).toBe('invalid')
      }),
    )
  })

  it('is refused with something added or cut off', () => {
    const text = site().sign('value')

    for (const other of [
      `${text}=`,
      `${text}A`,
      ` ${text}`,
      text.slice(1),
      text.slice(0, -1),
      '',
      ':',
      'value',
      'value:',
    ]) {
      expect(reasonOf(() => site().unsign(other))).toBe('invalid')
    }
  })

  it('is nothing under another salt, key or method', () => {
    const text = site().dumps('value', { salt: 'one' })

    expect(reasonOf(() => site().loads(text, { salt: 'two' }))).toBe('invalid')
    expect(reasonOf(() => djangoSigning({ SECRET_KEY: 'other' }).loads(text, { salt: 'one' }))).toBe('invalid')
    expect(reasonOf(() => site().unsignTimestamped(text))).toBe('invalid')
    expect(reasonOf(() => site().unsignTimestamped(site().sign('value')))).toBe('invalid')
  })

  it('keeps integers of any size and floats that are whole', () => {
    const text = site().dumps({ big: 2n ** 70n, whole: new PyFloat(1), half: 0.5, none: null })

    expect(site().loads(text)).toEqual({ big: 2n ** 70n, whole: new PyFloat(1), half: 0.5, none: null })
  })

  it('has __proto__ for a key like any other', () => {
    const text = site().signTimestamped(Buffer.from('{"__proto__":{"admin":true}}').toString('base64url'), {
      salt: 'django.core.signing',
    })

    const value = site().loads(text) as Record<string, unknown>

    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(value['admin']).toBeUndefined()
  })

  it('may have another separator, which is then no separator here', () => {
    const text = site().sign('a:b', { separator: '/' })

    expect(text).toMatch(/^a:b\/[\w-]{43}$/)
    expect(site().unsign(text, { separator: '/' })).toBe('a:b')
    expect(() => site().sign('value', { separator: '-_' })).toThrow(OptionError)
  })

  it('with an empty salt is signed with the default one, as Django does', () => {
    expect(site().sign('hello', { salt: '' })).toBe(known['Signer.sign("hello")'])
  })
})

describe('an age', () => {
  const text = site().signTimestamped('value')

  function readAfter(seconds: number, maxAge?: number | null): () => string {
    const later = djangoSigning(settings, { clock: vectorClock(seconds * 1000) })
    return () => later.unsignTimestamped(text, maxAge === undefined ? {} : { maxAge })
  }

  it('is no matter without a limit', () => {
    expect(readAfter(1e9)()).toBe('value')
    expect(readAfter(1e9, null)()).toBe('value')
  })

  it('up to the limit is fine, beyond it the text has expired', () => {
    expect(readAfter(60, 60)()).toBe('value')
    expect(reasonOf(readAfter(60.001, 60))).toBe('expired')
  })

  it('in the future is fine, as for Django', () => {
    expect(readAfter(-3600, 60)()).toBe('value')
  })

  it('holds for JSON and cookies too', () => {
    const later = djangoSigning(settings, { clock: vectorClock(61_000) })

    expect(reasonOf(() => later.loads(site().dumps(1), { maxAge: '1m' }))).toBe('expired')
    expect(reasonOf(() => later.readCookie('a', site().signCookie('a', '1'), { maxAge: '1m' }))).toBe('expired')
  })

  it('is not forgotten over a misspelt name', () => {
    expect(() => site().loads(site().dumps(1), { maxage: 1 } as object)).toThrow(/maxAge/)
  })

  it('is in base 62, both ways', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (integer) => {
        expect(fromBase62(toBase62(integer))).toBe(integer)
      }),
    )

    expect(['', '-', '1r31eq!', '0123456789'].map(fromBase62)).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('keys', () => {
  const [current, old, new_] = ['current_secret_key', 'old_secret_key', 'new_secret_key']
  const rotated = { SECRET_KEY: new_, SECRET_KEY_FALLBACKS: [old, current] }

  it('that are fallbacks verify', () => {
    const text = djangoSigning({ SECRET_KEY: old }).sign('value')

    expect(djangoSigning(rotated).unsign(text)).toBe('value')
    expect(djangoSigning(rotated).readCookie('c', djangoSigning({ SECRET_KEY: old }).signCookie('c', 'v'))).toBe('v')
  })

  it('that are fallbacks never sign', () => {
    expect(djangoSigning(rotated).sign('value')).toBe(djangoSigning({ SECRET_KEY: new_ }).sign('value'))
  })

  it('that are fallbacks are none before Django 4.1', () => {
    const text = djangoSigning({ SECRET_KEY: old }).sign('value')

    expect(reasonOf(() => djangoSigning(rotated, { django: '4.0' }).unsign(text))).toBe('invalid')
  })

  it('stay out of messages', () => {
    for (const given of [
      { SECRET_KEY: '' },
      {},
      { SECRET_KEY: 'geheim', SECRET_KEY_FALLBACKS: ['auch', 7] },
      { SECRET_KEY: 'geheim', SECRET_KEY_FALLBACKS: 'auch' },
    ]) {
      expect(() => djangoSigning(given as typeof settings)).toThrow(OptionError)
      expect(() => djangoSigning(given as typeof settings)).not.toThrow(/geheim|auch/)
    }
  })
})

describe('SHA-1', () => {
  const value = 'hello'
  const signature = site().saltedHmac('django.core.signing.Signersigner', value, { algorithm: 'sha1' })
  const text = `${value}:${signature.toString('base64url')}`

  it('is read where the site is of Django 3.2, and nowhere else', () => {
    expect(site('3.2').unsign(text)).toBe(value)
    expect(reasonOf(() => site('4.0').unsign(text))).toBe('invalid')
    expect(reasonOf(() => site().unsign(text))).toBe('invalid')
  })
})

describe('a signed cookie', () => {
  const old = vectorsOf('3.2').signing['set_signed_cookie("name","value",salt="s")'] ?? ''
  const current = known['set_signed_cookie("name","value",salt="s")'] ?? ''

  it('is read with the salt of today and with the one before', () => {
    expect([old, current].map((text) => site('5.2').readCookie('name', text, { salt: 's' }))).toEqual([
      'value',
      'value',
    ])
  })

  it('of the salt before is refused where the site says so, and from Django 6.1 on', () => {
    const strict = site('5.2', { SIGNED_COOKIE_LEGACY_SALT_FALLBACK: false })

    expect(reasonOf(() => strict.readCookie('name', old, { salt: 's' }))).toBe('invalid')
    expect(reasonOf(() => site('6.1').readCookie('name', old, { salt: 's' }))).toBe('invalid')
    expect(site('6.1', { SIGNED_COOKIE_LEGACY_SALT_FALLBACK: true }).readCookie('name', old, { salt: 's' })).toBe(
      'value',
    )
  })

  it('is signed as the patch of the site signs', () => {
    const signed = (django: string) => site(django).signCookie('name', 'value', 's')

    expect(['3.2', '5.2.14', '6.0.5'].map(signed)).toEqual([old, old, old])
    expect(['5.2.15', '6.0.6', '6.1'].map(signed)).toEqual([current, current, current])
  })

  it('is nothing where another pair of a name and a salt makes the same text', () => {
    expect(reasonOf(() => site().readCookie('ab', site().signCookie('a', 'value', 'bc'), { salt: 'c' }))).toBe(
      'invalid',
    )
  })

  it('of the salt before that has expired says so', () => {
    const later = djangoSigning(settings, { clock: vectorClock(61_000), django: '5.2' })

    expect(reasonOf(() => later.readCookie('name', old, { salt: 's', maxAge: 60 }))).toBe('expired')
  })
})

describe('a hostile text', () => {
  const salt = 'django.core.signing'

  function signed(content: Buffer, mark: string = ''): string {
    return site().signTimestamped(mark + content.toString('base64url'), { salt })
  }

  it('is invalid and nothing else, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(reasonOf(() => site().loads(text))).toBe('invalid')
        expect(reasonOf(() => site().unsign(text))).toBe('invalid')
        expect(reasonOf(() => site().readCookie('name', text))).toBe('invalid')
      }),
    )
  })

  it('that is longer than it may be is not looked at', () => {
    const small = djangoSigning(settings, { maxBytes: 100 })
    const text = site().sign('x'.repeat(100))

    expect(reasonOf(() => small.unsign(text))).toBe('invalid')
    expect(site().unsign(text)).toHaveLength(100)
  })

  it('that is signed and grows beyond the limit is invalid', () => {
    const bomb = signed(deflateSync(Buffer.alloc(2_000_000, ' ')), '.')

    expect(reasonOf(() => djangoSigning(settings, { maxBytes: 1_000_000 }).loads(bomb))).toBe('invalid')
  })

  it('that is signed and holds no JSON, none that is compressed or one too deep is invalid', () => {
    const texts = [
      signed(Buffer.from('{')),
      signed(Buffer.from('nope')),
      signed(Buffer.alloc(0)),
      signed(Buffer.from('{}'), '.'),
      signed(Buffer.from('['.repeat(5000) + ']'.repeat(5000))),
    ]

    expect(texts.map((text) => reasonOf(() => site().loads(text)))).toEqual(texts.map(() => 'invalid'))
  })

  it('is not told of in the message', () => {
    expect(() => site().unsign('geheim:AAAA')).not.toThrow(/geheim|AAAA/)
  })

  it('with half of a surrogate pair has no signature, since all of them would share it', () => {
    const text = site().sign('\ufffd')

    expect(reasonOf(() => site().unsign(text.replace('\ufffd', '\ud800')))).toBe('invalid')
    expect(() => site().sign('\ud800')).toThrow(TypeError)
  })
})

describe('what is signed as JSON', () => {
  it.each([
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(1)],
    ['a decimal', new PyDecimal('1.5')],
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a function', { a: () => 0 }],
  ])("is what Python's json takes, not %s", (_, value) => {
    expect(() => site().dumps(value)).toThrow(TypeError)
  })

  it('may be a text that is marked as safe', () => {
    expect(site().loads(site().dumps(new PySafeString('<b>')))).toBe('<b>')
  })

  it('beyond ASCII is read as Django reads it: a character for each byte', () => {
    const text = site().signTimestamped(Buffer.from('"é"').toString('base64url'), { salt: 'django.core.signing' })

    expect(site().loads(text)).toBe('Ã©')
  })
})

describe('the settings', () => {
  it('may hold whatever else a site has', () => {
    expect(
      djangoSigning({ ...settings, DEBUG: true } as typeof settings).unsign(known['Signer.sign("hello")'] ?? ''),
    ).toBe('hello')
  })

  it('may not name another signer of cookies', () => {
    expect(() => site(undefined, { SIGNING_BACKEND: 'my.Signer' })).toThrow(/SIGNING_BACKEND/)
  })
})
