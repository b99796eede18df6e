import { randomBytes } from 'node:crypto'
import * as node from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromText } from '../../../src/base/bytes.ts'
import { brotli } from '../../../src/codecs/compress/brotli.ts'
import { gzip } from '../../../src/codecs/compress/gzip.ts'
import { identity } from '../../../src/codecs/compress/identity.ts'
import { zlib } from '../../../src/codecs/compress/zlib.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'

const makers = [
  ['zlib', zlib],
  ['gzip', gzip],
  ['brotli', brotli],
] as const

describe.each(makers)('%s', (name, make) => {
  it('gives back any bytes, small and large', async () => {
    const sizes = fc.uint8Array({ maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom(1, 200), async (bytes, times) => {
        const compressor = make()
        const source = Buffer.concat(Array.from({ length: times }, () => bytes))

        const compressed = await compressor.compress(source)

        expect(compressor.accepts(compressed)).toBe(true)
        expect(Buffer.from(await compressor.decompress(compressed)).equals(source)).toBe(true)
      }),
    )
  })

  it('large compressed bytes are read in the thread pool', async () => {
    const compressor = make()
    const source = randomBytes(40_000)

    const compressed = await compressor.compress(source)
    const reading = compressor.decompress(compressed)

    expect(reading).toBeInstanceOf(Promise)
    expect(Buffer.from(await reading).equals(source)).toBe(true)
  })

  it('small values are made at once and large ones in the thread pool', async () => {
    const compressor = make()

    const large = compressor.compress(new Uint8Array(100_000))

    expect(compressor.compress(new Uint8Array(2000))).toBeInstanceOf(Uint8Array)
    expect(large).toBeInstanceOf(Promise)
    await large
  })

  it('only what is longer than 1024 bytes is meant to be compressed, unless told otherwise', () => {
    expect(make().above).toBe(1024)
    expect(make({ above: 0 }).above).toBe(0)
  })

  it.each([2000, 50_000])('a truncated value of %d random bytes is a DecodeError', async (size) => {
    const compressor = make()
    const compressed = await compressor.compress(randomBytes(size))

    const reading = settle(() => compressor.decompress(compressed.subarray(0, -5)))

    await expect(reading).rejects.toThrow(new DecodeError('', name, 'it is cut short'))
  })

  it.each([2000, 50_000])('bytes after a value of %d random bytes are a DecodeError', async (size) => {
    const compressor = make()
    const compressed = await compressor.compress(randomBytes(size))

    for (const tail of [Buffer.alloc(3), Buffer.from('tail')]) {
      const reading = settle(() => compressor.decompress(Buffer.concat([compressed, tail])))
      await expect(reading).rejects.toThrow(DecodeError)
    }
  })

  it('what would grow beyond maxBytes is a DecodeError that names the option', async () => {
    const compressor = make({ maxBytes: 999_999 })
    const bomb = await make().compress(new Uint8Array(1_000_000))

    const reading = settle(() => compressor.decompress(bomb))

    await expect(reading).rejects.toThrow('beyond 999999 bytes; raise the option maxBytes')
  })

  it('what grows to exactly maxBytes is read', async () => {
    const bytes = await make().compress(new Uint8Array(1_000_000))

    expect(await make({ maxBytes: 1_000_000 }).decompress(bytes)).toHaveLength(1_000_000)
  })

  it('damaged bytes are a DecodeError', async () => {
    const compressed = Buffer.from(await make().compress(randomBytes(3000)))
    compressed.fill(0xff, 6)

    await expect(settle(() => make().decompress(compressed))).rejects.toThrow(DecodeError)
  })

  it('text and no bytes at all are not accepted', () => {
    expect(make().accepts(fromText('xenon'))).toBe(false)
    expect(make().accepts(fromText('x'))).toBe(false)
    expect(make().accepts(new Uint8Array())).toBe(false)
  })

  it.each([
    { above: -1 },
    { above: 1.5 },
    { maxBytes: 0 },
    { maxBytes: Infinity },
    { levle: 1 },
    { level: 99, quality: 99 },
  ])('the options %j are an OptionError', (options) => {
    expect(() => make(options)).toThrow(OptionError)
  })
})

describe('levels', () => {
  it('out of range is an OptionError', () => {
    expect(() => zlib({ level: 10 })).toThrow(OptionError)
    expect(() => gzip({ level: -1 })).toThrow(OptionError)
    expect(() => brotli({ quality: 12 })).toThrow(OptionError)
  })

  it('a higher one is smaller', async () => {
    const text = fromText(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, square: id * id }))))

    expect((await zlib({ level: 9 }).compress(text)).length).toBeLessThan(
      (await zlib({ level: 1 }).compress(text)).length,
    )
    expect((await gzip({ level: 9 }).compress(text)).length).toBeLessThan(
      (await gzip({ level: 1 }).compress(text)).length,
    )
    expect((await brotli({ quality: 11 }).compress(text)).length).toBeLessThan(
      (await brotli({ quality: 0 }).compress(text)).length,
    )
  })
})

describe('first bytes', () => {
  it('every level that zlib itself writes is accepted', () => {
    for (let level = 0; level <= 9; level++) {
      expect(zlib().accepts(node.deflateSync('x', { level }))).toBe(true)
    }
  })

  it('brotli without the framing bytes is not accepted', () => {
    expect(brotli().accepts(node.brotliCompressSync('hello'))).toBe(false)
  })
})

describe('identity', () => {
  it('changes nothing and claims nothing', () => {
    const bytes = fromText('x')

    expect(identity().above).toBe(Infinity)
    expect(identity().compress(bytes)).toBe(bytes)
    expect(identity().decompress(bytes)).toBe(bytes)
    expect(identity().accepts(bytes)).toBe(false)
  })
})

/** What throws at once and what rejects, made alike. */
async function settle<T>(call: () => T | Promise<T>): Promise<T> {
  return call()
}
