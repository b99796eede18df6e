import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PyCounter, PyOrderedDict, PyTuple } from '../../../src/codecs/pickle/collections.ts'
import { PyDate, PyDateTime, PyTime } from '../../../src/codecs/pickle/datetimes.ts'
import { PyTimeDelta } from '../../../src/codecs/pickle/timedelta.ts'
import { PyDecimal, PyFloat, PySafeString, PyUuid } from '../../../src/codecs/pickle/values.ts'
import { PyTimeZone } from '../../../src/codecs/pickle/zones.ts'
import { djangoJson, type DjangoJsonOptions } from '../../../src/django/json.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'
import { pythonValues } from '../../support/python-values.ts'
import { toTyped } from '../../support/typed.ts'

function write(value: unknown, options?: DjangoJsonOptions): string {
  return Buffer.from(djangoJson(options).serialize(value) as Uint8Array).toString()
}

function read(text: string, options?: DjangoJsonOptions): unknown {
  return djangoJson(options).deserialize(Buffer.from(text))
}

const records = pythonValues('json')

describe('what Python wrote', () => {
  it.each(records.filter((record) => record.typed !== undefined))('reads as Python reads it: $name', (record) => {
    const value = djangoJson().deserialize(record.bytes)

    expect(toTyped(value)).toEqual(record.typed)
  })

  it.each(records)('is written to the same text: $name', ({ bytes }) => {
    const serializer = djangoJson()

    const again = serializer.serialize(serializer.deserialize(bytes)) as Uint8Array

    expect(Buffer.from(again).toString()).toBe(Buffer.from(bytes).toString())
  })
})

/** Written by Python 3.11.7 with the DjangoJSONEncoder of Django 5.2. */
describe('the text is that of DjangoJSONEncoder', () => {
  it('for floats', () => {
    const floats = [
      1e16, 1e15, 123456789012345680, 0.0001, 0.00001, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, 100, -2.5,
    ]
    const more = [9007199254740992, 1e21, 1e22, 123e-7, -0, Number.NaN, -Infinity]

    expect(write([...floats, ...more].map((value) => new PyFloat(value)))).toBe(
      '[1e+16, 1000000000000000.0, 1.2345678901234568e+17, 0.0001, 1e-05, 1e-07, 5e-324, 1.7976931348623157e+308, 0.1, 100.0, -2.5, 9007199254740992.0, 1e+21, 1e+22, 1.23e-05, -0.0, NaN, -Infinity]',
    )
  })

  it('for keys that are no text', () => {
    const map = new Map<unknown, unknown>([
      [1, 3],
      [true, 0],
      [null, 4],
      [1.5, 5],
      [Number.NaN, 6],
      [2n ** 70n, 7],
      [new PyFloat(2), 8],
    ])

    expect(write(map)).toBe('{"1": 3, "true": 0, "null": 4, "1.5": 5, "NaN": 6, "1180591620717411303424": 7, "2.0": 8}')
  })

  it('for characters', () => {
    expect(write('\u007f\u001f"\\/\b\f\n\r\té\u2028😀\ud800')).toBe(
      '"\\u007f\\u001f\\"\\\\/\\b\\f\\n\\r\\t\\u00e9\\u2028\\ud83d\\ude00\\ud800"',
    )
  })

  it.each([
    [new Date('2024-01-01T00:00:00Z'), '"2024-01-01T00:00:00Z"'],
    [new Date('2024-01-01T00:00:00.120Z'), '"2024-01-01T00:00:00.120Z"'],
    [
      new PyDateTime({
        year: 2024,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        microsecond: 5,
        zone: PyTimeZone.utc,
      }),
      '"2024-01-01T00:00:00.000Z"',
    ],
    [
      new PyDateTime({ year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, microsecond: 999_999 }),
      '"0001-01-01T00:00:00.999"',
    ],
    [
      new PyDateTime({
        year: 2024,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        zone: new PyTimeZone(new PyTimeDelta({ days: -1, seconds: 75_600 })),
      }),
      '"2024-01-01T00:00:00-03:00"',
    ],
    [
      new PyDateTime({
        year: 2024,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        zone: new PyTimeZone(new PyTimeDelta({ seconds: 60, microseconds: 123_456 })),
      }),
      '"2024-01-01T00:00:00+00:01:00.123456"',
    ],
    [new PyTime({ hour: 1, minute: 2, second: 3, microsecond: 456_789 }), '"01:02:03.456"'],
    [new PyDate({ year: 5, month: 1, day: 1 }), '"0005-01-01"'],
    [new PyTimeDelta({ days: 3, seconds: 5 }), '"P3DT00H00M05S"'],
    [new PyTimeDelta({ days: -1, seconds: 86_399, microseconds: 999_999 }), '"-P0DT00H00M00.000001S"'],
    [new PyDecimal('1.10'), '"1.10"'],
    [new PyUuid('00000000-0000-0000-0000-000000000001'), '"00000000-0000-0000-0000-000000000001"'],
    [new PySafeString('<b>'), '"<b>"'],
    [PyTuple.of<unknown>(1, 'a'), '[1, "a"]'],
    [new PyOrderedDict([['z', 1]]), '{"z": 1}'],
    [new PyCounter([['z', 1]]), '{"z": 1}'],
    [[], '[]'],
    [{}, '{}'],
  ])('for %s', (value, text) => {
    expect(write(value)).toBe(text)
  })
})

