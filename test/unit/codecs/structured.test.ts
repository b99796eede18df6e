import { deepStrictEqual } from 'node:assert/strict'
import { inspect } from 'node:util'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { structured } from '../../../src/codecs/structured.ts'
import { DecodeError } from '../../../src/errors.ts'

const serializer = structured()

function roundTrip(value: unknown): unknown {
  return serializer.deserialize(serializer.serialize(value) as Uint8Array)
}

const data = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withUnicodeString: true,
  stringUnit: 'binary',
  maxDepth: 4,
})

describe('what you set is what you get', () => {
  it('any data comes back equal to its structured clone', () => {
    fc.assert(
      fc.property(data, (value) => {
        // Node holds two invalid dates for different; they have a test of their own.
        fc.pre(!inspect(value, { depth: Number.POSITIVE_INFINITY }).includes('Invalid Date'))

        deepStrictEqual(roundTrip(value), structuredClone(value))
      }),
      { numRuns: 2000 },
    )
  })

  it('plain JSON data is written as the very text of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!(typeof value === 'number' && Number.isInteger(value)) && !hasNegativeZero(value))

        expect(toText(serializer.serialize(value) as Uint8Array)).toBe(JSON.stringify(value))
      }),
    )
  })

  it.each([
    ['-0', -0],
    ['-0 inside', { a: [-0, { b: -0 }] }],
    ['NaN and the infinities', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['undefined', undefined],
    ['undefined inside', { a: undefined, b: [undefined], c: new Map([[undefined, undefined]]) }],
    ['whole numbers beyond the safe ones', [2 ** 53, 1e21, Number.MAX_VALUE]],
    ['bigints', [0n, -1n, 5n, 2n ** 64n, -(2n ** 200n)]],
    ['a bigint of 20000 digits', 10n ** 20_000n + 7n],
    ['dates', [new Date(0), new Date(-1), new Date(8.64e15)]],
    ['a regular expression', /a\/b~/giu],
    ['lone surrogates', ['\ud800', '\udfff!', { '\ud800': 1 }]],
    ['texts that look like marks', ['~', '~~', '~u', '~R0', '~M', ['~M', 1], ['~S'], { '~u': '~N' }]],
    ['holes', Object.assign(Array.from({ length: 0 }), { 0: 1, 2: 3, 3: undefined, length: 5 })],
    ['an ArrayBuffer', new Uint8Array([1, 2, 0, 255]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer)],
    ['views', [new Uint8Array(), new Float64Array([-0, Number.NaN]), new BigInt64Array([-1n]), new Int16Array([-2])]],
    ['errors', [new Error('a'), new TypeError('~b', { cause: { c: 1n } }), new RangeError('', { cause: undefined })]],
  ])('%s', (_, value) => {
    deepStrictEqual(roundTrip(value), structuredClone(value))
  })

  it('an invalid date comes back as one', () => {
    const read = roundTrip([new Date(Number.NaN)]) as Date[]

    expect(read[0]).toBeInstanceOf(Date)
    expect(read[0]?.getTime()).toBeNaN()
  })

  it('a Buffer comes back as a Uint8Array of its own bytes only', () => {
    const read = roundTrip(Buffer.from('abc')) as Uint8Array

    deepStrictEqual(read, new Uint8Array([97, 98, 99]))
    expect(read.buffer.byteLength).toBe(3)
  })

  it('an instance of a class comes back as a plain object', () => {
    class Point {
      x = -0
    }

    deepStrictEqual(roundTrip(new Point()), { x: -0 })
  })

  it('an own __proto__ stays an own key and reaches no prototype', () => {
    const plain: unknown = JSON.parse('{"__proto__":{"polluted":1},"a":1}')
    const marked: unknown = JSON.parse('{"__proto__":{"polluted":1},"a":1}', (key, value) => (key === 'a' ? -0 : value))

    for (const value of [plain, marked]) {
      const read = roundTrip(value) as object
      deepStrictEqual(Object.keys(read), ['__proto__', 'a'])
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    }
    expect('polluted' in {}).toBe(false)
  })
})

