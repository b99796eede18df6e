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
export { msgpack, type MsgpackOptions } from './msgpack.ts'
export { MsgpackExtension, MsgpackTimestamp } from './msgpack/values.ts'
export {
  PyByteArray,
  PyCounter,
  PyDefaultDict,
  PyDeque,
  PyFrozenSet,
  PyOrderedDict,
  PyTuple,
} from './pickle/collections.ts'
export { PyDate, PyDateTime, PyTime } from './pickle/datetimes.ts'
export { PyExtension, PyObject, PyPersistentId } from './pickle/objects.ts'
export type { PickleOptions } from './pickle/options.ts'
export { pickle } from './pickle/pickle.ts'
export { PyTimeDelta } from './pickle/timedelta.ts'
export { PyComplex, PyDecimal, PyFloat, PyGlobal, PyHerdMarker, PySafeString, PyUuid } from './pickle/values.ts'
export { PyPytzZone, type PytzLocal, type PyZone, PyTimeZone, PyZoneInfo } from './pickle/zones.ts'
export { structured } from './structured.ts'
