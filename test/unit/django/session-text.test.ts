import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeSessionText, encodeSessionText } from '../../../src/django/session-text.ts'
import { type DjangoSigning, djangoSigning } from '../../../src/django/signing/signing.ts'
import { SignatureError } from '../../../src/errors.ts'
import { signingVectors, vectorClock, vectorsOf } from '../../support/django-signing.ts'

const SECRET_KEY = vectorsOf('3.2').secret_key
const legacy = vectorsOf('3.2').session_legacy_encode ?? { data: {}, value: '' }

function site(django: string): DjangoSigning {
  return djangoSigning({ SECRET_KEY }, { django, clock: vectorClock() })
}

describe.each(signingVectors)('the text of a session of Django $django', ({ django, session_data, session_encode }) => {
  it('is read', () => {
    expect(decodeSessionText(session_encode.small, site(django))).toEqual(session_data.small)
    expect(decodeSessionText(session_encode.big, site(django))).toEqual(session_data.big)
  })

  it('is written, compressed where that is shorter', () => {
    expect(encodeSessionText(session_data.small, site(django))).toBe(session_encode.small)
    expect(encodeSessionText(session_data.big, site(django))).toMatch(/^\.[\w-]+:1r31eq:[\w-]{43}$/)
    expect(encodeSessionText(session_data.big, site(django)).length).toBeLessThan(session_encode.big.length * 1.1)
  })
})

describe('the text of a session', () => {
  it('is read back, whatever JSON its fields are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        expect(decodeSessionText(encodeSessionText({ ...fields }, site('5.2')), site('5.2'))).toEqual({ ...fields })
      }),
    )
  })

  it('before Django 3.1 is read for 3.2, and for no other', () => {
    expect(decodeSessionText(legacy.value, site('3.2'))).toEqual(legacy.data)
    expect(() => decodeSessionText(legacy.value, site('4.0'))).toThrow(SignatureError)
  })

  it.each(['', 'x', ':', 'flask', 'bad:encoded:value', 'AAAA', 'Og=='])('that is %j is an error of ours', (text) => {
    expect(() => decodeSessionText(text, site('3.2'))).toThrow(SignatureError)
    expect(() => decodeSessionText(text, site('5.2'))).toThrow(SignatureError)
  })

  it('before Django 3.1 is an error with any bit changed', () => {
    const bytes = Buffer.from(legacy.value, 'base64')

    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)

        expect(() => decodeSessionText(changed.toString('base64'), site('3.2'))).toThrow(SignatureError)
      }),
    )
  })

  it('signed with another salt, or that is no dict, is an error', () => {
    const salt = 'django.contrib.sessions.SessionStore'

    expect(() => decodeSessionText(site('5.2').dumps({}), site('5.2'))).toThrow(SignatureError)
    for (const value of [null, [], 7, 'text']) {
      expect(() => decodeSessionText(site('5.2').dumps(value, { salt }), site('5.2'))).toThrow(SignatureError)
    }
  })
})
