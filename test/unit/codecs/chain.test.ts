import { deepStrictEqual } from 'node:assert/strict'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { createCodec } from '../../../src/codecs/chain.ts'
import type { Codec, Compressor, Serializer } from '../../../src/codecs/codec.ts'
import { brotli } from '../../../src/codecs/compress/brotli.ts'
import { gzip } from '../../../src/codecs/compress/gzip.ts'
import { identity } from '../../../src/codecs/compress/identity.ts'
import { zlib } from '../../../src/codecs/compress/zlib.ts'
import { json } from '../../../src/codecs/json.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { structured } from '../../../src/codecs/structured.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'

const codec = createCodec({ serializers: [structured()] })
const text = 'the same words over and over; '.repeat(100)

function written(value: unknown, by: Codec = codec): string {
  return toText(by.encode(value) as Uint8Array)
}

function read(bytes: string, by: Codec = codec): unknown {
  return by.decode(fromText(bytes), 'a key')
}

describe('integers', () => {
  it.each([
    [0, '0'],
    [-12, '-12'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [9007199254740992n, '9007199254740992'],
    [-(10n ** 4299n), `-1${'0'.repeat(4299)}`],
  ])('%s is plain decimal text', (value, bytes) => {
    expect(written(value)).toBe(bytes)
    expect(read(bytes)).toBe(value)
  })

  it('any integer, fraction and bigint comes back as what it was', () => {
    const numbers = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.bigInt(),
      fc.constantFrom(-0, 2 ** 53, 1e300),
    )
    for (const serializer of [structured(), json()]) {
      const both = createCodec({ serializers: [serializer] })
      fc.assert(
        fc.property(numbers, (value) => {
          fc.pre(serializer.keepsBigInt === true || typeof value !== 'bigint' || !isSafe(value))
          fc.pre(serializer.keepsBigInt === true || typeof value !== 'number' || Number.isFinite(value))

          deepStrictEqual(both.decode(both.encode(value) as Uint8Array, 'k'), value)
        }),
      )
    }
  })

  it('a small bigint is plain text only when the serializer does not keep it', () => {
    const loose = createCodec({ serializers: [json()] })

    expect(written(5n, loose)).toBe('5')
    expect(read(written(5n))).toBe(5n)
  })

  it('a bigint of more than 4300 digits is serialized, or is a TypeError where it cannot be', () => {
    const large = 10n ** 4300n

    expect(read(written(large))).toBe(large)
    expect(read(written(-large))).toBe(-large)
    expect(() => createCodec({ serializers: [json()] }).encode(large)).toThrow('use structured()')
  })

  it('text of more than 4300 digits is a DecodeError', () => {
    expect(() => read('9'.repeat(4301))).toThrow(new DecodeError('a key', 'integer', 'it has more than 4300 digits'))
    expect(() => read(`-${'9'.repeat(4301)}`)).toThrow(DecodeError)
  })

  it.each(['007', '+7', '1_000', '-', '0x10'])('%j is no integer', (bytes) => {
    expect(() => read(bytes)).toThrow(DecodeError)
  })

  it('another reading of integers may be handed in', () => {
    const lenient = createCodec({ serializers: [json()], readInteger: (bytes) => Number(toText(bytes)) })

    expect(read(' 12\n', lenient)).toBe(12)
    expect(read('+7', lenient)).toBe(7)
  })

  it('a long text that only begins with digits is left to the serializers', () => {
    expect(read(`1.${'5'.repeat(5000)}`)).toBeCloseTo(1.5555)
  })
})

describe('what cannot be stored', () => {
  it.each([
    ['undefined', undefined, 'store null, or delete'],
    ['a function', () => 1, 'a function cannot be stored'],
    ['a symbol', Symbol('x'), 'a symbol cannot be stored'],
  ])('%s is a TypeError that says what to do', (_, value, words) => {
    expect(() => codec.encode(value)).toThrow(TypeError)
    expect(() => codec.encode(value)).toThrow(words)
  })

  it('a codec without a serializer is an OptionError', () => {
    expect(() => createCodec({ serializers: [] })).toThrow(OptionError)
  })
})

describe('lists', () => {
  it('the first serializer writes and all read', () => {
    const old = createCodec({ serializers: [json()] })
    const both = createCodec({ serializers: [json(), structured()] })

    expect(written({ a: 1n, b: [] }, createCodec({ serializers: [structured(), json()] }))).toBe('~{"a":"~n1","b":[]}')
    deepStrictEqual(read('~{"a":"~n1"}', both), { a: 1n })
    deepStrictEqual(read(written({ a: 1 }, old), both), { a: 1 })
  })

  it('values under every compressor are read, and values under none', async () => {
    const compressors = [zlib(), gzip(), brotli(), identity()]
    const reader = createCodec({ serializers: [structured()], compressors })

    for (const compressor of compressors) {
      const writer = createCodec({ serializers: [structured()], compressors: [compressor] })
      const bytes = await writer.encode(text)

      expect(compressor.name === 'identity' || compressor.accepts(bytes)).toBe(true)
      expect(await reader.decode(bytes, 'k')).toBe(text)
    }
  })

  it('bytes that only look compressed go to the serializers as they are', () => {
    const raw: Serializer = { ...json(), accepts: () => true, deserialize: (bytes) => [...bytes] }
    const mixed = createCodec({ serializers: [raw], compressors: [zlib()] })

    expect(mixed.decode(new Uint8Array([0x78, 0x9c, 1, 2]), 'k')).toEqual([0x78, 0x9c, 1, 2])
  })
})

