import { type Clock, systemClock } from '../../base/clock.ts'
import { checkInteger, checkOptions, kindOf } from '../../base/options.ts'
import { OptionError } from '../../errors.ts'
import { djangoVersion, type DjangoSwitches } from '../version.ts'
import { cookieKeys } from './cookies.ts'
import { type DjangoSigningSettings, type SigningConfig, signingConfigOf } from './keys.ts'
import { createSigner, type Signer } from './signer.ts'
import { timestamped, type TimestampSigner } from './timestamp.ts'

/** What `djangoSigning` takes beside the site's settings. */
export interface DjangoSigningOptions {
  /** The site's version of Django, such as `'3.2'` or `'5.2.14'`. @defaultValue `'6.0'` */
  readonly django?: string | undefined
  /** The longest text that is read, and the most bytes of JSON in it, both ways. @defaultValue 16777216 (16 MiB) */
  readonly maxBytes?: number | undefined
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined
}

/** Between a value, its time and its signature. */
const colon = ':'

/** A site's signers, by their salts. */
export interface SigningTools extends SigningConfig {
  readonly django: DjangoSwitches
  readonly maxBytes: number
  readonly signer: (salt: string, separator?: string) => Signer
  readonly timestampSigner: (salt: string, separator?: string) => TimestampSigner
  readonly cookieSigner: (salt: string) => TimestampSigner
}

/** @throws OptionError */
export function signingTools(settings: DjangoSigningSettings, options: DjangoSigningOptions = {}): SigningTools {
  checkOptions(options, ['django', 'maxBytes', 'clock'], 'djangoSigning')
  const { maxBytes = 16 * 1024 * 1024, clock = systemClock } = options
  const maxLength = checkInteger(maxBytes, [1, 512 * 1024 * 1024], 'maxBytes')
  const django = djangoVersion(options.django)
  const config = signingConfigOf(settings, django)
  const signerOf = (keys: SigningConfig['keys'], salt: string, separator: string): Signer =>
    createSigner({ keys, salt, separator, maxLength })
  return {
    ...config,
    django,
    maxBytes,
    signer: (salt, separator = colon) => signerOf(config.keys, salt, checkSeparator(separator)),
    timestampSigner: (salt, separator = colon) =>
      timestamped(signerOf(config.keys, salt, checkSeparator(separator)), separator, clock),
    cookieSigner: (salt) => timestamped(signerOf(cookieKeys(config.keys), salt, colon), colon, clock),
  }
}

/** What may stand in a signature as well. */
const unsafeSeparator = /^[A-z0-9\-_=]*$/

function checkSeparator(separator: string): string {
  if (typeof separator === 'string' && !unsafeSeparator.test(separator)) return separator
  const wanted = 'expected a text with a character that is no letter, digit, "-", "_" or "="'
  throw new OptionError('separator', `separator: ${wanted}, got ${kindOf(separator)}`)
}
