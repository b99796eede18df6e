import * as node from 'node:zlib'

import { type Bytes, view } from '../../base/bytes.ts'
import { checkInteger } from '../../base/options.ts'
import type { Compressor, MaybePromise } from '../codec.ts'
import { type CompressOptions, nativeCompressor, resolveCompressOptions } from './native.ts'

export interface BrotliOptions extends CompressOptions {
  /** From 0 (fast) to 11 (small, and hundreds of times slower). @defaultValue 4 */
  readonly quality?: number
}

/** Brotli has no first bytes of its own; these are those of its framing format. */
const magic = Buffer.of(0xce, 0xb2, 0xcf, 0x81)

/**
 * Brotli behind the bytes CE B2 CF 81, by which it is known; without them it is not read.
 *
 * @throws OptionError
 */
export function brotli(options: BrotliOptions = {}): Compressor {
  const config = resolveCompressOptions(options, 'quality', 'brotli')
  const quality = checkInteger(options.quality ?? 4, [0, 11], 'brotli quality')
  const params = { [node.constants.BROTLI_PARAM_QUALITY]: quality }
  const bare = nativeCompressor(
    {
      name: 'brotli',
      compress: (bytes, done) => node.brotliCompress(bytes, { params }, done),
      compressSync: (bytes) => node.brotliCompressSync(bytes, { params }),
      decompress: (bytes, how, done) => node.brotliDecompress(bytes, how, done),
      decompressSync: (bytes, how) => node.brotliDecompressSync(bytes, how),
      accepts: (bytes) => view(bytes.subarray(0, magic.length)).equals(magic),
    },
    config,
  )
  return {
    ...bare,
    compress: (bytes) => withMagic(bare.compress(bytes)),
    decompress: (bytes) => bare.decompress(bytes.subarray(magic.length)),
  }
}

function withMagic(compressed: MaybePromise<Bytes>): MaybePromise<Bytes> {
  return compressed instanceof Promise
    ? compressed.then((bytes) => Buffer.concat([magic, bytes]))
    : Buffer.concat([magic, compressed])
}
