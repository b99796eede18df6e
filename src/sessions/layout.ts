import type { Bytes } from '../base/bytes.ts'
import type { Codec, MaybePromise } from '../codecs/codec.ts'
import { type Fields, toFields, toRecord } from './fields.ts'
import { hashed, isKey, newKey } from './ids.ts'
import { Remembered } from './remembered.ts'

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
  /** @throws DecodeError for bytes that hold no session, which does not tell the key. */
  decode(bytes: Bytes, name: string): MaybePromise<Fields>
  /** Of records that others read and write too. */
  readonly shared?: SharedRecords
}

/**
 * What is otherwise when others, such as Django, read and write the records too. A record then holds nothing of our own:
 * a key that is given up leaves no stone there, which others would take for a session, but a mark beside it. Bytes that
 * cannot be read are no session.
 */
export interface SharedRecords {
  /** The cache's key for the mark of a record that has gone. */
  markOf(name: string): string
  /**
   * Whether what is not in the cache is nowhere. Else others would find an ended session elsewhere, such as in a database:
   * so it ends by becoming empty, and one that is not there may still be a session for them.
   */
  readonly isWhole: boolean
  /** How long an emptied record stays: no session lives longer without being saved. */
  readonly emptiedMs: number
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
    nameOf: hashKeys ? hashedNames(prefix) : (key) => prefix + key,
    encode: (fields) => codec.encode(toRecord(fields)),
    decode: (bytes, name) => {
      const told = hashKeys ? name : withoutKey(prefix)
      const value = codec.decode(bytes, told)
      return value instanceof Promise ? value.then((known) => toFields(known, told)) : toFields(value, told)
    },
  }
}

/** Hashing takes longer than all else that is done to a request's cookie, and most requests come with one that came before. */
function hashedNames(prefix: string): (key: string) => string {
  const names = new Remembered<string>()
  return (key) => {
    const known = names.get(key)
    if (known !== undefined) return known
    const name = prefix + hashed(key)
    names.set(key, name)
    return name
  }
}

/** What errors call a record whose name has the key in it: who has that is logged in. */
export function withoutKey(prefix: string): string {
  return `${prefix}*`
}
