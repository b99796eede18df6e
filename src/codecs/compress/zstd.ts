import * as node from 'node:zlib'

import { type Bytes, view } from '../../base/bytes.ts'
import { checkInteger } from '../../base/options.ts'
import type { Compressor, MaybePromise } from '../codec.ts'
import { decompressFrames, type Frame } from './framed.ts'
import { type CompressConfig, type CompressOptions, nativeCompressor, resolveCompressOptions } from './native.ts'
import { passZstdFrame, zstdMagic } from './zstd-frame.ts'
import { compressInWasm, decompressInWasm } from './zstd-wasm.ts'

export interface ZstdOptions extends CompressOptions {
  /** From 1 (fast) to 22 (small, and slow, and taking hundreds of megabytes from 20 on). @defaultValue 3 */
  readonly level?: number
}

/** What Node.js has from 22.15 on. */
interface NativeZstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
  readonly zstdCompress: (bytes: Bytes, options: ZstdParams, done: Done<Bytes>) => void
  readonly zstdCompressSync: (bytes: Bytes, options: ZstdParams) => Bytes
  readonly zstdDecompress: (bytes: Bytes, options: object, done: Done<unknown>) => void
  readonly zstdDecompressSync: (bytes: Bytes, options: object) => unknown
}

interface ZstdParams {
  readonly params: Readonly<Record<number, number>>
}

type Done<T> = (error: Error | null, result: T) => void

/**
 * The Zstandard format, known by its first four bytes. Where `node:zlib` has none (before Node.js 22.15) it needs the
 * package `@bokuweb/zstd-wasm`: without it the first use is an `OptionError`.
 *
 * @throws OptionError
 */
export function zstd(options: ZstdOptions = {}): Compressor {
  const config = resolveCompressOptions(options, 'level', 'zstd')
  const level = checkInteger(options.level ?? 3, [1, 22], 'zstd level')
  const engine = nativeEngine(level, config) ?? {
    compress: (bytes: Bytes) => compressInWasm(bytes, level),
    decompress: (frame: Frame) => decompressInWasm(frame, config.maxBytes),
  }
  const format = { name: 'zstd', maxBytes: config.maxBytes, pass: passZstdFrame, decompress: engine.decompress }
  return {
    name: 'zstd',
    above: config.above,
    accepts,
    compress: engine.compress,
    decompress: (bytes) => decompressFrames(bytes, format),
  }
}

interface Engine {
  readonly compress: (bytes: Bytes) => MaybePromise<Bytes>
  readonly decompress: (frame: Frame) => MaybePromise<Bytes>
}

function nativeEngine(level: number, config: CompressConfig): Engine | undefined {
  if (!('zstdCompress' in node)) return undefined
  const zlib = node as unknown as NativeZstd
  const options = { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }
  const bare = nativeCompressor(
    {
      name: 'zstd',
      compress: (bytes, done) => zlib.zstdCompress(bytes, options, done),
      compressSync: (bytes) => zlib.zstdCompressSync(bytes, options),
      decompress: (bytes, how, done) => zlib.zstdDecompress(bytes, how, done),
      decompressSync: (bytes, how) => zlib.zstdDecompressSync(bytes, how),
      accepts,
    },
    config,
  )
  return { compress: bare.compress, decompress: ({ bytes }) => bare.decompress(bytes) }
}

function accepts(bytes: Bytes): boolean {
  return view(bytes.subarray(0, zstdMagic.length)).equals(zstdMagic)
}
