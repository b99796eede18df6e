/**
 * How values become bytes: serializers and compressors to choose from, and the ports for writing one's own.
 *
 * ```ts
 * import { json, structured, zlib } from 'everwarm/codecs'
 * ```
 *
 * @module
 */

export type { Bytes } from '../base/bytes.ts'
export { brotli, type BrotliOptions } from './compress/brotli.ts'
export { gzip, type GzipOptions } from './compress/gzip.ts'
export { identity } from './compress/identity.ts'
export { lz4, type Lz4Options } from './compress/lz4.ts'
export type { CompressOptions } from './compress/native.ts'
export { xz, type XzOptions } from './compress/xz.ts'
export { zlib, type ZlibOptions } from './compress/zlib.ts'
export { zstd, type ZstdOptions } from './compress/zstd.ts'
export type { Codec, Compressor, MaybePromise, Serializer } from './codec.ts'
export { json } from './json.ts'
export { structured } from './structured.ts'
