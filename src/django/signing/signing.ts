import type { Timeout } from '../../base/duration.ts'
import { checkOptions } from '../../base/options.ts'
import type { DjangoSwitches } from '../version.ts'
import { readWithSalts, saltsOfCookie } from './cookies.ts'
import { type HmacOptions, saltedHmac } from './hmac.ts'
import type { DjangoSigningSettings } from './keys.ts'
import { fromObjectText, packed, toObjectBytes } from './objects.ts'
import { maxAgeMs } from './timestamp.ts'
import { type DjangoSigningOptions, type SigningTools, signingTools } from './tools.ts'

/** Of everything that signs. */
export interface SaltOption {
  /** What is signed with one salt is nothing with another. @defaultValue Django's, of the same method; for cookies none */
  readonly salt?: string
}

/** As Django's `Signer(salt=..., sep=...)`. */
export interface SignOptions extends SaltOption {
  /** Django's `sep`: a text that is not made of letters, digits, `-`, `_` and `=` alone. @defaultValue `':'` */
  readonly separator?: string
}

/** Of everything that reads what was signed together with the time. */
export interface MaxAgeOption {
  /** What was signed longer ago is refused. @defaultValue `null`, whenever it was */
  readonly maxAge?: Timeout
}

export interface DumpsOptions extends SaltOption {
  /** Whether zlib may make it shorter. @defaultValue false */
  readonly compress?: boolean
}

/**
 * `django.core.signing` with a site's keys. What reads throws a `SignatureError` for whatever the site did not sign, and
 * a `TypeError` for what is no text.
 */
export interface DjangoSigning {
  /** What the site's version of Django does. */
  readonly django: DjangoSwitches
  /** `Signer().sign(value)` */
  sign(value: string, options?: SignOptions): string
  /** `Signer().unsign(text)` */
  unsign(text: string, options?: SignOptions): string
  /** `TimestampSigner().sign(value)` */
  signTimestamped(value: string, options?: SignOptions): string
  /** `TimestampSigner().unsign(text, max_age)` */
  unsignTimestamped(text: string, options?: SignOptions & MaxAgeOption): string
  /** `Signer().sign_object(value)`: JSON without the time. @throws TypeError for what Python's `json` cannot hold */
  signObject(value: unknown, options?: DumpsOptions): string
  /** `Signer().unsign_object(text)` */
  unsignObject(text: string, options?: SaltOption): unknown
  /** `signing.dumps(value)`: JSON and the time. @throws TypeError for what Python's `json` cannot hold */
  dumps(value: unknown, options?: DumpsOptions): string
  /** `signing.loads(text)`: integers beyond 2^53 are bigints, whole floats are `PyFloat`s. */
  loads(text: string, options?: SaltOption & MaxAgeOption): unknown
  /** The value that `response.set_signed_cookie(name, value, salt)` gives the cookie. */
  signCookie(name: string, value: string, salt?: string): string
  /** `request.get_signed_cookie(name, salt=salt, max_age=max_age)` of the cookie's value. */
  readCookie(name: string, text: string, options?: SaltOption & MaxAgeOption): string
  /** `django.utils.crypto.salted_hmac(key_salt, value, secret, algorithm)`: SECRET_KEY, and SHA-256 where Django has SHA-1. */
  saltedHmac(keySalt: string, value: string, options?: Partial<HmacOptions>): Buffer
}

const salts = {
  signer: 'django.core.signing.Signer',
  timestampSigner: 'django.core.signing.TimestampSigner',
  dumps: 'django.core.signing',
}

/**
 * Signs as a Django site does, and reads what it signed.
 *
 * @throws OptionError naming the setting or option, without its value.
 */
export function djangoSigning(settings: DjangoSigningSettings, options: DjangoSigningOptions = {}): DjangoSigning {
  const tools = signingTools(settings, options)
  return { django: tools.django, ...textSigning(tools), ...objectSigning(tools), ...cookieSigning(tools) }
}

type TextSigning = Pick<DjangoSigning, 'sign' | 'unsign' | 'signTimestamped' | 'unsignTimestamped' | 'saltedHmac'>

function textSigning({ keys, signer, timestampSigner }: SigningTools): TextSigning {
  const plain = ({ salt, separator }: SignOptions) => signer(or(salt, salts.signer), separator)
  const dated = ({ salt, separator }: SignOptions) => timestampSigner(or(salt, salts.timestampSigner), separator)
  return {
    sign: (value, options = {}) => plain(checked(options, 'sign', signNames)).sign(value),
    unsign: (text, options = {}) => plain(checked(options, 'unsign', signNames)).unsign(text),
    signTimestamped: (value, options = {}) => dated(checked(options, 'signTimestamped', signNames)).sign(value),
    unsignTimestamped: (text, options = {}) => {
      const { maxAge } = checked(options, 'unsignTimestamped', [...signNames, 'maxAge'])
      return dated(options).unsign(text, maxAgeMs(maxAge)).value
    },
    saltedHmac: (keySalt, value, options = {}) => {
      const { secret = keys.secretKey, algorithm } = checked(options, 'saltedHmac', ['secret', 'algorithm'])
      return saltedHmac(keySalt, value, { secret, algorithm })
    },
  }
}

type ObjectSigning = Pick<DjangoSigning, 'signObject' | 'unsignObject' | 'dumps' | 'loads'>

function objectSigning({ signer, timestampSigner, maxBytes }: SigningTools): ObjectSigning {
  const textOf = (value: unknown, { compress = false }: DumpsOptions) =>
    packed(toObjectBytes(value, maxBytes), compress)
  const dumpNames = ['salt', 'compress']
  return {
    signObject: (value, options = {}) => {
      const { salt } = checked(options, 'signObject', dumpNames)
      return signer(or(salt, salts.signer)).sign(textOf(value, options))
    },
    unsignObject: (text, options = {}) => {
      const { salt } = checked(options, 'unsignObject', ['salt'])
      return fromObjectText(signer(or(salt, salts.signer)).unsign(text), maxBytes)
    },
    dumps: (value, options = {}) => {
      const { salt = salts.dumps } = checked(options, 'dumps', dumpNames)
      return timestampSigner(or(salt, salts.timestampSigner)).sign(textOf(value, options))
    },
    loads: (text, options = {}) => {
      const { salt = salts.dumps, maxAge } = checked(options, 'loads', ['salt', 'maxAge'])
      const { value } = timestampSigner(or(salt, salts.timestampSigner)).unsign(text, maxAgeMs(maxAge))
      return fromObjectText(value, maxBytes)
    },
  }
}

function cookieSigning({ cookieSigner, cookieSalts }: SigningTools): Pick<DjangoSigning, 'signCookie' | 'readCookie'> {
  const saltsOf = (name: string, salt: string) => saltsOfCookie(cookieSalts, name, salt)
  return {
    signCookie: (name, value, salt = '') => cookieSigner(saltsOf(name, salt)[0]).sign(value),
    readCookie: (name, text, options = {}) => {
      const { salt = '', maxAge } = checked(options, 'readCookie', ['salt', 'maxAge'])
      return readWithSalts(saltsOf(name, salt), (each) => cookieSigner(each).unsign(text, maxAgeMs(maxAge)).value)
    },
  }
}

const signNames = ['salt', 'separator']

/** A misspelt `maxAge` would be no limit at all. */
function checked<Options extends object>(options: Options, operation: string, known: readonly string[]): Options {
  checkOptions(options, known, operation)
  return options
}

/** An empty salt is none, for Django. */
function or(salt: string | undefined, fallback: string): string {
  return salt === undefined || salt === '' ? fallback : salt
}
