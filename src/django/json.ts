import { type Bytes, fromText } from '../base/bytes.ts'
import { checkChoice, checkInteger, checkOptions } from '../base/options.ts'
import type { Serializer } from '../codecs/codec.ts'
import { placed, Unwritable } from '../codecs/unwritable.ts'
import { readJson } from './json-read.ts'
import { writeJson } from './json-write.ts'

/** How Django's JSON is written and read. */
export interface DjangoJsonOptions {
  /** Floats that are whole: a `PyFloat`, or the mere number, which is written back as an int. @defaultValue 'exact' */
  readonly floats?: 'exact' | 'number'
  /** What to do with `undefined` inside of a value: refuse it, or write `null`. @defaultValue 'error' */
  readonly undefinedAs?: 'error' | 'none'
  /** The deepest nesting, both ways. @defaultValue 1000 */
  readonly maxDepth?: number
  /** The longest text, both ways, in bytes. @defaultValue 16777216 */
  readonly maxBytes?: number
}

/** {@link DjangoJsonOptions}, whole and checked. */
export type DjangoJsonConfig = Required<DjangoJsonOptions>

const defaults: DjangoJsonConfig = { floats: 'exact', undefinedAs: 'error', maxDepth: 1000, maxBytes: 16 * 1024 * 1024 }

/** What Python's `json.loads` takes for the first character of a text. */
const starts = new Set(Array.from(' \t\n\r{["-0123456789tfnNI', (letter) => letter.charCodeAt(0)))

/**
 * JSON as Django's `DjangoJSONEncoder` writes it and Python's `json` reads it: ASCII only, `NaN` and `Infinity`, integers
 * of any size, `1.0` as a float. Dates, decimals and UUIDs become text, and are text when they come back.
 *
 * @throws OptionError
 */
export function djangoJson(options: DjangoJsonOptions = {}): Serializer {
  const config = resolveOptions(options)
  return {
    name: 'django-json',
    serialize: (value) => serialize(value, config),
    deserialize: (bytes) => readJson(bytes, config),
    accepts: (bytes) => starts.has(bytes[0] ?? -1),
  }
}

function resolveOptions(options: DjangoJsonOptions): DjangoJsonConfig {
  checkOptions(options, Object.keys(defaults), 'djangoJson')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const config: DjangoJsonConfig = { ...defaults, ...given }
  checkChoice(config.floats, ['exact', 'number'], 'floats')
  checkChoice(config.undefinedAs, ['error', 'none'], 'undefinedAs')
  checkInteger(config.maxDepth, [1, 5000], 'maxDepth')
  checkInteger(config.maxBytes, [1, 512 * 1024 * 1024], 'maxBytes')
  return config
}

function serialize(value: unknown, config: DjangoJsonConfig): Bytes {
  if (value === undefined) throw new TypeError('django-json: undefined cannot be stored; use null')
  try {
    const bytes = fromText(writeJson(value, config))
    if (bytes.length > config.maxBytes) throw new Unwritable(value, 'it is longer than maxBytes allows')
    return bytes
  } catch (error) {
    throw placed(error, 'django-json', value)
  }
}
