import { SignatureError } from '../errors.ts'
import { fromObjectBytes } from './signing/objects.ts'
import { isSameText } from './signing/same-text.ts'
import { invalid } from './signing/signer.ts'
import type { DjangoSigning } from './signing/signing.ts'

const salt = 'django.contrib.sessions.SessionStore'
const legacySalt = 'django.contrib.sessionsSessionStore'

/** The longest text in the form before 3.1 that is read, in characters. */
const longestLegacy = 16 * 1024 * 1024

/**
 * The fields of a session as Django's `SessionBase.encode` writes them: what the column `session_data` of the engines
 * `db` and `cached_db` holds, and the files of the engine `file`.
 *
 * @throws TypeError for what Python's `json` cannot hold.
 */
export function encodeSessionText(fields: Readonly<Record<string, unknown>>, signing: DjangoSigning): string {
  return signing.dumps(fields, { salt, compress: true })
}

/**
 * The fields that `SessionBase.encode` wrote, for Django 3.2 also before 3.1.
 *
 * @throws SignatureError where Django logs "Session data corrupted" and goes on with an empty session.
 */
export function decodeSessionText(text: string, signing: DjangoSigning): Record<string, unknown> {
  return recordOf(read(text, signing))
}

/** What was signed as a session, if it is one. @throws SignatureError */
export function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return value as Record<string, unknown>
  }
  throw invalid('it holds no fields of a session')
}

function read(text: string, signing: DjangoSigning): unknown {
  try {
    return signing.loads(text, { salt })
  } catch (error) {
    if (!(error instanceof SignatureError) || !signing.django.legacySessionText) throw error
    return readLegacy(text, signing)
  }
}

/** Base 64 of the hash in hexadecimal, a colon and the JSON. */
function readLegacy(text: string, signing: DjangoSigning): unknown {
  if (text.length > longestLegacy) throw invalid('it is too long')
  const bytes = Buffer.from(text, 'base64')
  const colon = bytes.indexOf(':')
  const [hash, json] = [bytes.toString('latin1', 0, Math.max(0, colon)), bytes.subarray(colon + 1)]
  const expected = signing.saltedHmac(legacySalt, json.toString('latin1'), { algorithm: 'sha1' })
  if (colon < 0 || !isSameText(hash, expected.toString('hex'))) throw invalid()
  try {
    return fromObjectBytes(json, longestLegacy)
  } catch (cause) {
    throw invalid('it holds no JSON', cause)
  }
}
