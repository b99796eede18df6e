import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Bytes, fromText } from '../../../src/base/bytes.ts'
import { createCodec } from '../../../src/codecs/chain.ts'
import type { Compressor } from '../../../src/codecs/codec.ts'
import { lz4 } from '../../../src/codecs/compress/lz4.ts'
import { lazyPeer } from '../../../src/codecs/compress/peer.ts'
import { xz } from '../../../src/codecs/compress/xz.ts'
import { compressInWasm, decompressInWasm } from '../../../src/codecs/compress/zstd-wasm.ts'
import { zstd } from '../../../src/codecs/compress/zstd.ts'
import { json } from '../../../src/codecs/json.ts'
import { djangoCompression } from '../../../src/django/compression.ts'
import { DecodeError, OptionError } from '../../../src/errors.ts'

const makers = [
  ['lz4', lz4],
  ['xz', xz],
  ['zstd', zstd],
] as const

const warm = fromText('warm '.repeat(40))

/** By Python's lz4 4.0, lzma (liblzma 5.4) and zstandard 0.20. */
const byPython = {
  lz4Linked:
    '04224d185c4080380100000000005a0c0100002f61620200' +
    'ff'.repeat(256) +
    'e65062616261621af88429420000000f0200' +
    'ff'.repeat(56) +
    'a0506261626162294b1c3a00000000f389c253',
  xzDelta:
    'fd377a585a000004e6d6b4460201030103210114bbee7f12e000c700105d003b984aab920ef6160711a4b1a8b4000000bab78603245a2ec6' +
    '00012cc801000000efd5e2d2b1c467fb020000000004595a',
  xzSha256:
    'fd377a585a00000ae1fb0ca10200210116000000742fe5a3e000c7000b5d003b984aab8c54fe083780000000cbe230b0a3d15911f57c5057' +
    '4b3f2bb3ccb9d9ec177a76bda3b5392734a4a87300013fc801000000daa5a057b6e9df1c02000000000a595a',
  zstdWithoutSize: '28b52ffd0458650000287761726d2001004050450bee4bd6ec',
}

