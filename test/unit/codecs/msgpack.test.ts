import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { msgpack, type MsgpackOptions } from '../../../src/codecs/msgpack.ts'
import { MsgpackExtension, MsgpackTimestamp } from '../../../src/codecs/msgpack/values.ts'
import { PyTuple } from '../../../src/codecs/pickle/collections.ts'
import { PyFloat, PySafeString } from '../../../src/codecs/pickle/values.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'
import { clashingInts } from '../../support/clashing-ints.ts'
import { pythonValues } from '../../support/python-values.ts'
import { toTyped } from '../../support/typed.ts'

function write(value: unknown, options?: MsgpackOptions): Buffer {
  return Buffer.from(msgpack(options).serialize(value) as Uint8Array)
}

function read(hex: string, options?: MsgpackOptions): unknown {
  return msgpack(options).deserialize(Buffer.from(hex, 'hex'))
}

const records = pythonValues('msgpack')

describe('what Python wrote', () => {
  it.each(records.filter((record) => record.typed !== undefined))('reads as Python reads it: $name', (record) => {
    const value = msgpack().deserialize(record.bytes)

    expect(toTyped(value)).toEqual(record.typed)
  })

  it.each(records)('is written byte for byte as Python did: $name', ({ bytes }) => {
    const serializer = msgpack()

    const again = serializer.serialize(serializer.deserialize(bytes)) as Uint8Array

    expect(Buffer.from(again).toString('hex')).toBe(Buffer.from(bytes).toString('hex'))
  })

  it('that its own reader refuses is a Map here', () => {
    expect(read('8201a16102a162')).toEqual(
      new Map([
        [1, 'a'],
        [2, 'b'],
      ]),
    )
  })
})

