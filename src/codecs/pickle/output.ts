import type { Bytes } from '../../base/bytes.ts'
import { op } from './opcodes.ts'
import { hasLoneSurrogate, writeUtf8 } from './text.ts'

/** From which size on CPython begins a new frame, and keeps a text or bytes out of frames. */
const frameTarget = 64 * 1024
/** The shortest frame; what is shorter stands bare. */
const frameLeast = 4
const frameHeader = 9
const firstSize = 4096
/** Encoding a short text byte by byte beats a call into native code. */
const shortText = 40

/** Lent to one writer at a time, so that small pickles need no memory but their own. */
let spare: Buffer | undefined = Buffer.allocUnsafeSlow(frameTarget)

/** Growing memory, cut into frames where CPython's C pickler cuts. */
export class Output {
  readonly #maxBytes: number
  #bytes: Buffer
  #length = 0
  #frameStart = -1
  #framing = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(firstSize)
    spare = undefined
  }

  /** Before each object: begins a new frame when this one is full. */
  boundary(): void {
    if (this.#frameStart !== -1 && this.#length - this.#frameStart - frameHeader >= frameTarget) this.#closeFrame()
  }

  startFrames(): void {
    this.#framing = true
  }

  byte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  /** An opcode with a byte after it. */
  byte2(opcode: number, value: number): void {
    const at = this.#room(2)
    this.#bytes[at] = opcode
    this.#bytes[at + 1] = value
  }

  uint16(opcode: number, value: number): void {
    const at = this.#room(3)
    this.#bytes[at] = opcode
    this.#bytes.writeUInt16LE(value, at + 1)
  }

  uint32(opcode: number, value: number): void {
    const at = this.#room(5)
    this.#bytes[at] = opcode
    this.#bytes.writeUInt32LE(value, at + 1)
  }

  int32(opcode: number, value: number): void {
    const at = this.#room(5)
    this.#bytes[at] = opcode
    this.#bytes.writeInt32LE(value, at + 1)
  }

  double(opcode: number, value: number): void {
    const at = this.#room(9)
    this.#bytes[at] = opcode
    this.#bytes.writeDoubleBE(value, at + 1)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  text(text: string): void {
    if (text.length <= shortText && this.#shortText(text)) return
    const length = Buffer.byteLength(text)
    if (length !== text.length && hasLoneSurrogate(text)) return this.sized(textSizes, writeUtf8(text))
    if (length >= frameTarget) return this.sized(textSizes, Buffer.from(text))
    this.#sizeOf(textSizes, length)
    const at = this.#room(length)
    this.#bytes.write(text, at, length, 'utf8')
  }

  /** What begins with its length; large ones stand outside of frames. */
  sized(opcodes: Sizes, content: Uint8Array): void {
    const framing = this.#framing
    if (content.length >= frameTarget) {
      this.#closeFrame()
      this.#framing = false
    }
    this.#sizeOf(opcodes, content.length)
    this.bytes(content)
    this.#framing = framing
  }

  /** The pickle, in memory of its own. */
  finish(): Bytes {
    this.#closeFrame()
    if (this.#length > this.#maxBytes) throw new TypeError('The value is longer than maxBytes allows')
    return new Uint8Array(this.#bytes.subarray(0, this.#length))
  }

  /** Gives the memory back for the next one; nothing may be written after it. */
  release(): void {
    if (this.#bytes.length === frameTarget) spare = this.#bytes
  }

  #sizeOf(opcodes: Sizes, length: number): void {
    if (length <= 0xff && opcodes.short !== undefined) this.byte2(opcodes.short, length)
    else if (length <= 0xffff_ffff && opcodes.medium !== undefined) this.uint32(opcodes.medium, length)
    else this.#size8(opcodes.long, length)
  }

  #size8(opcode: number, length: number): void {
    const at = this.#room(9)
    this.#bytes[at] = opcode
    this.#bytes.writeBigUInt64LE(BigInt(length), at + 1)
  }

  /** Whether `text` was short ASCII, and is written. */
  #shortText(text: string): boolean {
    const at = this.#room(2 + text.length)
    const bytes = this.#bytes
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) {
        this.#length = at
        return false
      }
      bytes[at + 2 + index] = code
    }
    bytes[at] = op.SHORT_BINUNICODE
    bytes[at + 1] = text.length
    return true
  }

  /** Where the next `count` bytes go, behind the header of a frame when one begins here. */
  #room(count: number): number {
    const begins = this.#framing && this.#frameStart === -1
    const needed = this.#length + count + (begins ? frameHeader : 0)
    if (needed > this.#bytes.length) this.#grow(needed)
    if (begins) {
      this.#frameStart = this.#length
      this.#length += frameHeader
    }
    const at = this.#length
    this.#length += count
    return at
  }

  #closeFrame(): void {
    if (this.#frameStart === -1) return
    const start = this.#frameStart
    const length = this.#length - start - frameHeader
    if (length >= frameLeast) {
      this.#bytes[start] = op.FRAME
      this.#bytes.writeBigUInt64LE(BigInt(length), start + 1)
    } else {
      this.#bytes.copyWithin(start, start + frameHeader, this.#length)
      this.#length -= frameHeader
    }
    this.#frameStart = -1
  }

  #grow(needed: number): void {
    if (needed > this.#maxBytes + frameHeader) throw new TypeError('The value is longer than maxBytes allows')
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.release()
    this.#bytes = larger
  }
}

/** The opcodes for one byte, four and eight bytes of length. */
export interface Sizes {
  readonly short?: number
  readonly medium?: number
  readonly long: number
}

const textSizes: Sizes = { short: op.SHORT_BINUNICODE, medium: op.BINUNICODE, long: op.BINUNICODE8 }
export const bytesSizes: Sizes = { short: op.SHORT_BINBYTES, medium: op.BINBYTES, long: op.BINBYTES8 }
export const byteArraySizes: Sizes = { long: op.BYTEARRAY8 }
