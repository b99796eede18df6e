import { describe, expect, it } from 'vitest'

import {
  PyByteArray,
  PyCounter,
  PyDefaultDict,
  PyDeque,
  PyFrozenSet,
  PyOrderedDict,
  PyTuple,
} from '../../../src/codecs/pickle/collections.ts'
import { PyDate, PyDateTime, PyTime } from '../../../src/codecs/pickle/datetimes.ts'
import { PyExtension, PyObject, PyPersistentId } from '../../../src/codecs/pickle/objects.ts'
import type { PickleOptions } from '../../../src/codecs/pickle/options.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { PyTimeDelta } from '../../../src/codecs/pickle/timedelta.ts'
import {
  PyComplex,
  PyDecimal,
  PyFloat,
  PyGlobal,
  PyHerdMarker,
  PySafeString,
  PyUuid,
} from '../../../src/codecs/pickle/values.ts'
import { PyPytzZone, PyTimeZone, PyZoneInfo } from '../../../src/codecs/pickle/zones.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'

function write(value: unknown, options?: PickleOptions): Uint8Array {
  return pickle(options).serialize(value) as Uint8Array
}

function read(hex: string, options?: PickleOptions): unknown {
  return pickle(options).deserialize(Buffer.from(hex, 'hex'))
}

function thereAndBack(value: unknown, options?: PickleOptions): unknown {
  return pickle(options).deserialize(write(value, options))
}

const old = { year: 2, month: 11, day: 12, hour: 22, minute: 35, second: 14 }
const noon = { year: 2024, month: 7, day: 1, hour: 12, minute: 0, second: 0 }

describe('a value comes back as it was', () => {
  it.each([
    ['a float that is whole', new PyFloat(1)],
    ['a complex', new PyComplex(1, -2)],
    ['a Decimal', new PyDecimal('-1E+10')],
    ['a UUID', new PyUuid('12345678-1234-5678-1234-567812345678')],
    ['a UUID that knows how it was made', new PyUuid('12345678-1234-5678-1234-567812345678', -1)],
    ['the UUID of zeros', new PyUuid('00000000-0000-0000-0000-000000000000')],
    ['a SafeString', new PySafeString('<b>')],
    ['a Marker', new PyHerdMarker()],
    ['a name', new PyGlobal('builtins', 'list')],
    ['a tuple', PyTuple.of<unknown>(1, 'a', [2])],
    ['a frozenset', new PyFrozenSet([1, 'a'])],
    ['a bytearray', PyByteArray.of(1, 2)],
    ['an OrderedDict', new PyOrderedDict([['z', 1]])],
    ['a Counter', new PyCounter([['a', 2]])],
    ['a defaultdict', new PyDefaultDict(new PyGlobal('builtins', 'list'), [['k', [1]]])],
    ['a defaultdict without a factory', new PyDefaultDict(null)],
    ['a deque', new PyDeque([1, 2], 5)],
    ['an unbounded deque', new PyDeque([1, 2])],
    ['a date', new PyDate({ year: 1, month: 12, day: 31 })],
    ['a time', new PyTime({ hour: 23, minute: 59, second: 59, microsecond: 999_999, fold: 1 })],
    ['a time with a zone', new PyTime({ hour: 1, minute: 2, second: 3, zone: PyTimeZone.utc })],
    ['a naive datetime', new PyDateTime(noon)],
    ['a datetime with fold', new PyDateTime({ ...noon, fold: 1 })],
    ['a datetime in a named zone', new PyDateTime({ ...noon, zone: new PyZoneInfo('Europe/Madrid') })],
    ['a zone out of no cache', new PyDateTime({ ...noon, zone: new PyZoneInfo('Europe/Madrid', false) })],
    ['a datetime with microseconds', new PyDateTime({ ...noon, microsecond: 1, zone: PyTimeZone.utc })],
    ["a datetime in pytz' UTC", new PyDateTime({ ...noon, zone: PyPytzZone.utc })],
    [
      'a datetime in a zone of pytz',
      new PyDateTime({
        ...noon,
        zone: new PyPytzZone('Europe/Madrid', { utcOffset: 7200, dst: 3600, abbreviation: 'CEST' }),
      }),
    ],
    ['a zone with a name', new PyTimeZone(new PyTimeDelta({ days: -1, seconds: 68_400 }), 'EST')],
    ['a timedelta', new PyTimeDelta({ days: -1, seconds: 3661, microseconds: 5 })],
    ['a Date', new Date(1_700_000_000_123)],
    ['a Date before the year 100', new Date(-60_000_000_000_000)],
    ['minus zero', -0],
    ['minus zero in a set', new Set([new PyFloat(-0)])],
    ['NaN', Number.NaN],
    ['a float beyond 2^53', 2 ** 53],
    ['an int beyond 2^53', 2n ** 53n],
    ['a bigint below -2^64', -(2n ** 65n)],
    ['bytes', Uint8Array.of(0, 255)],
    [
      'a Map with keys of all kinds',
      new Map<unknown, unknown>([
        [1, 'a'],
        [null, 'b'],
        [true, 'c'],
        [1.5, 'd'],
        ['s', 'e'],
      ]),
    ],
    ['text of all planes', 'a\u0000é中😀\ud800'],
    ['objects in objects', { a: { b: [{ c: null }] }, d: [] }],
  ])('%s', (_, value) => {
    const result = thereAndBack(value)

    expect(result).toStrictEqual(value)
  })

  it('a key named __proto__ is a key like any other', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}') as object

    const result = thereAndBack(value) as object

    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect(Object.keys(result)).toEqual(['__proto__', 'constructor'])
    expect((result as { admin?: unknown }).admin).toBeUndefined()
  })

  it('what is shared stays shared, and a cycle closes', () => {
    const shared = { n: 1 }
    const list: unknown[] = [shared, shared]
    list.push(list)

    const result = thereAndBack(list) as unknown[]

    expect(result[0]).toBe(result[1])
    expect(result[2]).toBe(result)
  })

  it('a cycle through a dict whose keys are no text closes too', () => {
    const map = new Map<unknown, unknown>([['first', 1]])
    map.set(2, [map])

    const result = thereAndBack(map) as Map<unknown, unknown[]>

    expect(result.get(2)?.[0]).toBe(result)
    expect([...result.keys()]).toEqual(['first', 2])
  })

  it('a tuple that holds itself does so again', () => {
    const list: unknown[] = []
    const tuple = PyTuple.of<unknown>(1, list)
    list.push(tuple)

    const result = thereAndBack(tuple) as PyTuple<unknown[]>

    expect(result[1]?.[0]).toBe(result)
  })
})

