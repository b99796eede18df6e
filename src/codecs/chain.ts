import { type Bytes, fromText } from '../base/bytes.ts'
import { readInteger as readPlainInteger } from '../base/integers.ts'
import { DecodeError, OptionError } from '../errors.ts'
import { type Failure, firstToRead, none, reasonsOf } from './attempts.ts'
import type { Codec, Compressor, MaybePromise, Serializer } from './codec.ts'

export interface CodecOptions {
  /** The first writes, all read, in their order. At least one. */
  readonly serializers: readonly Serializer[]
  /** The first writes, all read, in their order. */
  readonly compressors?: readonly Compressor[]
  /**
   * What bytes that begin with a digit, a sign or a blank mean when they are a bare integer.
   *
   * @defaultValue plain decimal text of up to 4300 digits
   */
  readonly readInteger?: (bytes: Bytes) => number | bigint | undefined
}

/**
 * Integers as plain decimal text, as Redis counts them; everything else serialized, and compressed where that is
 * shorter. What was written by any serializer and compressor of the lists is read.
 *
 * @throws OptionError without a serializer.
 */
export function createCodec(options: CodecOptions): Codec {
  const { serializers, compressors = [], readInteger = readPlainInteger } = options
  const [writer] = serializers
  if (writer === undefined) throw new OptionError('serializer', 'serializer: expected at least one, got an empty list')
  const readers: Readers = { serializers, compressors, readInteger }
  const [compressor] = compressors
  return {
    encode: (value) => encode(value, writer, compressor),
    decode: (bytes, key) => decode(bytes, key, readers),
  }
}

/** Beyond so many digits nobody reads plain decimal text, Python neither. */
const mostDigits = 4300
const leastTooLong = 10n ** BigInt(mostDigits)

function encode(value: unknown, writer: Serializer, compressor: Compressor | undefined): MaybePromise<Bytes> {
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return fromText(String(value))
  if (typeof value === 'bigint' && isCounter(value, writer)) return fromText(String(value))
  if (value === undefined) {
    throw new TypeError('undefined cannot be stored, it is what a miss answers: store null, or delete the key')
  }
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`a ${typeof value} cannot be stored: store the data that it stands for`)
  }
  const bytes = writer.serialize(value)
  if (compressor === undefined) return bytes
  return bytes instanceof Promise ? bytes.then((known) => compressed(known, compressor)) : compressed(bytes, compressor)
}

function isCounter(value: bigint, writer: Serializer): boolean {
  if (value >= leastTooLong || value <= -leastTooLong) {
    if (writer.keepsBigInt === true) return false
    throw new TypeError(
      `a bigint of more than ${mostDigits} digits cannot be stored with ${writer.name}: use structured()`,
    )
  }
  return writer.keepsBigInt !== true || value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER
}

function compressed(bytes: Bytes, compressor: Compressor): MaybePromise<Bytes> {
  if (bytes.byteLength <= compressor.above) return bytes
  const smaller = compressor.compress(bytes)
  return smaller instanceof Promise ? smaller.then((known) => shorter(known, bytes)) : shorter(smaller, bytes)
}

function shorter(smaller: Bytes, bytes: Bytes): Bytes {
  return smaller.byteLength < bytes.byteLength ? smaller : bytes
}

type Readers = Required<CodecOptions>

function decode(bytes: Bytes, key: string, readers: Readers): MaybePromise<unknown> {
  const first = bytes[0]
  if (first === undefined) throw new DecodeError(key, namesOf(readers.serializers), 'it is empty')
  if (mayBeInteger(first)) {
    const integer = readers.readInteger(bytes)
    if (integer !== undefined) return integer
    if (isTooLong(bytes)) throw new DecodeError(key, 'integer', `it has more than ${mostDigits} digits`)
  }
  const failures: Failure[] = []
  const plain = firstToRead(readers.compressors, bytes, (compressor) => compressor.decompress(bytes), failures)
  if (plain instanceof Promise) {
    return plain.then((known) => deserialize(known === none ? bytes : known, key, { readers, failures }))
  }
  return deserialize(plain === none ? bytes : plain, key, { readers, failures })
}

/** A digit, `-`, or what other readings of integers may begin with: `+` and blanks. */
function mayBeInteger(first: number): boolean {
  return (first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first <= 0x20
}

/** Left to a serializer, so many digits would come back as Infinity. */
function isTooLong(bytes: Bytes): boolean {
  if (bytes.byteLength <= mostDigits) return false
  const start = bytes[0] === 0x2d ? 1 : 0
  return bytes.subarray(start).every((byte) => byte >= 0x30 && byte <= 0x39)
}

interface Trial {
  readonly readers: Readers
  readonly failures: Failure[]
}

function deserialize(bytes: Bytes, key: string, { readers, failures }: Trial): MaybePromise<unknown> {
  const value = firstToRead(readers.serializers, bytes, (serializer) => serializer.deserialize(bytes), failures)
  if (value instanceof Promise) return value.then((known) => found(known, key, { readers, failures }))
  return found(value, key, { readers, failures })
}

function found(value: unknown, key: string, { readers, failures }: Trial): unknown {
  if (value !== none) return value
  if (failures.length === 0) {
    throw new DecodeError(key, namesOf(readers.serializers), 'it begins like none of them')
  }
  nameWriter(readers, failures)
  const causes = failures.map((failure) => failure.cause)
  const cause = causes.length === 1 ? causes[0] : new AggregateError(causes, 'Every format that it may be was tried')
  throw new DecodeError(key, namesOf(failures), reasonsOf(failures), cause)
}

/** The format that was expected is named, also when the bytes were so unlike it that only others were tried. */
function nameWriter({ serializers }: Readers, failures: Failure[]): void {
  const writer = serializers[0]?.name ?? ''
  const tried = failures.filter((failure) => serializers.some(({ name }) => name === failure.name))
  if (tried.length === 0 || tried.some((failure) => failure.name === writer)) return
  failures.unshift({ name: writer, cause: new DecodeError('', writer, 'it does not begin like that') })
}

function namesOf(parts: readonly { readonly name: string }[]): string {
  return parts.map((part) => part.name).join(', ')
}
