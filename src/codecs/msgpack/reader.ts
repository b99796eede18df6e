import { DecodeError } from '../../errors.ts'
import { KeyGuard } from '../key-guard.ts'
import type { MsgpackConfig } from '../msgpack.ts'
import { readUtf8 } from '../pickle/text.ts'
import { PyFloat } from '../pickle/values.ts'
import { MsgpackExtension, MsgpackTimestamp, timestampType } from './values.ts'

type Read = (reader: MsgpackReader, depth: number) => unknown

/** One value while it is read. Every length is checked against the bytes that are there before anything is made. */
export class MsgpackReader {
  readonly #config: MsgpackConfig
  readonly #bytes: Buffer
  readonly #guard = new KeyGuard()
  #position = 0
  #objects = 0

  constructor(bytes: Buffer, config: MsgpackConfig) {
    this.#bytes = bytes
    this.#config = config
  }

  fail(reason: string): DecodeError {
    return new DecodeError('', 'msgpack', `${reason} (at byte ${this.#position})`)
  }

  isAtEnd(): boolean {
    return this.#position === this.#bytes.length
  }

  read(depth: number): unknown {
    const byte = this.unsigned(1)
    if (byte < 0x80) return byte
    if (byte >= 0xe0) return byte - 0x100
    if (byte >= 0xc0) return this.#format(byte, depth)
    if (byte >= 0xa0) return this.text(byte & 0x1f)
    return byte >= 0x90 ? this.array(byte & 0x0f, depth) : this.map(byte & 0x0f, depth)
  }

  unsigned(size: 1 | 2 | 4): number {
    const start = this.#take(size)
    return this.#bytes.readUIntBE(start, size)
  }

  signed(size: 1 | 2 | 4): number {
    const start = this.#take(size)
    return this.#bytes.readIntBE(start, size)
  }

