import { type Bytes, view } from '../../base/bytes.ts'
import { cutShort } from './reasons.ts'

/** Walks over headers from front to back. Whatever would be read beyond the end is a `DecodeError`. */
export class Cursor {
  readonly #bytes: Buffer
  readonly #format: string
  #at = 0

  constructor(bytes: Bytes, format: string) {
    this.#bytes = view(bytes)
    this.#format = format
  }

  /** How many bytes were passed. */
  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength
  }

  /** The next byte, without passing it. */
  get next(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** Whether the bytes of `magic` come next; they are passed when they do. */
  takes(magic: Bytes): boolean {
    const end = this.#at + magic.byteLength
    if (!this.#bytes.subarray(this.#at, end).equals(magic)) return false
    this.#at = end
    return true
  }

  /** Passes `count` bytes and gives them. */
  take(count: number): Bytes {
    const start = this.#pass(count)
    return this.#bytes.subarray(start, this.#at)
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#pass(1))
  }

  /** An unsigned little-endian integer of 1 to 6 bytes. */
  uintLE(width: number): number {
    return this.#bytes.readUIntLE(this.#pass(width), width)
  }

  /** An unsigned big-endian integer of 1 to 6 bytes. */
  uintBE(width: number): number {
    return this.#bytes.readUIntBE(this.#pass(width), width)
  }

  /** An unsigned little-endian integer of 8 bytes; exact up to 2^53, about right beyond. */
  uint64LE(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#pass(8)))
  }

  #pass(count: number): number {
    const start = this.#at
    if (count > this.#bytes.byteLength - start) throw cutShort(this.#format)
    this.#at = start + count
    return start
  }
}
