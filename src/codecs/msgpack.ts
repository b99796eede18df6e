import { type Bytes, view } from '../base/bytes.ts'
import { checkChoice, checkInteger, checkOptions } from '../base/options.ts'
import { DecodeError } from '../errors.ts'
import type { Serializer } from './codec.ts'
import { MsgpackReader } from './msgpack/reader.ts'
import { MsgpackWriter } from './msgpack/writer.ts'
import { placed } from './unwritable.ts'

/** How msgpack is written and read. */
export interface MsgpackOptions {
  /** Floats that are whole: a `PyFloat`, or the mere number, which is written back as an int. @defaultValue 'exact' */
  readonly floats?: 'exact' | 'number'
  /** Extension types other than the timestamp: refused, or read as `MsgpackExtension`s. @defaultValue 'error' */
  readonly unknown?: 'error' | 'tagged'
  /** What to do with `undefined` inside of a value: refuse it, or write nil. @defaultValue 'error' */
  readonly undefinedAs?: 'error' | 'none'
  /** The deepest nesting, both ways. @defaultValue 1000 */
  readonly maxDepth?: number
  /** The longest value, both ways, in bytes. @defaultValue 16777216 */
  readonly maxBytes?: number
  /** The most containers, bytes and extensions in one value that is read. @defaultValue 1000000 */
  readonly maxObjects?: number
}

/** {@link MsgpackOptions}, whole and checked. */
export type MsgpackConfig = Required<MsgpackOptions>

const defaults: MsgpackConfig = {
  floats: 'exact',
  unknown: 'error',
  undefinedAs: 'error',
  maxDepth: 1000,
  maxBytes: 16 * 1024 * 1024,
  maxObjects: 1_000_000,
}

/** The one byte that the format never uses. */
const neverUsed = 0xc1

/**
 * MessagePack with nothing turned into something else: ints up to 64 bits stay ints, floats floats, bytes bytes, and maps
 * whose keys are no text are `Map`s. Byte for byte what Python's `msgpack` writes.
 *
 * @throws OptionError
 */
export function msgpack(options: MsgpackOptions = {}): Serializer {
  const config = resolveOptions(options)
  return {
    name: 'msgpack',
    serialize: (value) => write(value, config),
    deserialize: (bytes) => read(bytes, config),
    accepts: (bytes) => bytes.length > 0 && bytes[0] !== neverUsed,
  }
}

function resolveOptions(options: MsgpackOptions): MsgpackConfig {
  checkOptions(options, Object.keys(defaults), 'msgpack')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const config: MsgpackConfig = { ...defaults, ...given }
  checkChoice(config.floats, ['exact', 'number'], 'floats')
  checkChoice(config.unknown, ['error', 'tagged'], 'unknown')
  checkChoice(config.undefinedAs, ['error', 'none'], 'undefinedAs')
  checkInteger(config.maxDepth, [1, 5000], 'maxDepth')
  checkInteger(config.maxBytes, [1, 512 * 1024 * 1024], 'maxBytes')
  checkInteger(config.maxObjects, [1, 100_000_000], 'maxObjects')
  return config
}

function write(value: unknown, config: MsgpackConfig): Bytes {
  if (value === undefined) throw new TypeError('msgpack: undefined cannot be stored; use null')
  try {
    const writer = new MsgpackWriter(config)
    writer.write(value, 0)
    return writer.finish()
  } catch (error) {
    throw placed(error, 'msgpack', value)
  }
}

function read(bytes: Bytes, config: MsgpackConfig): unknown {
  if (bytes.length > config.maxBytes) throw new DecodeError('', 'msgpack', 'it is longer than maxBytes allows')
  const reader = new MsgpackReader(view(bytes), config)
  const value = reader.read(0)
  if (!reader.isAtEnd()) throw reader.fail('something follows its end')
  return value
}
