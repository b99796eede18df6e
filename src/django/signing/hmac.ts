import { createHash, createHmac } from 'node:crypto'

/** By what Django signs: SHA-256 since 3.1, SHA-1 before. */
export type DigestAlgorithm = 'sha256' | 'sha1'

/** How {@link saltedHmac} signs. */
export interface HmacOptions {
  /** SECRET_KEY, or one made of it. */
  readonly secret: string
  /** @defaultValue `'sha256'` */
  readonly algorithm?: DigestAlgorithm | undefined
}

/** Half of a surrogate pair. */
const lone = /\p{Surrogate}/u

/**
 * `django.utils.crypto.salted_hmac`: a key of its own for each `keySalt`, made of it and the secret.
 *
 * @throws TypeError for texts that no UTF-8 can hold.
 */
export function saltedHmac(keySalt: string, value: string, { secret, algorithm = 'sha256' }: HmacOptions): Buffer {
  // Their halves would all become the same character, and one signature would do for many texts.
  if (!isWellFormed(keySalt) || !isWellFormed(value)) {
    throw new TypeError('signing: expected well-formed texts, got one with half of a surrogate pair')
  }
  const key = createHash(algorithm)
    .update(keySalt + secret, 'utf8')
    .digest()
  return createHmac(algorithm, key).update(value, 'utf8').digest()
}

/** Whether UTF-8 can hold the text. */
export function isWellFormed(text: string): boolean {
  return !lone.test(text)
}
