import type { Bytes } from '../base/bytes.ts'

/** Either the thing or a promise of it: what works at once is not made to wait. */
export type MaybePromise<T> = T | Promise<T>

/** Values to bytes and back, in one format. */
export interface Serializer {
  /** Named in errors, such as `json`. */
  readonly name: string
  /**
   * Whether every bigint comes back as one. Without it those within ±(2^53 - 1) are written as plain decimal text,
   * which reads back as a number.
   */
  readonly keepsBigInt?: boolean
  /** @throws TypeError for a value that the format cannot hold. */
  serialize(value: unknown): MaybePromise<Bytes>
  /** @throws DecodeError for bytes that are not of this format, or a hostile version of it. */
  deserialize(bytes: Bytes): MaybePromise<unknown>
  /** A cheap look at the first bytes; `false` only when they cannot be of this format. */
  accepts(bytes: Bytes): boolean
}

/** Smaller bytes for large values. */
export interface Compressor {
  /** Named in errors, such as `gzip`. */
  readonly name: string
  /** Only what is longer than this many bytes is compressed. */
  readonly above: number
  compress(bytes: Bytes): MaybePromise<Bytes>
  /** @throws DecodeError for bytes that are not of this format, are cut short or would grow beyond the maximum size. */
  decompress(bytes: Bytes): MaybePromise<Bytes>
  /** A cheap look at the first bytes; `false` only when they cannot be of this format. */
  accepts(bytes: Bytes): boolean
}

/** A serializer and a compressor made one: what a cache calls. */
export interface Codec {
  encode(value: unknown): MaybePromise<Bytes>
  /** @throws DecodeError naming `key` and the formats tried, never the value. */
  decode(bytes: Bytes, key: string): MaybePromise<unknown>
}
