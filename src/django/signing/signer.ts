import { SignatureError } from '../../errors.ts'
import { type DigestAlgorithm, isWellFormed, saltedHmac } from './hmac.ts'
import { isSameText } from './same-text.ts'

/** The keys of a site: the first signs, all verify. */
export interface SigningKeys {
  readonly secretKey: string
  readonly fallbackKeys: readonly string[]
  /** Whether signatures by SHA-1 count beside those by SHA-256. */
  readonly acceptsSha1: boolean
}

/** Signs texts, and takes back what was signed. */
export interface Signer {
  sign(value: string): string
  /** What was signed. @throws SignatureError */
  unsign(text: string): string
}

export interface SignerParts {
  readonly keys: SigningKeys
  readonly salt: string
  /** Between a value and its signature. */
  readonly separator: string
  /** The longest text that is looked at, in UTF-16 units. */
  readonly maxLength: number
}

/** `django.core.signing.Signer`: `value:signature`. */
export function createSigner(parts: SignerParts): Signer {
  const { keys, separator, maxLength } = parts
  return {
    sign: (value) => checkText(value) + separator + signature(value, parts, keys.secretKey),
    unsign: (text) => {
      checkText(text)
      const end = text.length > maxLength ? -1 : text.lastIndexOf(separator)
      if (end < 0 || !isWellFormed(text)) throw invalid()
      const value = text.slice(0, end)
      if (!isSigned(value, text.slice(end + separator.length), parts)) throw invalid()
      return value
    },
  }
}

function checkText(text: unknown): string {
  if (typeof text === 'string') return text
  throw new TypeError(`signing: expected a text, got ${typeof text}`)
}

/** Nothing of the text is told, since it may be a secret of somebody's. */
export function invalid(reason: string = 'none of the keys signed it with this salt', cause?: unknown): SignatureError {
  return new SignatureError('invalid', `The signed text is not valid: ${reason}`, cause)
}

/** All keys are tried, so that the time taken does not tell which one it was. */
function isSigned(value: string, came: string, parts: SignerParts): boolean {
  const { secretKey, fallbackKeys, acceptsSha1 } = parts.keys
  const expected = [secretKey, ...fallbackKeys].map((key) => signature(value, parts, key))
  if (acceptsSha1) expected.push(signature(value, parts, secretKey, 'sha1'))
  return expected.filter((text) => isSameText(came, text)).length > 0
}

function signature(value: string, { salt }: SignerParts, secret: string, algorithm?: DigestAlgorithm): string {
  return saltedHmac(`${salt}signer`, value, { secret, algorithm }).toString('base64url')
}
