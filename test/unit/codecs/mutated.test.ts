import { describe, expect, it } from 'vitest'

import { type Bytes, fromText } from '../../../src/base/bytes.ts'
import type { MaybePromise } from '../../../src/codecs/codec.ts'
import { brotli } from '../../../src/codecs/compress/brotli.ts'
import { gzip } from '../../../src/codecs/compress/gzip.ts'
import { lz4 } from '../../../src/codecs/compress/lz4.ts'
import { xz } from '../../../src/codecs/compress/xz.ts'
import { zlib } from '../../../src/codecs/compress/zlib.ts'
import { zstd } from '../../../src/codecs/compress/zstd.ts'
import { json } from '../../../src/codecs/json.ts'
import { msgpack } from '../../../src/codecs/msgpack.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { structured } from '../../../src/codecs/structured.ts'
import { djangoJson } from '../../../src/django/json.ts'
import { heapBytes, mutated, randomFrom, readsOrRefuses } from '../../support/mutations.ts'
import { pythonValues } from '../../support/python-values.ts'

/** Something that reads hostile bytes, and what it reads when they are not. */
interface Decoder {
  readonly name: string
  /** How many inputs it is given. */
  readonly count: number
  readonly samples: () => MaybePromise<readonly Bytes[]>
  readonly read: (bytes: Bytes) => MaybePromise<unknown>
}

const pickles = (): Bytes[] => pythonValues('pickle', 'pickle0', 'pickle2', 'pickle5').map(({ bytes }) => bytes)
const jsons = (): Bytes[] => pythonValues('json').map(({ bytes }) => bytes)

const values = [
  { name: 'Ann', tags: new Set(['a', 'b']), at: new Date(0), map: new Map([[1, [2n, Number.NaN]]]) },
  [Uint8Array.of(1, 2, 3), undefined, -0, /a+/g, new Error('no')],
]

const compressors = [zlib, gzip, brotli, zstd, lz4, xz].map((make): Decoder => {
  const compressor = make({ above: 0, maxBytes: 64 * 1024 })
  const plain = [fromText('a'), fromText('warm '.repeat(40)), ...pickles().filter(({ length }) => length > 300)]
  return {
    name: compressor.name,
    count: compressor.name === 'xz' ? 2000 : 4000,
    samples: () => Promise.all(plain.map(async (bytes) => compressor.compress(bytes))),
    read: (bytes) => compressor.decompress(bytes),
  }
})

const decoders: readonly Decoder[] = [
  { name: 'pickle', count: 20_000, samples: pickles, read: pickle().deserialize },
  { name: 'pickle, tagged', count: 15_000, samples: pickles, read: pickle({ unknown: 'tagged' }).deserialize },
  {
    name: 'msgpack',
    count: 15_000,
    samples: () => pythonValues('msgpack').map(({ bytes }) => bytes),
    read: msgpack().deserialize,
  },
  { name: 'django-json', count: 15_000, samples: jsons, read: djangoJson().deserialize },
  { name: 'json', count: 5000, samples: jsons, read: json().deserialize },
  {
    name: 'structured',
    count: 10_000,
    samples: () => Promise.all(values.map(async (value) => structured().serialize(value))),
    read: structured().deserialize,
  },
  ...compressors,
]

describe('a hundred thousand mutated inputs', () => {
  it('are what these decoders are given', () => {
    expect(decoders.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(100_000)
  })

  it.each(decoders.map((decoder, index) => ({ ...decoder, seed: index + 1 })))(
    'are read or refused, quickly, and nothing stays behind: $name',
    async ({ count, samples, read, seed }) => {
      const random = randomFrom(seed)
      const known = await samples()
      await read(known[0] as Bytes)
      const before = heapBytes()

      let readable = 0
      for (let left = count; left > 0; left--) if (await readsOrRefuses(read, mutated(known, random))) readable++

      expect(readable).toBeGreaterThan(0)
      expect(readable).toBeLessThan(count)
      expect(heapBytes() - before).toBeLessThan(16 * 1024 * 1024)
    },
    60_000,
  )
})
