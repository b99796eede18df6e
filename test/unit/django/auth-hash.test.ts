import { describe, expect, it } from 'vitest'

import { checkAuthHash, sessionAuthHash } from '../../../src/django/auth-hash.ts'
import { signingVectors, vectorsOf } from '../../support/django-signing.ts'

const {
  secret_key: secretKey,
  session_auth_hash: { password, hash, legacy_sha1: sha1 },
} = vectorsOf('5.2')
const keys = { secretKey, fallbackKeys: [], acceptsSha1: false }

describe('sessionAuthHash', () => {
  it.each(signingVectors)('is that of Django $django', ({ secret_key, session_auth_hash: known }) => {
    expect(sessionAuthHash(known.password, secret_key)).toBe(known.hash)
    expect(sessionAuthHash(known.password, secret_key, 'sha1')).toBe(known.legacy_sha1)
  })
})

describe('checkAuthHash', () => {
  it('knows the hash of this password', () => {
    expect(checkAuthHash(hash, password, keys)).toBe('current')
  })

  it('refuses that of another password', () => {
    expect(checkAuthHash(hash, `${password}!`, keys)).toBe('wrong')
  })

  it('takes that of an older key for outdated', () => {
    const rotated = { ...keys, secretKey: 'new', fallbackKeys: ['older', secretKey] }

    expect(checkAuthHash(hash, password, rotated)).toBe('outdated')
    expect(checkAuthHash(sessionAuthHash(password, 'new'), password, rotated)).toBe('current')
  })

  it('takes that by SHA-1 for outdated, where it counts at all', () => {
    expect(checkAuthHash(sha1, password, { ...keys, acceptsSha1: true })).toBe('outdated')
    expect(checkAuthHash(sha1, password, keys)).toBe('wrong')
  })

  it.each([undefined, null, '', 7, {}, [hash], hash.toUpperCase(), hash.slice(1), `${hash} `, '\ud800'.repeat(64)])(
    'refuses %j',
    (other) => {
      expect(checkAuthHash(other, password, { ...keys, acceptsSha1: true })).toBe('wrong')
    },
  )
})
