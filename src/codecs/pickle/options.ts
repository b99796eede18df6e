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
  /** The longest pickle, both ways, in bytes. @defaultValue 67108864 */
  readonly maxBytes?: number
  /** The most containers and instances in one pickle that is read. @defaultValue 1000000 */
  readonly maxObjects?: number
}

/** {@link PickleOptions}, whole and checked. */
export type PickleConfig = Required<PickleOptions>

const known = [
  'protocol',
  'unknown',
  'floats',
  'dates',
  'dicts',
  'utc',
  'undefinedAs',
  'sharedStrings',
  'maxDepth',
  'maxBytes',
  'maxObjects',
]

/** @throws OptionError */
export function resolvePickleOptions(options: PickleOptions = {}): PickleConfig {
  checkOptions(options, known, 'pickle')
  const { maxDepth = 1000, maxBytes = 64 * 1024 * 1024, maxObjects = 1_000_000 } = options
  return {
    protocol: checkInteger(options.protocol ?? 4, [4, 5], 'protocol') === 5 ? 5 : 4,
    unknown: checkChoice(options.unknown ?? 'error', ['error', 'tagged'], 'unknown'),
    floats: checkChoice(options.floats ?? 'exact', ['exact', 'number'], 'floats'),
    dates: checkChoice(options.dates ?? 'exact', ['exact', 'date'], 'dates'),
    dicts: checkChoice(options.dicts ?? 'object', ['object', 'map'], 'dicts'),
    utc: checkChoice(options.utc ?? 'timezone', ['timezone', 'pytz'], 'utc'),
    undefinedAs: checkChoice(options.undefinedAs ?? 'error', ['error', 'none'], 'undefinedAs'),
    sharedStrings: checkChoice(options.sharedStrings ?? 'keys', ['keys', 'all'], 'sharedStrings'),
    maxDepth: checkInteger(maxDepth, [1, 5000], 'maxDepth'),
    maxBytes: checkInteger(maxBytes, [1, 512 * 1024 * 1024], 'maxBytes'),
    maxObjects: checkInteger(maxObjects, [1, 100_000_000], 'maxObjects'),
  }
}
