import { constants } from 'node:buffer'
import type { ZlibOptions } from 'node:zlib'

import type { Bytes } from '../../base/bytes.ts'
import { checkInteger, checkOptions } from '../../base/options.ts'
import { DecodeError } from '../../errors.ts'
import type { Compressor, MaybePromise } from '../codec.ts'
import { cutShort, damaged, moreFollows, tooLarge } from './reasons.ts'

/** What all compressors take. */
export interface CompressOptions {
  /**
   * Only what is longer than this many bytes is compressed. Shorter values fit one network packet anyway, and cost more
   * time than they save. @defaultValue 1024
   */
  readonly above?: number
  /** The most bytes that reading one value may produce; more is a `DecodeError`. @defaultValue 67108864 (64 MiB) */
  readonly maxBytes?: number
}

export interface CompressConfig {
  readonly above: number
  readonly maxBytes: number
}

/** @throws OptionError for unknown names and what is out of range. */
export function resolveCompressOptions(
  options: CompressOptions,
  own: string | undefined,
  where: string,
): CompressConfig {
  checkOptions(options, [...(own === undefined ? [] : [own]), 'above', 'maxBytes'], where)
  const { above = 1024, maxBytes = 64 * 1024 * 1024 } = options
  return {
    above: checkInteger(above, [0, Number.MAX_SAFE_INTEGER], `${where} above`),
    maxBytes: checkInteger(maxBytes, [1, constants.MAX_LENGTH], `${where} maxBytes`),
  }
}

/** How node:zlib answers when asked for `info`: with the engine, which knows how much of the input it used. */
interface Inflated {
  readonly buffer: Bytes
  readonly engine: { readonly bytesWritten: number }
}

type Callback<T> = (error: Error | null, result: T) => void

/** One format of node:zlib, its options applied. */
export interface NativeFormat {
  readonly name: string
  readonly compress: (bytes: Bytes, done: Callback<Bytes>) => void
  readonly compressSync: (bytes: Bytes) => Bytes
  readonly decompress: (bytes: Bytes, options: ZlibOptions, done: Callback<unknown>) => void
  readonly decompressSync: (bytes: Bytes, options: ZlibOptions) => unknown
  readonly accepts: (bytes: Bytes) => boolean
}

/**
 * From here on the thread pool does it: its detour takes 0.1 to 0.2 ms, which is what 4 KiB take to compress and 64 KiB
 * to decompress; so much is waited for to keep the event loop from standing still for longer than half a millisecond.
 */
const poolFrom = 16 * 1024

/** A compressor over node:zlib: at once for small inputs, in the thread pool for large ones. */
export function nativeCompressor(format: NativeFormat, config: CompressConfig): Compressor {
  const options: ZlibOptions = { info: true, maxOutputLength: config.maxBytes }
  return {
    name: format.name,
    above: config.above,
    accepts: format.accepts,
    compress: (bytes) =>
      bytes.byteLength < poolFrom ? format.compressSync(bytes) : inPool((done) => format.compress(bytes, done)),
    decompress: (bytes) => decompress(bytes, { format, options, maxBytes: config.maxBytes }),
  }
}

interface Decompression {
  readonly format: NativeFormat
  readonly options: ZlibOptions
  readonly maxBytes: number
}

function decompress(bytes: Bytes, how: Decompression): MaybePromise<Bytes> {
  const { format, options } = how
  if (bytes.byteLength < poolFrom) {
    try {
      return wholeOf(format.decompressSync(bytes, options) as Inflated, bytes, how)
    } catch (cause) {
      throw asDecodeError(cause, how)
    }
  }
  return inPool<unknown>((done) => format.decompress(bytes, options, done)).then(
    (inflated) => wholeOf(inflated as Inflated, bytes, how),
    (cause: unknown) => {
      throw asDecodeError(cause, how)
    },
  )
}

function inPool<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)))
  })
}

function wholeOf(inflated: Inflated, bytes: Bytes, how: Decompression): Bytes {
  if (inflated.engine.bytesWritten === bytes.byteLength) return inflated.buffer
  throw moreFollows(how.format.name)
}

function asDecodeError(cause: unknown, how: Decompression): DecodeError {
  if (cause instanceof DecodeError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(how.format.name, how.maxBytes, cause)
  return code === 'Z_BUF_ERROR' ? cutShort(how.format.name, cause) : damaged(how.format.name, cause)
}
