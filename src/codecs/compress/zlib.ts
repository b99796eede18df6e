import * as node from 'node:zlib'

import type { Bytes } from '../../base/bytes.ts'
import { checkInteger } from '../../base/options.ts'
import type { Compressor } from '../codec.ts'
import { type CompressOptions, nativeCompressor, resolveCompressOptions } from './native.ts'

export interface ZlibOptions extends CompressOptions {
  /** From 0 (only stored) and 1 (fast) to 9 (small). @defaultValue 6 */
  readonly level?: number
}

/**
 * The zlib format, as Python's `zlib` writes it; known by its two header bytes.
 *
 * @throws OptionError
 */
export function zlib(options: ZlibOptions = {}): Compressor {
  const config = resolveCompressOptions(options, 'level', 'zlib')
  const level = checkInteger(options.level ?? 6, [0, 9], 'zlib level')
  return nativeCompressor(
    {
      name: 'zlib',
      compress: (bytes, done) => node.deflate(bytes, { level }, done),
      compressSync: (bytes) => node.deflateSync(bytes, { level }),
      decompress: (bytes, how, done) => node.inflate(bytes, how, done),
      decompressSync: (bytes, how) => node.inflateSync(bytes, how),
      accepts,
    },
    config,
  )
}

/** Deflate with a window of 32 KiB, and the check over both bytes (RFC 1950, 2.2). */
function accepts(bytes: Bytes): boolean {
  const [first, second] = bytes
  return first === 0x78 && second !== undefined && (first * 256 + second) % 31 === 0
}