  unsigned8(): number | bigint {
    return small(this.#bytes.readBigUInt64BE(this.#take(8)))
  }

  signed8(): number | bigint {
    return small(this.#bytes.readBigInt64BE(this.#take(8)))
  }

  float(size: 4 | 8): unknown {
    const start = this.#take(size)
    const value = size === 4 ? this.#bytes.readFloatBE(start) : this.#bytes.readDoubleBE(start)
    const isPlain = this.#config.floats === 'number' || !Number.isSafeInteger(value) || Object.is(value, -0)
    return isPlain ? value : new PyFloat(value)
  }

  text(length: number): string {
    const start = this.#take(length)
    const text = readUtf8(this.#bytes, start, this.#position)
    if (text === undefined) throw this.fail('a text is not UTF-8')
    return text
  }

  binary(length: number): Uint8Array {
    const start = this.#take(length)
    this.#count()
    return new Uint8Array(this.#bytes.subarray(start, start + length))
  }

  array(length: number, depth: number): unknown[] {
    this.#enter(length, depth)
    const items: unknown[] = []
    for (let index = 0; index < length; index++) items.push(this.read(depth + 1))
    return items
  }

  /** An object while all keys are text; the first that is not turns it into a `Map`. */
  map(length: number, depth: number): Record<string, unknown> | Map<unknown, unknown> {
    this.#enter(length * 2, depth)
    const record: Record<string, unknown> = {}
    for (let index = 0; index < length; index++) {
      const key = this.read(depth + 1)
      if (typeof key !== 'string') return this.#mapFrom(record, key, { left: length - index, depth })
      this.#set(record, key, depth)
    }
    return record
  }

  extension(length: number): unknown {
    const type = this.signed(1)
    const data = this.binary(length)
    if (type === timestampType) return this.#timestamp(data)
    if (this.#config.unknown === 'tagged') return new MsgpackExtension(type, data)
    throw this.fail(`extension type ${type} is unknown; \`unknown: 'tagged'\` reads it as data`)
  }

  #format(byte: number, depth: number): unknown {
    const read = formats[byte - 0xc0]
    if (read === undefined) throw this.fail('a byte is no format')
    return read(this, depth)
  }

  #take(length: number): number {
    const start = this.#position
    if (length > this.#bytes.length - start) throw this.fail('it is cut short')
    this.#position = start + length
    return start
  }

  #enter(items: number, depth: number): void {
    if (items > this.#bytes.length - this.#position) throw this.fail('it is cut short')
    if (depth >= this.#config.maxDepth) throw this.fail('it is nested more deeply than maxDepth allows')
    this.#count()
  }

  #count(): void {
    if (++this.#objects > this.#config.maxObjects) throw this.fail('it holds more objects than maxObjects allows')
  }

  #set(record: Record<string, unknown>, key: string, depth: number): void {
    const value = this.read(depth + 1)
    if (key !== '__proto__') record[key] = value
    else Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
  }

  #mapFrom(
    record: Record<string, unknown>,
    firstKey: unknown,
    { left, depth }: { left: number; depth: number },
  ): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>(Object.entries(record))
    let key = firstKey
    for (let index = 0; index < left; index++) {
      if (index > 0) key = this.read(depth + 1)
      if (this.#guard.isCrowded(map, key)) throw this.fail('too many keys have the same hash')
      // Maps turn -0 into 0, which would be an int.
      map.set(Object.is(key, -0) ? new PyFloat(-0) : key, this.read(depth + 1))
    }
    return map
  }

  /** Seconds in 32 bits; 30 bits of nanoseconds and 34 of seconds; or 32 of nanoseconds and 64 of signed seconds. */
  #timestamp(data: Uint8Array): Date | MsgpackTimestamp {
    const bytes = Buffer.from(data)
    if (data.length === 4) return this.#moment(BigInt(bytes.readUInt32BE()), 0)
    if (data.length === 12) return this.#moment(bytes.readBigInt64BE(4), bytes.readUInt32BE())
    if (data.length !== 8) throw this.fail('a timestamp has a length that it cannot have')
    const both = bytes.readBigUInt64BE()
    return this.#moment(both & 0x3_ffff_ffffn, Number(both >> 34n))
  }

  #moment(seconds: bigint, nanoseconds: number): Date | MsgpackTimestamp {
    if (nanoseconds > 999_999_999) throw this.fail('a timestamp has more nanoseconds than a second')
    const timestamp = new MsgpackTimestamp(seconds, nanoseconds)
    const date = timestamp.toDate()
    const isExact = nanoseconds % 1_000_000 === 0 && !Number.isNaN(date.getTime())
    return isExact ? date : timestamp
  }
}

/** From byte 0xC0 on, in the order of the format's table. */
const formats: readonly (Read | undefined)[] = [
  () => null,
  undefined,
  () => false,
  () => true,
  (reader) => reader.binary(reader.unsigned(1)),
  (reader) => reader.binary(reader.unsigned(2)),
  (reader) => reader.binary(reader.unsigned(4)),
  (reader) => reader.extension(reader.unsigned(1)),
  (reader) => reader.extension(reader.unsigned(2)),
  (reader) => reader.extension(reader.unsigned(4)),
  (reader) => reader.float(4),
  (reader) => reader.float(8),
  (reader) => reader.unsigned(1),
  (reader) => reader.unsigned(2),
  (reader) => reader.unsigned(4),
  (reader) => reader.unsigned8(),
  (reader) => reader.signed(1),
  (reader) => reader.signed(2),
  (reader) => reader.signed(4),
  (reader) => reader.signed8(),
  (reader) => reader.extension(1),
  (reader) => reader.extension(2),
  (reader) => reader.extension(4),
  (reader) => reader.extension(8),
  (reader) => reader.extension(16),
  (reader) => reader.text(reader.unsigned(1)),
  (reader) => reader.text(reader.unsigned(2)),
  (reader) => reader.text(reader.unsigned(4)),
  (reader, depth) => reader.array(reader.unsigned(2), depth),
  (reader, depth) => reader.array(reader.unsigned(4), depth),
  (reader, depth) => reader.map(reader.unsigned(2), depth),
  (reader, depth) => reader.map(reader.unsigned(4), depth),
]

function small(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