describe('the table of types', () => {
  it('reads a Map with keys of text alone as an object, unless Maps are wanted', () => {
    const map = new Map([['a', 1]])

    expect(thereAndBack(map)).toEqual({ a: 1 })
    expect(thereAndBack(map, { dicts: 'map' })).toEqual(map)
  })

  it('keeps objects beside Maps objects', () => {
    const value = [{}, new Map([[1, {}]]), { a: new Map([[2, { b: 3 }]]) }, {}]

    expect(thereAndBack(value)).toStrictEqual(value)
  })

  it('reads whole floats as numbers when asked', () => {
    expect(thereAndBack([new PyFloat(2), 2.5], { floats: 'number' })).toEqual([2, 2.5])
  })

  it('lets a PyFloat count like a number', () => {
    const price = thereAndBack(new PyFloat(2)) as number

    expect(price * 3).toBe(6)
    expect(JSON.stringify({ price })).toBe('{"price":2}')
  })

  it('reads an aware datetime as a Date when asked, cut to the millisecond', () => {
    const value = new PyDateTime({ ...noon, microsecond: 1999, zone: new PyZoneInfo('Europe/Madrid') })

    expect(thereAndBack(value, { dates: 'date' })).toEqual(new Date('2024-07-01T10:00:00.001Z'))
    expect(thereAndBack(new PyDateTime(noon), { dates: 'date' })).toEqual(new PyDateTime(noon))
  })

  it("takes pytz' UTC for a Date only where that is how Dates are written", () => {
    const value = new PyDateTime({ ...noon, zone: PyPytzZone.utc })

    expect(thereAndBack(value)).toEqual(value)
    expect(thereAndBack(value, { utc: 'pytz' })).toEqual(new Date('2024-07-01T12:00:00Z'))
  })

  it('reads the text of Python 2', () => {
    expect(read('5327615c7834315c6e270a70300a2e')).toBe('aA\n')
    expect(read('286470300a53276b270a70310a4930310a732e')).toEqual({ k: true })
  })

  it('refuses options that are none', () => {
    expect(() => pickle({ protocol: 3 as 4 })).toThrow(OptionError)
    expect(() => pickle({ protocoll: 4 } as PickleOptions)).toThrow(/did you mean "protocol"/)
  })
})

