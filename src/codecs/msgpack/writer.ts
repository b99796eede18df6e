import type { Bytes } from '../../base/bytes.ts'
import { crowdedKeys, hasCrowdedKeys } from '../key-guard.ts'
import type { MsgpackConfig } from '../msgpack.ts'
import { PyByteArray, PyCounter, PyDefaultDict, PyOrderedDict, PyTuple } from '../pickle/collections.ts'
import { hasLoneSurrogate } from '../pickle/text.ts'
import { PyFloat, PySafeString } from '../pickle/values.ts'
import { Unwritable } from '../unwritable.ts'
import { MsgpackExtension, MsgpackTimestamp, timestampType } from './values.ts'

const firstSize = 1024

/** The formats for one, two and four bytes of length, and the one that holds a small length itself. */
interface Lengths {
  readonly small?: { readonly below: number; readonly format: number }
  readonly one?: number
  readonly two: number
  readonly four: number
}

const texts: Lengths = { small: { below: 32, format: 0xa0 }, one: 0xd9, two: 0xda, four: 0xdb }
const binaries: Lengths = { one: 0xc4, two: 0xc5, four: 0xc6 }
const arrays: Lengths = { small: { below: 16, format: 0x90 }, two: 0xdc, four: 0xdd }
const maps: Lengths = { small: { below: 16, format: 0x80 }, two: 0xde, four: 0xdf }
const extensions: Lengths = { one: 0xc7, two: 0xc8, four: 0xc9 }
const fixedExtensions: Readonly<Record<number, number>> = { 1: 0xd4, 2: 0xd5, 4: 0xd6, 8: 0xd7, 16: 0xd8 }

/** One value while it is written. */
export class MsgpackWriter {
  readonly #config: MsgpackConfig
  #bytes: Buffer = Buffer.allocUnsafe(firstSize)
  #length = 0

  constructor(config: MsgpackConfig) {
    this.#config = config
  }

  finish(): Bytes {
    if (this.#length > this.#config.maxBytes) throw new TypeError('msgpack: the value is longer than maxBytes allows')
    return new Uint8Array(this.#bytes.subarray(0, this.#length))
  }

  write(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.#number(value)
      case 'bigint':
        return this.#bigint(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'object':
        return value === null ? this.#byte(0xc0) : this.#object(value, depth)
      case 'undefined':
        if (this.#config.undefinedAs === 'none') return this.#byte(0xc0)
        throw new Unwritable(value, "msgpack has no undefined; leave it out, or set undefinedAs: 'none'")
      default:
        throw new Unwritable(value, `msgpack cannot hold a ${typeof value}`)
    }
  }

  text(text: string): void {
    const length = Buffer.byteLength(text)
    if (length !== text.length && hasLoneSurrogate(text)) throw new Unwritable(text, 'it holds half of a character')
    this.#head(texts, length)
    const at = this.#room(length)
    this.#bytes.write(text, at, length, 'utf8')
  }

  float(value: number): void {
    this.#byte(0xcb)
    const at = this.#room(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  binary(bytes: Uint8Array): void {
    this.#head(binaries, bytes.length)
    this.#append(bytes)
  }

  array(items: readonly unknown[], depth: number): void {
    this.#head(arrays, items.length)
    // An index walks over holes too, which are refused like any undefined.
    for (let index = 0; index < items.length; index++) this.write(items[index], depth + 1)
  }

  map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    if (hasCrowdedKeys(map)) throw new Unwritable(map, crowdedKeys)
    this.#head(maps, map.size)
    for (const [key, value] of map) {
      this.write(key, depth + 1)
      this.write(value, depth + 1)
    }
  }

  record(record: Readonly<Record<string, unknown>>, depth: number): void {
    const keys = Object.keys(record)
    this.#head(maps, keys.length)
    for (const key of keys) {
      this.text(key)
      this.write(record[key], depth + 1)
    }
  }

  extension({ type, data }: MsgpackExtension): void {
    const fixed = fixedExtensions[data.length]
    if (fixed === undefined) this.#head(extensions, data.length)
    else this.#byte(fixed)
    this.#byte(type & 0xff)
    this.#append(data)
  }

  timestamp({ seconds, nanoseconds }: MsgpackTimestamp): void {
    this.extension(new MsgpackExtension(timestampType, timestampBytes(seconds, nanoseconds)))
  }

  #object(value: object, depth: number): void {
    if (depth >= this.#config.maxDepth) throw new Unwritable(value, 'it is nested more deeply than maxDepth allows')
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype || prototype === null) {
      return this.record(value as Readonly<Record<string, unknown>>, depth)
    }
    const write = writers.get(prototype)
    if (write === undefined) throw new Unwritable(value, `msgpack cannot hold ${nameOf(value)}`)
    write(this, value, depth)
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.float(value)
    if (value >= -32 && value < 128) return this.#byte(value & 0xff)
    if (value > 0xffff_ffff || value < -0x8000_0000) return this.#bigint(BigInt(value))
    if (value >= 0) this.#sized(value, value <= 0xff ? [0xcc, 1] : value <= 0xffff ? [0xcd, 2] : [0xce, 4])
    else this.#sized(value, value >= -0x80 ? [0xd0, 1] : value >= -0x8000 ? [0xd1, 2] : [0xd2, 4])
  }

