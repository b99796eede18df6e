import * as node from 'node:zlib'

import { checkInteger } from '../../base/options.ts'
import type { Compressor } from '../codec.ts'
import { type CompressOptions, nativeCompressor, resolveCompressOptions } from './native.ts'

export interface GzipOptions extends CompressOptions {
  /** From 0 (only stored) and 1 (fast) to 9 (small). @defaultValue 6 */
  readonly level?: number
}

/**
 * The gzip format, known by its first three bytes.
 *
 * @throws OptionError
 */
export function gzip(options: GzipOptions = {}): Compressor {
  const config = resolveCompressOptions(options, 'level', 'gzip')
  const level = checkInteger(options.level ?? 6, [0, 9], 'gzip level')
  return nativeCompressor(
    {
      name: 'gzip',
      compress: (bytes, done) => node.gzip(bytes, { level }, done),
      compressSync: (bytes) => node.gzipSync(bytes, { level }),
      decompress: (bytes, how, done) => node.gunzip(bytes, how, done),
      decompressSync: (bytes, how) => node.gunzipSync(bytes, how),
      accepts: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08,
    },
    config,
  )
}
