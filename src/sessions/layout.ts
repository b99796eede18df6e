import type { Bytes } from '../base/bytes.ts'
import type { Codec, MaybePromise } from '../codecs/codec.ts'
import { type Fields, toFields, toRecord } from './fields.ts'
import { hashed, isKey, newKey } from './ids.ts'

/** How sessions lie in the cache: what else shares them has its own, such as Django. */
export interface SessionLayout {
  /** A key for a cookie, of at least 128 random bits. */
  newKey(): string
  /** Whether a text may be such a key. What is none is never asked of the cache. */
  isKey(text: string): boolean
  /** The cache's key for the session whose cookie has `key`. */
  nameOf(key: string): string
  /** @throws TypeError for a value that cannot be stored. */
  encode(fields: Fields): MaybePromise<Bytes>
  /** @throws DecodeError for bytes that hold no session. */
  decode(bytes: Bytes, name: string): MaybePromise<Fields>
}

export interface LayoutOptions {
  readonly codec: Codec
  /** Put before the key, or its hash. */
  readonly prefix: string
  /** Whether only a hash of the key is in the cache, so that nobody who reads the cache can log in. */
  readonly hashKeys: boolean
}

/** A record of all fields through the cache's own serializer. */
export function plainLayout({ codec, prefix, hashKeys }: LayoutOptions): SessionLayout {
  return {
    newKey,
    isKey,
    nameOf: (key) => prefix + (hashKeys ? hashed(key) : key),
    encode: (fields) => codec.encode(toRecord(fields)),
    decode: (bytes, name) => {
      const value = codec.decode(bytes, name)
      return value instanceof Promise ? value.then((known) => toFields(known, name)) : toFields(value, name)
    },
  }
}
