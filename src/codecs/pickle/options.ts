import { checkChoice, checkInteger, checkOptions } from '../../base/options.ts'

/** How pickles are written and read. */
export interface PickleOptions {
  /** The protocol that is written; all from 0 to 5 are read. @defaultValue 4 */
  readonly protocol?: 4 | 5
  /** Classes off the allow list: refused, or read as inert `PyObject`s. @defaultValue 'error' */
  readonly unknown?: 'error' | 'tagged'
  /** Floats that are whole: a `PyFloat`, or the mere number, which is written back as an int. @defaultValue 'exact' */
  readonly floats?: 'exact' | 'number'
  /** Aware datetimes: a `Date` only when nothing is lost, or always, cut to the millisecond. @defaultValue 'exact' */
  readonly dates?: 'exact' | 'date'
  /** Dicts: an object when all keys are text, else a `Map`; or always a `Map`. @defaultValue 'object' */
  readonly dicts?: 'object' | 'map'
  /** How `Date` spells UTC: `datetime.timezone.utc`, or `pytz.utc` as Django does up to 3.2. @defaultValue 'timezone' */
  readonly utc?: 'timezone' | 'pytz'
  /** What to do with `undefined` inside of a value: refuse it, or write `None`. @defaultValue 'error' */
  readonly undefinedAs?: 'error' | 'none'
  /** Which equal texts are written once and then referred to. @defaultValue 'keys' */
  readonly sharedStrings?: 'keys' | 'all'
  /** The deepest nesting, both ways. @defaultValue 1000 */
  readonly maxDepth?: number
  /** The longest pickle, both ways, in bytes. @defaultValue 16777216 */
  readonly maxBytes?: number
  /** The most containers, bytes and instances in one pickle that is read. @defaultValue 1000000 */
  readonly maxObjects?: number
}

/** {@link PickleOptions}, whole and checked. */
export type PickleConfig = Required<PickleOptions>

const defaults: PickleConfig = {
  protocol: 4,
  unknown: 'error',
  floats: 'exact',
  dates: 'exact',
  dicts: 'object',
  utc: 'timezone',
  undefinedAs: 'error',
  sharedStrings: 'keys',
  maxDepth: 1000,
  maxBytes: 16 * 1024 * 1024,
  maxObjects: 1_000_000,
}

/** @throws OptionError */
export function resolvePickleOptions(options: PickleOptions = {}): PickleConfig {
  checkOptions(options, Object.keys(defaults), 'pickle')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const config: PickleConfig = { ...defaults, ...given }
  checkInteger(config.protocol, [4, 5], 'protocol')
  checkChoice(config.unknown, ['error', 'tagged'], 'unknown')
  checkChoice(config.floats, ['exact', 'number'], 'floats')
  checkChoice(config.dates, ['exact', 'date'], 'dates')
  checkChoice(config.dicts, ['object', 'map'], 'dicts')
  checkChoice(config.utc, ['timezone', 'pytz'], 'utc')
  checkChoice(config.undefinedAs, ['error', 'none'], 'undefinedAs')
  checkChoice(config.sharedStrings, ['keys', 'all'], 'sharedStrings')
  checkInteger(config.maxDepth, [1, 5000], 'maxDepth')
  checkInteger(config.maxBytes, [1, 512 * 1024 * 1024], 'maxBytes')
  checkInteger(config.maxObjects, [1, 100_000_000], 'maxObjects')
  return config
}