describe('identity', () => {
  it('a cycle through every kind of container comes back as one', () => {
    const root: Record<string, unknown> = {}
    const cause = new Error('round', { cause: root })
    root['list'] = [root, new Map<unknown, unknown>([[root, root]]), new Set([root]), cause]

    const read = roundTrip(root) as { list: [unknown, Map<unknown, unknown>, Set<unknown>, Error] }

    expect(read.list[0]).toBe(read)
    expect(read.list[1].get(read)).toBe(read)
    expect(read.list[2].has(read)).toBe(true)
    expect(read.list[3].cause).toBe(read)
  })

  it('an error that causes itself stays an error', () => {
    const error = new RangeError('again')
    error.cause = error

    const read = roundTrip(error) as Error

    expect(read).toBeInstanceOf(RangeError)
    expect(read.cause).toBe(read)
  })

  it('what is shared stays shared, and what is equal stays apart', () => {
    const shared = [{ a: 1 }, new Date(5), /x/, new Uint8Array(2)]

    const read = roundTrip({ one: shared, two: [...shared], three: { a: 1 } }) as Record<string, unknown[]>

    for (const index of shared.keys()) expect(read['one']?.[index]).toBe(read['two']?.[index])
    expect(read['three']).not.toBe(read['one']?.[0])
  })
})

describe('errors', () => {
  it('neither the stack of the writer nor that of the reader is part of a read error', () => {
    const read = roundTrip(new TypeError('broken')) as Error

    expect(read.stack).toBe('TypeError: broken')
    expect(new Error('later').stack).toContain('structured.test')
  })

  it('a name that is not built in is kept on a plain error', () => {
    const error = new Error('x')
    error.name = '~PaymentError'

    const read = roundTrip(error) as Error

    expect(Object.getPrototypeOf(read)).toBe(Error.prototype)
    expect(read.name).toBe('~PaymentError')
  })

  it('names of prototype members are only names', () => {
    const read = serializer.deserialize(fromText('~["~E","valueOf","m"]')) as Error

    expect(read).toBeInstanceOf(Error)
    expect(read.name).toBe('valueOf')
  })
})

describe('what is no data', () => {
  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Promise', Promise.resolve()],
    ['a WeakMap', new WeakMap()],
    ['a WeakRef', new WeakRef({})],
    ['a Number', Object(1)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(1)],
  ])('%s is a TypeError that names its place', (name, value) => {
    expect(() => serializer.serialize({ users: [{ save: value }] })).toThrow(
      new TypeError(
        `structured() cannot hold ${name}, found at .users[0].save; only data can be stored: leave it out or convert it`,
      ),
    )
  })

  it('an object with a toJSON method is refused and not called', () => {
    expect(() => serializer.serialize({ toJSON: () => 'x' })).toThrow(TypeError)
  })

  it('an array that is all holes is refused at once', () => {
    const list: unknown[] = []
    list[4_000_000_000] = 1

    expect(() => serializer.serialize(list)).toThrow('more than 65536 holes')
  })

  it('nesting beyond 1000 is a TypeError, and up to there fine', () => {
    deepStrictEqual(roundTrip(nested(1000)), nested(1000))
    deepStrictEqual(roundTrip(nested(1000, -0)), nested(1000, -0))
    expect(() => serializer.serialize(nested(1002))).toThrow('more than 1000 deep')
    expect(() => serializer.serialize(nested(200_000))).toThrow(TypeError)
  })
})

