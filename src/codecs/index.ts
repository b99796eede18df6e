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
export type { CompressOptions } from './compress/native.ts'
export { zlib, type ZlibOptions } from './compress/zlib.ts'
export type { Codec, Compressor, MaybePromise, Serializer } from './codec.ts'
export { json } from './json.ts'
export { structured } from './structured.ts'