/** Written by Python's msgpack 1.2.3. */
const golden: readonly (readonly [value: unknown, hex: string])[] = [
  [127, '7f'],
  [128, 'cc80'],
  [255, 'ccff'],
  [256, 'cd0100'],
  [65_535, 'cdffff'],
  [65_536, 'ce00010000'],
  [2 ** 32 - 1, 'ceffffffff'],
  [2 ** 32, 'cf0000000100000000'],
  [2n ** 53n, 'cf0020000000000000'],
  [2n ** 64n - 1n, 'cfffffffffffffffff'],
  [-32, 'e0'],
  [-33, 'd0df'],
  [-128, 'd080'],
  [-129, 'd1ff7f'],
  [-32_769, 'd2ffff7fff'],
  [-(2 ** 31), 'd280000000'],
  [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
  [-(2n ** 63n), 'd38000000000000000'],
  [new Date(0), 'd6ff00000000'],
  [new Date(1_700_000_000_123), 'd7ff1d5353006553f100'],
  [new Date(2 ** 32 * 1000), 'd7ff0000000100000000'],
  [new Date(2 ** 34 * 1000), 'c70cff000000000000000400000000'],
  [new Date(-995), 'c70cff004c4b40ffffffffffffffff'],
  [new PyFloat(1), 'cb3ff0000000000000'],
  [-0, 'cb8000000000000000'],
]

describe('the bytes', () => {
  it.each(golden)("are those of Python's msgpack, and read back: %s", (value, hex) => {
    expect(write(value).toString('hex')).toBe(hex)
    expect(read(hex)).toStrictEqual(value)
  })

  it.each([
    ['x'.repeat(31), 'bf'],
    ['x'.repeat(32), 'd920'],
    ['x'.repeat(256), 'da0100'],
    ['x'.repeat(65_536), 'db00010000'],
    [new Uint8Array(255), 'c4ff'],
    [new Uint8Array(256), 'c50100'],
    [Array.from({ length: 15 }, () => 1), '9f'],
    [Array.from({ length: 16 }, () => 1), 'dc0010'],
    [Array.from({ length: 65_536 }, () => 1), 'dd00010000'],
  ])('begin with the shortest form of the length (%#)', (value, head) => {
    const bytes = write(value)

    expect(bytes.toString('hex', 0, head.length / 2)).toBe(head)
    expect(msgpack().deserialize(bytes)).toEqual(value)
  })

  it('hold tuples as arrays and safe strings as text', () => {
    expect(read(write([PyTuple.of(1), new PySafeString('a')]).toString('hex'))).toStrictEqual([[1], 'a'])
  })

  it.each([-1, 1])('hold a Date up to the last one there is (%d)', (sign) => {
    const last = new Date(sign * 8.64e15)
    const beyond = new MsgpackTimestamp(BigInt(sign) * 8_640_000_000_001n, 0)

    expect(msgpack().deserialize(write(last))).toEqual(last)
    expect(msgpack().deserialize(write(beyond))).toEqual(beyond)
  })

  it('hold what is finer than a Date', () => {
    const value = new MsgpackTimestamp(1n, 1)

    expect(read(write(value).toString('hex'))).toStrictEqual(value)
  })
})

describe('what is read', () => {
  it('is a plain number for a whole float when asked', () => {
    expect(read('cb3ff0000000000000', { floats: 'number' })).toBe(1)
  })

  it('knows floats of 32 bits', () => {
    expect([read('ca3fc00000'), read('ca3f800000')]).toEqual([1.5, new PyFloat(1)])
  })

  it('has __proto__ as a key like any other', () => {
    const result = read('81a95f5f70726f746f5f5f8101c3') as object

    expect(Object.keys(result)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
  })

  it('refuses unknown extensions, or hands them over when asked', () => {
    expect(() => read('d405ff')).toThrow(/extension type 5/)
    expect(read('d405ff', { unknown: 'tagged' })).toStrictEqual(new MsgpackExtension(5, Uint8Array.of(255)))
    expect(write(new MsgpackExtension(5, Uint8Array.of(255))).toString('hex')).toBe('d405ff')
  })

  it.each([
    ['nothing', ''],
    ['the byte that is no format', 'c1'],
    ['an array of 4 billion', 'ddffffffff'],
    ['a map of 4 billion', 'dfffffffff'],
    ['a text of 4 billion', 'dbffffffff61'],
    ['bytes cut short', 'c40561'],
    ['something behind the end', 'c0c0'],
    ['text that is not UTF-8', 'a2c328'],
    ['a timestamp of five bytes', 'c705ff0000000000'],
    ['a timestamp of too many nanoseconds', 'd7ffffffffff00000000'],
    ['depth', '91'.repeat(1001)],
  ])('is refused: %s', (_, hex) => {
    expect(() => read(hex)).toThrow(DecodeError)
  })

  it('is refused when its keys are chosen to meet in one bucket', () => {
    const keyed = (ints: readonly number[]): Uint8Array => {
      const bytes = Buffer.alloc(5 + ints.length * 6, 0xc0)
      bytes.writeUInt32BE(ints.length, bytes.writeUInt8(0xdf))
      for (const [index, int] of ints.entries()) bytes.writeInt32BE(int, bytes.writeUInt8(0xd2, 5 + index * 6))
      return bytes
    }
    const clashing = clashingInts(3000)

    expect(() => msgpack().deserialize(keyed(clashing))).toThrow(/the same hash/)
    expect(() => write(new Map(clashing.map((int) => [int, null])))).toThrow(/^msgpack: value: .*the same hash/)
    expect(msgpack().deserialize(keyed([...Array(3000).keys()]))).toHaveProperty('size', 3000)
  })

  it('is refused beyond maxObjects and maxBytes', () => {
    expect(() => read(`93${'90'.repeat(3)}`, { maxObjects: 3 })).toThrow(/maxObjects/)
    expect(() => read(`93${'c400'.repeat(3)}`, { maxObjects: 3 })).toThrow(/maxObjects/)
    expect(() => read('c0c0', { maxBytes: 1 })).toThrow(/maxBytes/)
  })
})

describe('a value that msgpack has no word for', () => {
  it.each([
    [{ a: [undefined] }, 'value.a[0]'],
    [[2n ** 64n], 'value[0]'],
    [{ s: new Set() }, 'value.s'],
    [{ d: new Date(Number.NaN) }, 'value.d'],
    [['\ud800'], 'value[0]'],
  ])('is a TypeError that says where it is (%#)', (value, path) => {
    expect(() => write(value)).toThrow(TypeError)
    expect(() => write(value)).toThrow(`msgpack: ${path}: `)
  })

  it('may be undefined when it is to be nil', () => {
    expect(write([undefined], { undefinedAs: 'none' }).toString('hex')).toBe('91c0')
  })

  it('is what holds itself, or is too long', () => {
    const list: unknown[] = []
    list.push(list)

    expect(() => write(list)).toThrow(/maxDepth/)
    expect(() => write('x'.repeat(5000), { maxBytes: 100 })).toThrow(/maxBytes/)
  })

  it('is no option', () => {
    expect(() => msgpack({ floats: 'exactly' as 'exact' })).toThrow(OptionError)
  })
})

it('what is read is what was written', () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.double().filter((value) => !Number.isSafeInteger(value)),
    fc.maxSafeInteger().map((value) => new PyFloat(value)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.date({ noInvalidDate: true }),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }).map((record) => ({ ...record })),
      fc.array(fc.tuple(scalar, tie('value')), { maxLength: 3 }).map((pairs) => new Map([[1, 2], ...pairs])),
    ),
  }))

  fc.assert(
    fc.property(value, (written) => {
      expect(msgpack().deserialize(write(written))).toStrictEqual(written)
    }),
    { numRuns: 400 },
  )
})
