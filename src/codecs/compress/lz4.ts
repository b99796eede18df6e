import { type Bytes, view } from '../../base/bytes.ts'
import type { Compressor, MaybePromise } from '../codec.ts'
import { andThen, decompressFrames } from './framed.ts'
import { lz4Magic, passLz4Frame } from './lz4-frame.ts'
import { type CompressOptions, resolveCompressOptions } from './native.ts'
import { lazyPeer } from './peer.ts'

/** It has one level only: there is none to choose. */
export type Lz4Options = CompressOptions

/** What is used of the package `lz4-napi`. */
interface Lz4 {
  compressFrame(bytes: Uint8Array, options: FrameOptions): Promise<Bytes>
  compressFrameSync(bytes: Buffer, options: FrameOptions): Bytes
  decompressFrame(bytes: Uint8Array): Promise<Bytes>
  decompressFrameSync(bytes: Buffer): Bytes
}

interface FrameOptions {
  readonly contentChecksum: boolean
}

const peer = lazyPeer<Lz4>('lz4-napi', () => import('lz4-napi'))

/** Without the checksum a damaged value would come back as another value. */
const frameOptions: FrameOptions = { contentChecksum: true }

/** So many bytes are done in the time that the detour over the thread pool takes. */
const poolFrom = 128 * 1024

/**
 * The LZ4 frame format, as Python's `lz4.frame` writes it; known by its first four bytes. Needs the package `lz4-napi`:
 * without it the first use is an `OptionError`.
 *
 * @throws OptionError
 */
export function lz4(options: Lz4Options = {}): Compressor {
  const config = resolveCompressOptions(options, undefined, 'lz4')
  const format = { name: 'lz4', maxBytes: config.maxBytes, pass: passLz4Frame, decompress: decompressFrame }
  return {
    name: 'lz4',
    above: config.above,
    accepts: (bytes) => view(bytes.subarray(0, lz4Magic.length)).equals(lz4Magic),
    compress: (bytes) => andThen(peer(), (library) => compress(bytes, library)),
    decompress: (bytes) => decompressFrames(bytes, format),
  }
}

function compress(bytes: Bytes, library: Lz4): MaybePromise<Bytes> {
  return bytes.byteLength < poolFrom
    ? library.compressFrameSync(view(bytes), frameOptions)
    : library.compressFrame(bytes, frameOptions)
}

function decompressFrame({ bytes, most }: { readonly bytes: Bytes; readonly most: number }): MaybePromise<Bytes> {
  return andThen<Lz4, Bytes>(peer(), (library) =>
    most < poolFrom ? library.decompressFrameSync(view(bytes)) : library.decompressFrame(bytes),
  )
}