describe('thresholds', () => {
  const compressing = createCodec({ serializers: [json()], compressors: [zlib({ above: 100 })] })

  it('exactly as long as the threshold is left, one byte more is compressed', () => {
    expect(compressing.encode('a'.repeat(98))).toHaveLength(100)
    expect((compressing.encode('a'.repeat(99)) as Uint8Array).length).toBeLessThan(50)
  })

  it('what compression does not shrink stays as it is', () => {
    const stubborn: Compressor = { ...zlib({ above: 0 }), compress: (bytes) => bytes.slice() }
    const value = { a: 1 }

    expect(written(value, createCodec({ serializers: [json()], compressors: [stubborn] }))).toBe('{"a":1}')
  })
})

describe('errors', () => {
  it('empty bytes are a DecodeError', () => {
    expect(() => read('')).toThrow(new DecodeError('a key', 'structured', 'it is empty'))
  })

  it('bytes that nobody accepts say so', () => {
    const error = caught(() => createCodec({ serializers: [json(), structured()] }).decode(Buffer.of(0x80, 4), 'k'))

    expect(error.format).toBe('json, structured')
    expect(error.message).toContain('it begins like none of them')
  })

  it('the error names key, formats and reasons, keeps the causes and quotes nothing', () => {
    const failing: Serializer = { ...gated('strange', 0x7b), deserialize: fail('secret words') }
    const error = caught(() => read('{"secret', createCodec({ serializers: [json(), failing] })))

    expect(error.key).toBe('a key')
    expect(error.format).toBe('json, strange')
    expect(error.message).toBe(
      'The value of "a key" is not readable as json, strange: json: it is not well-formed JSON; strange: it failed with a Error',
    )
    expect((error.cause as AggregateError).errors).toHaveLength(2)
  })

  it('the format that writes is named first, also when the bytes are unlike it', () => {
    const error = caught(() => createCodec({ serializers: [pickle(), json()] }).decode(Buffer.from('{"a'), 'k'))

    expect(error.format).toBe('pickle, json')
    expect(error.message).toContain('pickle: it does not begin like that; json: ')
  })

  it('one failure is the cause itself', () => {
    const error = caught(() => read('{"a"'))

    expect(error.cause).toBeInstanceOf(DecodeError)
    expect(error.message).toBe('The value of "a key" is not readable as structured: it is not well-formed JSON')
  })

  it('a bomb names the option to raise', () => {
    const reader = createCodec({ serializers: [json()], compressors: [zlib({ maxBytes: 1000 })] })
    const bytes = zlib().compress(fromText(JSON.stringify(text))) as Uint8Array

    const error = caught(() => reader.decode(bytes, 'k'))

    expect(error.format).toBe('zlib')
    expect(error.message).toContain('raise the option maxBytes')
  })
})

describe('waiting', () => {
  it('synchronous parts are answered synchronously', () => {
    const whole = createCodec({ serializers: [structured()], compressors: [zlib()] })
    const bytes = whole.encode(text)

    expect(bytes).toBeInstanceOf(Uint8Array)
    expect(whole.decode(bytes as Uint8Array, 'k')).toBe(text)
  })

  it('one asynchronous part makes a promise of the whole, and the same answer', async () => {
    const slow: Serializer = {
      ...structured(),
      serialize: async (value) => structured().serialize(value),
      deserialize: async (bytes) => structured().deserialize(bytes),
    }
    const pool: Compressor = {
      ...zlib(),
      compress: async (bytes) => zlib().compress(bytes),
      decompress: async (bytes) => zlib().decompress(bytes),
    }

    for (const parts of [
      { serializers: [slow] },
      { serializers: [slow], compressors: [zlib()] },
      { serializers: [structured()], compressors: [pool] },
      { serializers: [slow], compressors: [pool] },
    ]) {
      const whole = createCodec(parts)
      const bytes = await whole.encode({ text })
      expect(await whole.decode(bytes, 'k')).toEqual({ text })
      await expect((async () => whole.decode(fromText('{'), 'k'))()).rejects.toThrow(DecodeError)
    }
  })

  it('after an asynchronous part fails the next one reads', async () => {
    const failing: Serializer = { ...gated('strange', 0x7b), deserialize: async () => fail('no')() }
    const broken: Compressor = { ...zlib(), accepts: () => true, decompress: async () => fail('no')() }

    const whole = createCodec({ serializers: [failing, json()], compressors: [broken, gzip()] })

    expect(await whole.decode(fromText('{}'), 'k')).toEqual({})
  })
})

function isSafe(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
}

/** A serializer that accepts only what begins with `first`. */
function gated(name: string, first: number): Serializer {
  return { ...json(), name, accepts: (bytes) => bytes[0] === first }
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message)
  }
}

function caught(call: () => unknown): DecodeError {
  try {
    call()
  } catch (error) {
    if (error instanceof DecodeError) return error
  }
  throw new Error('no DecodeError was thrown')
}