describe.each(makers)('%s', (name, make) => {
  it('gives back any bytes, small and large', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 700), async (bytes, times) => {
        const compressor = make()
        const source = Buffer.concat(Array.from({ length: times }, () => bytes))

        const compressed = await compressor.compress(source)

        expect(compressor.accepts(compressed)).toBe(true)
        expect(Buffer.from(await compressor.decompress(compressed)).equals(source)).toBe(true)
      }),
    )
  })

  it('values that follow one another are read as one', async () => {
    const compressor = make()
    const parts = [warm, fromText('second'), new Uint8Array(), randomBytes(200_000)]
    const compressed = await Promise.all(parts.map(async (part) => compressor.compress(part)))

    const whole = await compressor.decompress(Buffer.concat(compressed))

    expect(Buffer.from(whole).equals(Buffer.concat(parts))).toBe(true)
  })

  it('a thousand values that follow one another are read, one more is a DecodeError', async () => {
    const compressor = make()
    const one = await compressor.compress(fromText('x'))

    const most = await compressor.decompress(repeated(one, 1000))

    expect(most).toHaveLength(1000)
    await expect(settle(() => compressor.decompress(repeated(one, 1001)))).rejects.toThrow(DecodeError)
  })

  it.each([0, 3, 30, 2000, 200_000])('%d bytes cut short anywhere are a DecodeError', async (size) => {
    const compressor = make()
    const compressed = await compressor.compress(randomBytes(size))
    const lengths = [...Array(Math.min(60, compressed.length)).keys()].flatMap((cut) => [
      cut,
      compressed.length - 1 - cut,
    ])

    for (const length of lengths) {
      const reading = settle(() => compressor.decompress(compressed.subarray(0, length)))
      await expect(reading, `the first ${length} bytes`).rejects.toThrow(DecodeError)
    }
  })

  it('bytes after a value are a DecodeError', async () => {
    const compressor = make()
    const compressed = await compressor.compress(warm)

    for (const tail of [Buffer.alloc(3), Buffer.from('tail'), Buffer.from('a longer tail')]) {
      const reading = settle(() => compressor.decompress(Buffer.concat([compressed, tail])))
      await expect(reading).rejects.toThrow(new DecodeError('', name, 'more bytes follow after its end'))
    }
  })

  it('a value with any damage is read within maxBytes or is a DecodeError, and the next is read as ever', async () => {
    const compressor = make({ maxBytes: 10_000 })
    const compressed = Buffer.from(await compressor.compress(warm))

    await fc.assert(
      fc.asyncProperty(fc.nat(compressed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const broken = Buffer.from(compressed)
        broken[at] = (broken[at] ?? 0) ^ change

        const read = await settle(() => compressor.decompress(broken)).catch((error: unknown) => error)

        if (read instanceof Uint8Array) expect(read.length).toBeLessThanOrEqual(10_000)
        else expect(read).toBeInstanceOf(DecodeError)
        expect(Buffer.from(await compressor.decompress(compressed)).equals(warm)).toBe(true)
      }),
    )
  })

  it('what grows to exactly maxBytes is read, and one byte more is a DecodeError that names the option', async () => {
    const bytes = await make().compress(new Uint8Array(1_000_000))

    expect(await make({ maxBytes: 1_000_000 }).decompress(bytes)).toHaveLength(1_000_000)
    await expect(settle(() => make({ maxBytes: 999_999 }).decompress(bytes))).rejects.toThrow(
      'beyond 999999 bytes; raise the option maxBytes',
    )
  })

  it('values that only together exceed maxBytes are a DecodeError', async () => {
    const compressor = make({ maxBytes: 1_500_000 })
    const bytes = repeated(await compressor.compress(new Uint8Array(1_000_000)), 2)

    await expect(settle(() => compressor.decompress(bytes))).rejects.toThrow('beyond 1500000 bytes')
  })

  it('a bomb of 100 MB is refused before anything is decompressed', async () => {
    const isSlow = name === 'xz'
    const part = await make().compress(new Uint8Array(isSlow ? 4_000_000 : 100_000_000))
    const bomb = repeated(part, isSlow ? 25 : 1)

    expect(() => make().decompress(bomb)).toThrow('it would grow beyond 67108864 bytes')
  })

  it('the library is loaded once, and there at once from then on', async () => {
    const compressor = make()
    const compressed = await compressor.compress(warm)

    const reading = compressor.decompress(compressed)

    if (name !== 'xz') expect(reading).toBeInstanceOf(Uint8Array)
    expect(Buffer.from(await reading).equals(warm)).toBe(true)
  })

  it('text, its own name and no bytes at all are not accepted', () => {
    for (const text of ['', 'x', name, '(\u00b5/', '{"a":1}']) expect(make().accepts(fromText(text))).toBe(false)
  })

  it('only what is longer than 1024 bytes is meant to be compressed, unless told otherwise', () => {
    expect(make().above).toBe(1024)
    expect(make({ above: 0 }).above).toBe(0)
  })

  it.each([{ above: -1 }, { maxBytes: 0 }, { maxBytes: Infinity }, { levle: 1 }, { level: 99, preset: 99 }])(
    'the options %j are an OptionError',
    (options) => {
      expect(() => make(options)).toThrow(OptionError)
    },
  )
})

