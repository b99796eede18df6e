import { type DigestAlgorithm, saltedHmac } from './signing/hmac.ts'
import { isSameText } from './signing/same-text.ts'

const keySalt = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'

/** The keys of a site that sign its logins. */
export interface AuthHashKeys {
  /** SECRET_KEY. */
  readonly secretKey: string
  /** SECRET_KEY_FALLBACKS, where the site's Django minds them. */
  readonly fallbackKeys: readonly string[]
  /** Whether hashes by SHA-1 count, as until Django 3.2. */
  readonly acceptsSha1: boolean
}

/**
 * What Django keeps in `_auth_user_hash`, so that a new password ends the logins of the old one. `password` is the
 * user's column of that name as it is, not what the user types.
 */
export function sessionAuthHash(password: string, secretKey: string, algorithm: DigestAlgorithm = 'sha256'): string {
  return saltedHmac(keySalt, password, { secret: secretKey, algorithm }).toString('hex')
}

/**
 * Whether a session's `_auth_user_hash` belongs to this password: `current`, `outdated` when an older key or algorithm
 * made it and it is to be replaced, or `wrong`, and the session must end. In a time that does not depend on the hash.
 */
export function checkAuthHash(hash: unknown, password: string, keys: AuthHashKeys): 'current' | 'outdated' | 'wrong' {
  if (typeof hash !== 'string') return 'wrong'
  const { secretKey, fallbackKeys, acceptsSha1 } = keys
  const older = fallbackKeys.map((key) => sessionAuthHash(password, key))
  if (acceptsSha1) older.push(sessionAuthHash(password, secretKey, 'sha1'))
  // All are compared, so that the time taken does not tell which one it was.
  const isOutdated = older.filter((expected) => isSameText(hash, expected)).length > 0
  if (isSameText(hash, sessionAuthHash(password, secretKey))) return 'current'
  return isOutdated ? 'outdated' : 'wrong'
}
