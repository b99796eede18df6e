import type { Compressor } from '../codecs/codec.ts'
import { gzip } from '../codecs/compress/gzip.ts'
import { identity } from '../codecs/compress/identity.ts'
import { lz4 } from '../codecs/compress/lz4.ts'
import { xz } from '../codecs/compress/xz.ts'
import { zlib } from '../codecs/compress/zlib.ts'
import { zstd } from '../codecs/compress/zstd.ts'

/** Their `min_length`: what is no longer is left as it is. */
const above = 15
const aboveXz = 100

/** django-redis' compressors by their dotted paths, with its levels and thresholds. Each side reads what the other wrote. */
export const djangoCompression: ReadonlyMap<string, () => Compressor> = new Map([
  ['django_redis.compressors.identity.IdentityCompressor', identity],
  ['django_redis.compressors.zlib.ZlibCompressor', () => zlib({ level: 6, above })],
  ['django_redis.compressors.gzip.GzipCompressor', () => gzip({ level: 9, above })],
  ['django_redis.compressors.lz4.Lz4Compressor', () => lz4({ above })],
  ['django_redis.compressors.lzma.LzmaCompressor', () => xz({ preset: 4, above: aboveXz })],
  ['django_redis.compressors.zstd.ZStdCompressor', () => zstd({ level: 3, above })],
])