describe('hostile bytes', () => {
  it('mutated bytes are read or are a DecodeError', () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add', 'twice'))
    fc.assert(
      fc.property(data, fc.array(mutation, { minLength: 1, maxLength: 4 }), (value, mutations) => {
        let bytes: Buffer = Buffer.from(serializer.serialize(value) as Uint8Array)
        for (const [at, byte, kind] of mutations) bytes = mutate(bytes, at % (bytes.length + 1), byte, kind)

        onlyDecodeError(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('arbitrary bytes behind the opening mark are read or are a DecodeError', () => {
    fc.assert(fc.property(fc.string(), (tail) => onlyDecodeError(fromText(`~${tail}`))))
  })

  it.each([
    ['nothing', ''],
    ['only the opening mark', '~'],
    ['an unknown mark', '~"~q"'],
    ['a lone mark', '~"~"'],
    ['a hole at the top', '~"~h"'],
    ['a hole in an object', '~{"a":"~h"}'],
    ['a hole in a map', '~["~M","~h",1]'],
    ['a reference to nothing', '~["~R1"]'],
    ['a reference without a number', '~["~R"]'],
    ['a negative reference', '~["~R-1"]'],
    ['half an entry', '~["~M",1]'],
    ['a date that is none', '~"~Dabc"'],
    ['a date out of range', '~"~D8640000000000001"'],
    ['a bigint that is none', '~"~n12g"'],
    ['an error without a message', '~["~E","Error"]'],
    ['a broken pattern', '~["~X","(",""]'],
    ['unknown flags', '~["~X","a","zz"]'],
    ['binary data that is not there', '~["~B","Uint8Array",4294967295]\0abc'],
    ['binary data of negative length', '~["~B","Uint8Array",-1]\0abc'],
    ['a view that does not fit', '~["~B","Float64Array",3]\0abc'],
    ['a view of an unknown kind', '~["~B","constructor",3]\0abc'],
    ['binary data too much', '~["~B","Uint8Array",2]\0abc'],
    ['a second text', '{"a":1}{"a":1}'],
    ['a text cut short', '{"a":'],
  ])('%s is a DecodeError', (_, text) => {
    expect(() => serializer.deserialize(fromText(text))).toThrow(DecodeError)
  })

  it('malformed UTF-8 is refused instead of mended', () => {
    expect(() => serializer.deserialize(new Uint8Array([0x22, 0xff, 0x22]))).toThrow('not UTF-8')
  })

  it('an error about bytes quotes nothing of them', () => {
    for (const text of ['{"secret-token"', '~["~X","secret-token(",""]', '~"~qsecret-token"']) {
      const error = errorOf(() => serializer.deserialize(fromText(text)))

      expect(`${error.message} ${String(error.cause)}`).not.toContain('secret')
    }
  })

  it.each([
    ['lists', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['objects', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
    ['marked lists', `~${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['maps', `~${'["~M",1,'.repeat(200_000)}1${']'.repeat(200_000)}`],
  ])('a flood of nested %s is a DecodeError', (_, text) => {
    expect(() => serializer.deserialize(fromText(text))).toThrow('more than 1000 deep')
  })

  it('references that would double at every level stay references', () => {
    let text = '[]'
    for (let level = 40; level > 0; level--) text = `[${text},"~R${level}"]`

    expect(serializer.deserialize(fromText(`~${text}`))).toHaveLength(2)
  })
})

describe('first bytes', () => {
  it('no value is written as plain decimal text or behind 0xC1', () => {
    fc.assert(
      fc.property(fc.oneof(data, fc.integer(), fc.maxSafeInteger(), fc.bigInt(), fc.double()), (value) => {
        const bytes = serializer.serialize(value) as Uint8Array

        expect(toText(bytes)).not.toMatch(/^-?\d+$/)
        expect(bytes[0]).not.toBe(0xc1)
        expect(serializer.accepts(bytes)).toBe(true)
      }),
    )
  })

  it('what cannot be its own is not accepted', () => {
    expect(serializer.accepts(new Uint8Array([0x80, 4]))).toBe(false)
    expect(serializer.accepts(new Uint8Array())).toBe(false)
  })
})

function nested(depth: number, leaf: unknown = 1): unknown {
  let value = leaf
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasNegativeZero)
  return Object.is(value, -0)
}

function mutate(bytes: Buffer, at: number, byte: number, kind: string): Buffer {
  if (kind === 'cut') return bytes.subarray(0, at)
  if (kind === 'add') return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)])
  if (kind === 'twice') return Buffer.concat([bytes, bytes.subarray(at)])
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = byte
  return copy
}

function onlyDecodeError(bytes: Uint8Array): void {
  try {
    serializer.deserialize(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
  }
}

function errorOf(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

describe('keys that were chosen to have the same hash', () => {
  const clashing = Array.from({ length: 3000 }, (_, index) => BigInt(index + 1) << 64n)
  const honest = Array.from({ length: 5000 }, (_, index) => BigInt(index + 1) << 8n)

  it('are refused on reading, and as many others are read', () => {
    const marked = (ints: readonly bigint[]): Uint8Array => {
      const text = toText(serializer.serialize(new Set(ints.slice(0, 2))) as Uint8Array)
      const [head, first] = JSON.parse(text.slice(1)) as string[]
      const prefix = (first ?? '').slice(0, -(ints[0] ?? 0n).toString(16).length)
      return Buffer.from(`~${JSON.stringify([head, ...ints.map((int) => prefix + int.toString(16))])}`)
    }

    expect(() => serializer.deserialize(marked(clashing))).toThrow(/the same hash/)
    expect(serializer.deserialize(marked(honest))).toEqual(new Set(honest))
  })

  it('are not written, since nobody would read them', () => {
    expect(() => serializer.serialize({ set: new Set(clashing) })).toThrow(/the same hash.*found at \.set/)
    expect(() => serializer.serialize(new Map(clashing.map((int) => [int, 1])))).toThrow(TypeError)
  })
})
