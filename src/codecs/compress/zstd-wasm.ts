import type { Bytes } from '../../base/bytes.ts'
import type { MaybePromise } from '../codec.ts'
import { andThen, type Frame } from './framed.ts'
import { lazyPeer } from './peer.ts'
import { tooLarge } from './reasons.ts'

/** What is used of the package `@bokuweb/zstd-wasm`. */
interface ZstdWasm {
  init(): Promise<void>
  compress(bytes: Uint8Array, level: number): Uint8Array
  decompress(bytes: Uint8Array, options: { readonly defaultHeapSize: number }): Uint8Array
}

const name = '@bokuweb/zstd-wasm'
const peer = lazyPeer<ZstdWasm>(name, async () => {
  const library = await import('@bokuweb/zstd-wasm')
  if (!isReady(library)) await library.init()
  return library
})

/** Its 2 GiB of memory hold input and output of so much; beyond, it would write where nothing was given to it. */
const mostAtOnce = 512 * 1024 * 1024

export function compressInWasm(bytes: Bytes, level: number): MaybePromise<Bytes> {
  if (bytes.byteLength > mostAtOnce) {
    throw new TypeError(`zstd: without native zstd (Node.js 22.15) values may take up to ${mostAtOnce} bytes`)
  }
  return andThen(peer(), (library) => library.compress(bytes, level))
}

/** @throws DecodeError also for more than `maxBytes`, which its headers need not tell. */
export function decompressInWasm({ bytes, most }: Frame, maxBytes: number): MaybePromise<Bytes> {
  if (most > mostAtOnce) throw tooLarge('zstd', mostAtOnce)
  return andThen<ZstdWasm, Bytes>(peer(), (library) => {
    try {
      return library.decompress(bytes, { defaultHeapSize: most })
    } catch (cause) {
      throw most === maxBytes && isOutOfSpace(cause) ? tooLarge('zstd', maxBytes, cause) : cause
    }
  })
}

/** `ZSTD_error_dstSize_tooSmall` is 70; the library tells numbers only. */
function isOutOfSpace(cause: unknown): boolean {
  return cause instanceof Error && cause.message.endsWith(' -70')
}

/** A second `init` would take the memory away from under those who use it already, the application perhaps. */
function isReady(library: ZstdWasm): boolean {
  try {
    library.compress(new Uint8Array(1), 1)
    return true
  } catch {
    return false
  }
}