describe('tuples, frozensets and their like', () => {
  it('cannot be changed', () => {
    expect(() => PyTuple.of(1).push(2)).toThrow(TypeError)
    expect(() => new PyFrozenSet([1]).add()).toThrow(TypeError)
  })

  it('work as the arrays and sets that they are', () => {
    const [a, b] = PyTuple.of(1, 2)

    expect([a, b]).toEqual([1, 2])
    expect(PyTuple.from([1, 2]).map((item) => item * 2)).toStrictEqual([2, 4])
    expect(new PyFrozenSet([1]).has(1)).toBe(true)
  })
})

describe('datetimes', () => {
  it.each([
    ['2024-07-01T10:00:00.000Z', new PyDateTime({ ...noon, zone: new PyZoneInfo('Europe/Madrid') })],
    [
      '2024-07-01T06:30:00.000Z',
      new PyDateTime({ ...noon, zone: new PyTimeZone(new PyTimeDelta({ seconds: 19_800 })) }),
    ],
    ['2024-07-01T12:00:00.000Z', new PyDateTime(noon)],
    [
      '2024-10-27T00:30:00.000Z',
      new PyDateTime({ ...noon, month: 10, day: 27, hour: 2, minute: 30, zone: new PyZoneInfo('Europe/Madrid') }),
    ],
    [
      '2024-10-27T01:30:00.000Z',
      new PyDateTime({
        ...noon,
        month: 10,
        day: 27,
        hour: 2,
        minute: 30,
        fold: 1,
        zone: new PyZoneInfo('Europe/Madrid'),
      }),
    ],
    [
      '2024-03-31T01:30:00.000Z',
      new PyDateTime({ ...noon, month: 3, day: 31, hour: 2, minute: 30, zone: new PyZoneInfo('Europe/Madrid') }),
    ],
    // Local mean time, in the calendar that Python takes to be the only one.
    ['0002-11-12T21:41:46.000Z', new PyDateTime({ ...old, zone: new PyZoneInfo('Europe/Berlin') })],
    ['0002-11-13T03:31:16.000Z', new PyDateTime({ ...old, zone: new PyZoneInfo('America/New_York') })],
  ])('are the instant %s', (iso, datetime) => {
    expect(datetime.toDate().toISOString()).toBe(iso)
  })

  it('show themselves as Python does', () => {
    expect(String(new PyDateTime({ ...noon, microsecond: 5, zone: new PyZoneInfo('Europe/Madrid') }))).toBe(
      '2024-07-01T12:00:00.000005+02:00',
    )
    const odd = new PyTimeZone(new PyTimeDelta({ days: -1, seconds: 32_860, microseconds: 923_534 }))
    expect(String(new PyDateTime({ ...noon, zone: odd }))).toBe('2024-07-01T12:00:00-14:52:19.076466')
    expect(String(odd)).toBe('UTC-14:52:19.076466')
    expect(String(new PyDateTime({ ...old, zone: new PyZoneInfo('Europe/Berlin') }))).toBe(
      '0002-11-12T22:35:14+00:53:28',
    )
    expect(String(new PyTimeDelta({ days: -1, seconds: 3661, microseconds: 5 }))).toBe('-P0DT22H58M58.999995S')
    expect(PyTimeDelta.fromMilliseconds(-1.5)).toEqual(
      new PyTimeDelta({ days: -1, seconds: 86_399, microseconds: 998_500 }),
    )
  })

  it('are refused where the calendar has none', () => {
    expect(() => new PyDate({ year: 2023, month: 2, day: 29 })).toThrow(RangeError)
    expect(() => new PyTimeZone(new PyTimeDelta({ days: 1 }))).toThrow(RangeError)
  })
})

