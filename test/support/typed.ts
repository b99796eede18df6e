import {
  PyByteArray,
  PyCounter,
  PyDefaultDict,
  PyDeque,
  PyFrozenSet,
  PyOrderedDict,
  PyTuple,
} from '../../src/codecs/pickle/collections.ts'
import { PyDate, PyDateTime, PyTime } from '../../src/codecs/pickle/datetimes.ts'
import { PyTimeDelta } from '../../src/codecs/pickle/timedelta.ts'
import { PyComplex, PyDecimal, PyFloat, PySafeString, PyUuid } from '../../src/codecs/pickle/values.ts'
import { floatText } from '../../src/django/float-text.ts'

/** The language-neutral form in which `test/fixtures/python-values.json` says what Python reads back. */
export interface Typed {
  readonly t: string
  readonly [part: string]: unknown
}

/** The typed form of a value as the serializers here read it; a parent met again is a `ref`, so many levels up. */
export function toTyped(value: unknown, parents: readonly unknown[] = []): Typed {
  switch (typeof value) {
    case 'boolean':
      return { t: 'bool', v: value }
    case 'string':
      return { t: 'str', v: value }
    case 'bigint':
      return { t: 'int', v: String(value) }
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { t: 'int', v: String(value) }
        : { t: 'float', v: floatText(value) }
    default:
      return value === null ? { t: 'none' } : typedObject(value as object, parents)
  }
}

function typedObject(value: object, parents: readonly unknown[]): Typed {
  const above = parents.lastIndexOf(value)
  if (above !== -1) return { t: 'ref', depth: parents.length - above }
  const scalar = typedScalar(value) ?? typedTime(value)
  if (scalar !== undefined) return scalar
  const all = (items: Iterable<unknown>): Typed[] => Array.from(items, (item) => toTyped(item, [...parents, value]))
  if (value instanceof Map) return { ...dictKind(value), v: Array.from(value, all) }
  if (value instanceof PyDeque) return { t: 'deque', maxlen: value.maxLength, v: all(value) }
  if (value instanceof PyTuple) return { t: 'tuple', v: all(value) }
  if (Array.isArray(value)) return { t: 'list', v: all(value) }
  if (value instanceof Set) return { t: value instanceof PyFrozenSet ? 'frozenset' : 'set', v: all(value) }
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new TypeError(`No typed form for ${value.constructor.name}`)
  return { t: 'dict', v: Object.entries(value).map(all) }
}

function dictKind(map: Map<unknown, unknown>): Typed {
  if (map instanceof PyOrderedDict) return { t: 'OrderedDict' }
  if (map instanceof PyCounter) return { t: 'Counter' }
  return map instanceof PyDefaultDict
    ? { t: 'defaultdict', factory: map.factory === null ? null : 'name' in map.factory ? map.factory.name : '' }
    : { t: 'dict' }
}

function typedScalar(value: object): Typed | undefined {
  if (value instanceof PyFloat) return { t: 'float', v: floatText(value.valueOf()) }
  if (value instanceof PySafeString) return { t: 'SafeString', v: value.valueOf() }
  if (value instanceof PyDecimal) return { t: 'Decimal', v: value.text }
  if (value instanceof PyUuid) return { t: 'UUID', v: value.text }
  if (value instanceof PyComplex) return { t: 'complex', re: value.real, im: value.imaginary }
  if (!(value instanceof Uint8Array)) return undefined
  return { t: value instanceof PyByteArray ? 'bytearray' : 'bytes', v: Buffer.from(value).toString('hex') }
}

function typedTime(value: object): Typed | undefined {
  if (value instanceof Date) return typedTime(PyDateTime.fromDate(value))
  if (value instanceof PyDateTime) {
    return { t: 'datetime', v: value.toString(), fold: value.fold, tz: value.zone === null ? null : String(value.zone) }
  }
  if (value instanceof PyDate) return { t: 'date', v: value.toString() }
  if (value instanceof PyTime)
    return { t: 'time', v: value.toString(), tz: value.zone === null ? null : String(value.zone) }
  if (!(value instanceof PyTimeDelta)) return undefined
  return { t: 'timedelta', days: value.days, seconds: value.seconds, microseconds: value.microseconds }
}