describe('what is read', () => {
  it('keeps ints and floats apart, and every digit', () => {
    expect(read('[1, 1.0, 1e2, -0, -0.0, 1.5, 9007199254740993, 1.00000000000000000001]')).toEqual([
      1,
      new PyFloat(1),
      new PyFloat(100),
      0,
      -0,
      1.5,
      9007199254740993n,
      new PyFloat(1),
    ])
  })

  it('is plain numbers when asked', () => {
    expect(read('[1.0, 1e2, 9007199254740993]', { floats: 'number' })).toEqual([1, 100, 9007199254740993n])
  })

  it('may have as many digits as Python reads, beside the sign', () => {
    expect(read(`-${'9'.repeat(4300)}`)).toBe(1n - 10n ** 4300n)
    expect(() => read(`-${'9'.repeat(4301)}`)).toThrow(/4300 digits/)
  })

  it('knows the words that JSON does not', () => {
    expect(read(' [NaN, Infinity, -Infinity, null, true, false] ')).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
      null,
      true,
      false,
    ])
  })

  it.each(['{"__proto__": {"a": 1}}', '{"__proto__": {"a": 1.0}}'])(
    'has __proto__ as a key like any other: %s',
    (text) => {
      const result = read(text) as object

      expect(Object.keys(result)).toEqual(['__proto__'])
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    },
  )

  it('may hold brackets in texts', () => {
    const value = { text: '['.repeat(3000), more: [1] }

    expect(read(JSON.stringify(value))).toEqual(value)
  })

  it.each([
    '',
    '[1.0',
    '[1.0,]',
    '{"a": 1.0',
    '{"a" 1.0}',
    '{1.0: 2}',
    '[1.0] 2',
    '"\u0001 1.0"',
    '"1.0',
    '"\\x 1.0"',
    '01.0',
    '1.',
    '.5',
    '+1.0',
    'nan',
    '\ufeff1',
    '[1.0, "\\',
    '['.repeat(1001) + ']'.repeat(1001),
    `[1.0, ${'['.repeat(1001)}${']'.repeat(1001)}]`,
    '9'.repeat(4301),
  ])('is refused: %s', (text) => {
    expect(() => read(text)).toThrow(DecodeError)
  })

  it('is refused when it is not UTF-8, or too long', () => {
    expect(() => djangoJson().deserialize(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(DecodeError)
    expect(() => read('[1, 2]', { maxBytes: 5 })).toThrow(/maxBytes/)
  })
})

describe('a value that Django cannot write', () => {
  it.each([
    [{ a: [undefined] }, 'value.a[0]'],
    [{ b: new Uint8Array(1) }, 'value.b'],
    [[new Set()], 'value[0]'],
    [[new PyTime({ hour: 1, minute: 2, second: 3, zone: PyTimeZone.utc })], 'value[0]'],
    [{ d: new Date(Number.NaN) }, 'value.d'],
    [new Map([[PyTuple.of(1), 2]]), 'value (a key)'],
  ])('is a TypeError that says where it is (%#)', (value, path) => {
    expect(() => write(value)).toThrow(TypeError)
    expect(() => write(value)).toThrow(`django-json: ${path}: `)
  })

  it('is what holds itself', () => {
    const list: unknown[] = []
    list.push(list)

    expect(() => write(list)).toThrow(/maxDepth/)
  })

  it('is what would be too long, however often it is shared', () => {
    let doubled: unknown = []
    for (let index = 0; index < 200; index++) doubled = [doubled, doubled]

    expect(() => write(doubled, { maxBytes: 100_000 })).toThrow(/maxBytes/)
    expect(() => write(Array(1e5).fill('x'.repeat(1e5)), { maxBytes: 100_000 })).toThrow(/maxBytes/)
  })

  it('is no option', () => {
    expect(() => djangoJson({ floats: 'x' as 'exact' })).toThrow(OptionError)
  })
})

it('what is read is what was written', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
      fc.double().filter((value) => Object.is(value, -0) || !Number.isSafeInteger(value)),
      fc.maxSafeInteger().map((value) => new PyFloat(value)),
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }).map((record) => ({ ...record })),
    ),
  }))

  fc.assert(
    fc.property(value, (written) => {
      expect(read(write(written))).toStrictEqual(written)
    }),
    { numRuns: 500 },
  )
})