describe('levels', () => {
  const text = fromText(JSON.stringify(Array.from({ length: 400 }, (_, id) => ({ id, square: id * id }))))

  it('out of range are an OptionError', () => {
    expect(() => zstd({ level: 23 })).toThrow(OptionError)
    expect(() => zstd({ level: 0 })).toThrow(OptionError)
    expect(() => xz({ preset: 10 })).toThrow(OptionError)
    expect(() => xz({ preset: -1 })).toThrow(OptionError)
  })

  it('a higher one is smaller', async () => {
    expect((await zstd({ level: 19 }).compress(text)).length).toBeLessThan(
      (await zstd({ level: 1 }).compress(text)).length,
    )
    expect((await xz({ preset: 9 }).compress(text)).length).toBeLessThan(
      (await xz({ preset: 0 }).compress(text)).length,
    )
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('xz preset %d is read back', async (preset) => {
    const compressed = await xz({ preset }).compress(text)

    expect(Buffer.from(await xz().decompress(compressed)).equals(text)).toBe(true)
  })
})

describe('what Python writes', () => {
  it('lz4 with linked blocks and checksums is read', async () => {
    const read = await lz4().decompress(Buffer.from(byPython.lz4Linked, 'hex'))

    expect(Buffer.from(read).toString()).toBe('ab'.repeat(40_000))
  })

  it.each(['xzDelta', 'xzSha256'] as const)('%s is read', async (which) => {
    expect(await xz().decompress(Buffer.from(byPython[which], 'hex'))).toEqual(Buffer.from(warm))
  })

  it('xz with padding between and after streams is read', async () => {
    const stream = Buffer.from(byPython.xzSha256, 'hex')

    const read = await xz().decompress(Buffer.concat([stream, Buffer.alloc(8), stream, Buffer.alloc(4)]))

    expect(Buffer.from(read).equals(repeated(warm, 2))).toBe(true)
  })

  it('zstd without a content size is read', async () => {
    expect(Buffer.from(await zstd().decompress(Buffer.from(byPython.zstdWithoutSize, 'hex'))).equals(warm)).toBe(true)
  })

  it('zstd with bytes of an application before and after it is read', async () => {
    const skippable = Buffer.from('5a2a4d18030000000a0b0c', 'hex')
    const frame = Buffer.from(byPython.zstdWithoutSize, 'hex')

    const read = await zstd().decompress(Buffer.concat([frame, skippable]))

    expect(Buffer.from(read).equals(warm)).toBe(true)
    expect(Buffer.from(await zstd().decompress(Buffer.concat([skippable, frame]))).equals(warm)).toBe(true)
  })

  it('every value of every one of django-redis compressors is what it is uncompressed', async () => {
    const values = readFixtures()
    const plain = new Map(
      values.filter(({ compressor }) => compressor === 'identity').map((value) => [nameOf(value), value.hex]),
    )
    const byClass: Readonly<Record<string, Compressor>> = { lz4: lz4(), lzma: xz(), zstd: zstd() }
    let read = 0

    for (const value of values) {
      const bytes = Buffer.from(value.hex, 'hex')
      const compressor = byClass[value.compressor]
      const expected = plain.get(nameOf(value))
      if (compressor?.accepts(bytes) !== true || expected === undefined) continue
      expect(Buffer.from(await compressor.decompress(bytes)).toString('hex'), nameOf(value)).toBe(expected)
      read += 1
    }

    expect(read).toBeGreaterThan(150)
  })
})

describe('hostile lz4', () => {
  const plainBlock = Buffer.concat([Buffer.of(0x05, 0, 0, 0x80), fromText('hello'), Buffer.alloc(4)])

  it.each([
    ['an unknown version', '04224d18a84005000000000000000f'],
    ['a dictionary', '04224d1869400500000000000000010000000f'],
    ['blocks of a size that does not exist', '04224d186830050000000000000000'],
    ['a content size beyond what its blocks can hold', '04224d18684000000000010000000f'],
    ['a block larger than its kind', '04224d1860408201000180'],
  ])('%s is a DecodeError before anything is loaded or reserved', (_, header) => {
    expect(() => lz4().decompress(Buffer.concat([Buffer.from(header, 'hex'), plainBlock]))).toThrow(DecodeError)
  })

  it('blocks that each stay small and together do not are refused without being decompressed', async () => {
    const block = Buffer.from(await lz4().compress(new Uint8Array(64 * 1024))).subarray(7, -8)
    const bomb = Buffer.concat([Buffer.from('04224d18604082', 'hex'), repeated(block, 2000), Buffer.alloc(4)])

    expect(() => lz4().decompress(bomb)).toThrow('it would grow beyond 67108864 bytes')
  })

  it('a value within maxBytes is read where the guess from its blocks is beyond', async () => {
    const text = Buffer.concat([randomWords(20_000), new Uint8Array(10_000)])

    const compressed = await lz4().compress(text)

    expect(compressed.length).toBeLessThan(text.length)
    expect(await lz4({ maxBytes: text.length }).decompress(compressed)).toHaveLength(text.length)
    expect(() => lz4({ maxBytes: text.length - 1 }).decompress(compressed)).toThrow('raise the option maxBytes')
  })
})

describe('hostile zstd', () => {
  /** One byte, 128 KiB times. */
  const block = (isLast: boolean): Buffer => Buffer.of((isLast ? 1 : 0) + 2, 0x00, 0x10, 0x00)

  it('a bomb of 128 MiB in 4 KB without a content size is refused before anything is decompressed', () => {
    const bomb = Buffer.concat([Buffer.from('28b52ffd0038', 'hex'), repeated(block(false), 1023), block(true)])

    expect(bomb.length).toBeLessThan(5000)
    expect(() => zstd().decompress(bomb)).toThrow('it would grow beyond 67108864 bytes')
  })

  it('compressed blocks without a content size stop at maxBytes', async () => {
    const whole = Buffer.from(await zstd().compress(randomWords(1_000_000)))
    const stripped = withoutContentSize(whole)

    expect(await zstd().decompress(stripped)).toHaveLength(1_000_000)
    await expect(settle(() => zstd({ maxBytes: 900_000 }).decompress(stripped))).rejects.toThrow('beyond 900000 bytes')
  })

  it.each([
    ['a content size beyond what its blocks can hold', '28b52ffda0000000010b000078'],
    ['a window of 2 TiB', '28b52ffd00ff010000'],
    ['a dictionary', '28b52ffd210105010000'],
    ['a reserved bit', '28b52ffd2801010000'],
    ['a reserved kind of block', '28b52ffd2001070000'],
    ['a block larger than the window', '28b52ffd2001110000aabb'],
  ])('%s is a DecodeError at once', (_, hex) => {
    expect(() => zstd().decompress(Buffer.from(hex, 'hex'))).toThrow(new DecodeError('', 'zstd', 'it is damaged'))
  })

  it('any blocks without a content size are read within maxBytes or are a DecodeError', async () => {
    const engine = zstd({ maxBytes: 100_000 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (noise) => {
        const bytes = Buffer.concat([Buffer.from('28b52ffd0038', 'hex'), noise])

        const read = await settle(() => engine.decompress(bytes)).catch((error: unknown) => error)

        if (read instanceof Uint8Array) expect(read.length).toBeLessThanOrEqual(100_000)
        else expect(read).toBeInstanceOf(DecodeError)
      }),
    )
  })

  it('the WebAssembly library and the one in use read each other', async () => {
    const inWasm = await compressInWasm(warm, 3)
    const bytes = await zstd().compress(warm)

    expect(Buffer.from(await zstd().decompress(inWasm)).equals(warm)).toBe(true)
    expect(Buffer.from(await decompressInWasm({ bytes, most: warm.length, isExact: true }, 1000)).equals(warm)).toBe(
      true,
    )
  })
})

describe('hostile xz', () => {
  const stream = Buffer.from(byPython.xzSha256, 'hex')

  it.each([
    ['a dictionary of 4 GiB', 16, 40],
    ['an unknown filter', 14, 0x7f],
    ['a chunk of no known kind', 24, 0x40],
    ['a check of no known kind', 7, 0x1f],
    ['reserved flags of a stream', 6, 1],
  ])('%s is a DecodeError before anything is loaded or reserved', (_, at, value) => {
    const broken = Buffer.from(stream)
    broken[at] = value

    expect(() => xz().decompress(broken)).toThrow(new DecodeError('', 'xz', 'it is damaged'))
  })

  it('a chunk that makes other than it says is a DecodeError', async () => {
    const broken = Buffer.from(stream)
    broken[26] = (broken[26] ?? 0) + 1

    await expect(settle(() => xz().decompress(broken))).rejects.toThrow(DecodeError)
  })

  it('text full of the letters that end a stream takes no longer than other text', async () => {
    const letters = repeated(fromText('YZ'), 200_000)

    const compressed = await xz({ preset: 0 }).compress(letters)

    expect(Buffer.from(await xz().decompress(compressed)).equals(letters)).toBe(true)
  }, 2000)
})

describe('a missing package', () => {
  it('is an OptionError that says what to install', async () => {
    const missing = Object.assign(new Error("Cannot find package 'lz4-napi' imported from /app/lz4.js"), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    const peer = lazyPeer('lz4-napi', () => Promise.reject(missing))

    const error = await settle(peer).catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(OptionError)
    expect(error).toMatchObject({
      message: 'this compressor needs the package "lz4-napi", which is missing: npm install lz4-napi',
      cause: missing,
    })
  })

  it('that is there and does not load says so', async () => {
    const peer = lazyPeer('lz4-napi', () => Promise.reject(new Error("Cannot find module './lz4.linux-riscv64.node'")))

    await expect(settle(peer)).rejects.toThrow('"lz4-napi" is there and does not load on this system')
  })

  it('is looked for again at the next call', async () => {
    const answers = [Promise.reject(new Error('not yet')), Promise.resolve('library')]
    const peer = lazyPeer('some-package', () => answers.shift() ?? Promise.reject(new Error('never')))

    await expect(settle(peer)).rejects.toThrow(OptionError)

    expect(await peer()).toBe('library')
    expect(peer()).toBe('library')
  })
})

describe("django-redis' settings", () => {
  const settings = [
    ['zlib', 'zlib.ZlibCompressor', 15],
    ['gzip', 'gzip.GzipCompressor', 15],
    ['lz4', 'lz4.Lz4Compressor', 15],
    ['xz', 'lzma.LzmaCompressor', 100],
    ['zstd', 'zstd.ZStdCompressor', 15],
  ] as const

  it.each(settings)('%s begins where %s does', (name, path, above) => {
    const compressor = djangoCompression.get(`django_redis.compressors.${path}`)?.()

    expect(compressor).toMatchObject({ name, above })
  })

  it('no compression is among them', () => {
    const compressor = djangoCompression.get('django_redis.compressors.identity.IdentityCompressor')?.()

    expect(compressor).toMatchObject({ name: 'identity', above: Infinity })
  })

  it('each reads what each wrote, and what nobody compressed', async () => {
    const compressors = [...djangoCompression.values()].map((make) => make())
    const value = 'the same words again; '.repeat(20)

    for (const compressor of compressors) {
      const others = compressors.filter((other) => other !== compressor)
      const bytes = await createCodec({ serializers: [json()], compressors: [compressor] }).encode(value)
      const read = await createCodec({ serializers: [json()], compressors: [...others, compressor] }).decode(bytes, 'k')
      expect(read).toBe(value)
    }
  })
})

interface Fixture {
  readonly name: string
  readonly serializer: string
  readonly compressor: string
  readonly hex: string
  readonly source: string
}

function readFixtures(): readonly Fixture[] {
  const path = join(import.meta.dirname, '../../fixtures/python-values.json')
  return JSON.parse(readFileSync(path, 'utf8')) as Fixture[]
}

function nameOf({ name, serializer, source }: Fixture): string {
  return `${name} by ${serializer} of ${source}`
}

function repeated(bytes: Bytes, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes))
}

/** Text that takes blocks of the compressed kind. */
function randomWords(size: number): Buffer {
  return Buffer.from(randomBytes(size / 2).toString('hex'), 'latin1')
}

/** The same frame, its header telling a window of 1 MiB in place of the content size. */
function withoutContentSize(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0
  const sizes = [(flags & 0x20) === 0 ? 0 : 1, 2, 4, 8]
  const begin = 5 + ((flags & 0x20) === 0 ? 1 : 0) + (sizes[flags >> 6] ?? 0)
  return Buffer.concat([frame.subarray(0, 4), Buffer.of(flags & 0x04, 10 << 3), frame.subarray(begin)])
}

/** What throws at once and what rejects, made alike. */
async function settle<T>(call: () => T | Promise<T>): Promise<T> {
  return call()
}