  #bigint(value: bigint): void {
    if (value >= -0x8000_0000n && value <= 0xffff_ffffn) return this.#number(Number(value))
    if (value > 0xffff_ffff_ffff_ffffn || value < -0x8000_0000_0000_0000n) {
      throw new Unwritable(value, 'msgpack holds integers from -2^63 to 2^64 - 1')
    }
    this.#byte(value > 0n ? 0xcf : 0xd3)
    const at = this.#room(8)
    this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, value), at)
  }

  #sized(value: number, [format, size]: readonly [number, number]): void {
    this.#byte(format)
    const at = this.#room(size)
    if (value < 0) this.#bytes.writeIntBE(value, at, size)
    else this.#bytes.writeUIntBE(value, at, size)
  }

  #head({ small, one, two, four }: Lengths, length: number): void {
    if (small !== undefined && length < small.below) this.#byte(small.format | length)
    else if (one !== undefined && length <= 0xff) this.#sized(length, [one, 1])
    else if (length <= 0xffff) this.#sized(length, [two, 2])
    else this.#sized(length, [four, 4])
  }

  #byte(byte: number): void {
    const at = this.#room(1)
    this.#bytes[at] = byte
  }

  #append(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  #room(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) this.#grow()
    return at
  }

  #grow(): void {
    if (this.#length > this.#config.maxBytes) throw new TypeError('msgpack: the value is longer than maxBytes allows')
    const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

type Writer<T extends object> = (writer: MsgpackWriter, value: T, depth: number) => void

const writers = new Map<object, Writer<object>>()

writes(Array.prototype, (writer, items, depth) => writer.array(items, depth))
writes(PyTuple.prototype, (writer, items, depth) => writer.array(items, depth))
for (const prototype of [Map.prototype, PyOrderedDict.prototype, PyDefaultDict.prototype, PyCounter.prototype]) {
  writes<Map<unknown, unknown>>(prototype, (writer, map, depth) => writer.map(map, depth))
}
for (const prototype of [Uint8Array.prototype, Buffer.prototype, PyByteArray.prototype]) {
  writes<Uint8Array>(prototype, (writer, bytes) => writer.binary(bytes))
}
writes(PyFloat.prototype, (writer, float) => writer.float(float.valueOf()))
writes(PySafeString.prototype, (writer, text) => writer.text(text.valueOf()))
writes(Date.prototype, writeDate)
writes(MsgpackTimestamp.prototype, (writer, timestamp) => writer.timestamp(timestamp))
writes(MsgpackExtension.prototype, (writer, extension) => writer.extension(extension))

function writes<T extends object>(prototype: T, write: Writer<T>): void {
  writers.set(prototype, write as Writer<object>)
}

function writeDate(writer: MsgpackWriter, date: Date): void {
  const ms = date.getTime()
  if (Number.isNaN(ms)) throw new Unwritable(date, 'it is an invalid Date')
  const seconds = Math.floor(ms / 1000)
  writer.timestamp(new MsgpackTimestamp(BigInt(seconds), (ms - seconds * 1000) * 1_000_000))
}

/** The shortest of the three forms. */
function timestampBytes(seconds: bigint, nanoseconds: number): Buffer {
  const isShort = seconds >= 0n && seconds < 1n << 34n
  const bytes = Buffer.alloc(!isShort ? 12 : nanoseconds === 0 && seconds <= 0xffff_ffffn ? 4 : 8)
  if (bytes.length === 4) bytes.writeUInt32BE(Number(seconds))
  else if (bytes.length === 8) bytes.writeBigUInt64BE((BigInt(nanoseconds) << 34n) | seconds)
  else bytes.writeBigInt64BE(seconds, bytes.writeUInt32BE(nanoseconds))
  return bytes
}

function nameOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' ? `an instance of ${constructor.name}` : 'such an object'
}