/** `class Product` with `id` and `name`, a subclass of list, one of dict, and one made by names, as CPython writes them. */
const strangers = [
  '80049535000000000000008c0b73686f702e6d6f64656c73948c0750726f647563749493942981947d94288c026964944b018c046e616d65948c01789475622e',
  '80049528000000000000008c0b73686f702e6d6f64656c73948c014c949394298194284b014b02657d948c0178944b0173622e',
  '80049520000000000000008c0b73686f702e6d6f64656c73948c0244649493942981948c0161944b01732e',
  '80049521000000000000008c0b73686f702e6d6f64656c73948c014b949394297d948c0161944b017392942e',
]
const strangersOld = [
  '80026373686f702e6d6f64656c730a50726f647563740a7100298171017d7102285802000000696471034b0158040000006e616d657104580100000078710575622e',
  '63636f70795f7265670a5f7265636f6e7374727563746f720a70300a286373686f702e6d6f64656c730a50726f647563740a70310a635f5f6275696c74696e5f5f0a6f626a6563740a70320a4e7470330a5270340a286470350a5669640a70360a49310a73566e616d650a70370a56780a70380a73622e',
]

describe('a class off the allow list', () => {
  it.each([...strangers, ...strangersOld])('is an error that names it', (hex) => {
    expect(() => read(hex)).toThrow(DecodeError)
    expect(() => read(hex)).toThrow(/shop\.models\.(Product|L|Dd|K)/)
  })

  it('does not put into a message what a name should not hold', () => {
    const bytes = Buffer.concat([Buffer.from('cos\u001b[31m\n'), Buffer.from(`${'x'.repeat(5000)}\n.`)])

    expect(() => pickle().deserialize(bytes)).toThrow(/os\?\?31m\.x{100} is not/)
  })

  it.each(strangers)('is an inert value when asked, written back as it was', (hex) => {
    const value = read(hex, { unknown: 'tagged' })

    expect(value).toBeInstanceOf(PyObject)
    expect(Buffer.from(write(value)).toString('hex')).toBe(hex)
  })

  it('shows its parts', () => {
    const product = read(strangers[0] ?? '', { unknown: 'tagged' }) as PyObject

    expect(product).toMatchObject({ module: 'shop.models', name: 'Product', via: 'new', state: { id: 1, name: 'x' } })
  })

  it('runs nothing: os.system is but a name', () => {
    const hex = Buffer.from("cposix\nsystem\n(S'touch /tmp/pwned'\ntR.").toString('hex')

    expect(() => read(hex)).toThrow(/posix\.system is not on the allow list/)
    expect(read(hex, { unknown: 'tagged' })).toMatchObject({
      module: 'posix',
      name: 'system',
      args: ['touch /tmp/pwned'],
    })
  })

  it.each([
    ["getattr(ZoneInfo, '__init__')", 'c__builtin__\ngetattr\n(czoneinfo\nZoneInfo\nV__init__\ntR.'],
    ['list(...)', 'c__builtin__\nlist\n((lI1\natR.'],
    ['_codecs.encode(..., utf-8)', 'c_codecs\nencode\n(Va\nVutf-8\ntR.'],
    ['_reconstructor(UUID, dict, ...)', 'ccopy_reg\n_reconstructor\n(cuuid\nUUID\nc__builtin__\ndict\nNtR.'],
  ])('is also a call of a known name that Python never writes: %s', (_, text) => {
    expect(() => pickle().deserialize(Buffer.from(text, 'latin1'))).toThrow(DecodeError)
  })

  it('may be a persistent id or an extension', () => {
    expect(() => read(Buffer.from('P12\n.').toString('hex'))).toThrow(/persistent id/)
    expect(() => read('800282052e')).toThrow(/extension code 5/)
    for (const value of [new PyPersistentId('12'), new PyExtension(5), new PyExtension(70_000)]) {
      expect(thereAndBack(value, { unknown: 'tagged' })).toStrictEqual(value)
    }
  })
})
