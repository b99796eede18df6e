import type { Bytes } from '../../base/bytes.ts'
import type { Cursor } from './cursor.ts'
import type { Budget, Extent } from './framed.ts'
import { damaged } from './reasons.ts'

const name = 'xz'

export const xzMagic: Bytes = Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)

/** The dictionary of the highest preset, 64 MiB, as a header says it. */
const largestDictionary = 28

const lzma2 = 0x21
const padding = Buffer.alloc(4)

/**
 * Passes one stream of the .xz format 1.2: header, blocks, index, footer. What the blocks make is told by the headers of
 * their chunks, to the byte; the sizes in block headers and index, which nothing holds to the truth, are not looked at.
 *
 * @throws DecodeError
 */
export function passXzStream(cursor: Cursor, budget: Budget): Extent | 'skipped' | 'foreign' {
  // Multiples of four zeros may stand between and after streams.
  if (cursor.at > 0 && cursor.takes(padding)) return 'skipped'
  if (!cursor.takes(xzMagic)) return 'foreign'
  const checkSize = sizeOfCheck(cursor.uintBE(2))
  cursor.take(4)
  let most = 0
  while (cursor.next !== 0) {
    const begin = cursor.at
    passBlockHeader(cursor)
    most = passChunks(cursor, most, budget)
    passPadding(cursor, begin)
    cursor.take(checkSize)
  }
  passIndex(cursor)
  cursor.take(12)
  return { most, isExact: true }
}

/** By the flags: none, CRC32, CRC64 or SHA-256, and room for others. */
function sizeOfCheck(flags: number): number {
  if (flags > 0x0f) throw damaged(name)
  return flags === 0 ? 0 : 2 ** (2 + Math.floor((flags - 1) / 3))
}

function passBlockHeader(cursor: Cursor): void {
  const begin = cursor.at
  const end = begin + (cursor.byte() + 1) * 4
  const flags = cursor.byte()
  if ((flags & 0x40) !== 0) readVarint(cursor)
  if ((flags & 0x80) !== 0) readVarint(cursor)
  // Filters before the last one, such as those for machine code, keep the size.
  for (let before = flags & 0x03; before > 0; before--) {
    readVarint(cursor)
    cursor.take(readVarint(cursor))
  }
  const isKnown = readVarint(cursor) === lzma2 && readVarint(cursor) === 1
  if (!isKnown || cursor.byte() > largestDictionary) throw damaged(name)
  if (cursor.at > end) throw damaged(name)
  cursor.take(end - cursor.at)
}

/** The chunks of LZMA2, up to the one that ends them; what they make is added to what was made `before`. */
function passChunks(cursor: Cursor, before: number, budget: Budget): number {
  let most = before
  for (;;) {
    const control = cursor.byte()
    if (control === 0) return most
    if (control >= 0x80) most += passCompressedChunk(cursor, control)
    else if (control <= 2) most += cursor.take(cursor.uintBE(2) + 1).byteLength
    else throw damaged(name)
    if (most > budget.bytes) throw budget.exceeded()
  }
}

function passCompressedChunk(cursor: Cursor, control: number): number {
  const size = ((control & 0x1f) << 16) + cursor.uintBE(2) + 1
  const compressedSize = cursor.uintBE(2) + 1
  const hasProperties = control >= 0xc0
  cursor.take(compressedSize + (hasProperties ? 1 : 0))
  return size
}

function passIndex(cursor: Cursor): void {
  const begin = cursor.at
  cursor.take(1)
  for (let records = readVarint(cursor); records > 0; records--) {
    readVarint(cursor)
    readVarint(cursor)
  }
  passPadding(cursor, begin)
  cursor.take(4)
}

/** Blocks and index are filled up to a multiple of four bytes. */
function passPadding(cursor: Cursor, begin: number): void {
  cursor.take((4 - ((cursor.at - begin) % 4)) % 4)
}

/** Seven bits a byte, the lowest first; about right beyond 2^53. */
function readVarint(cursor: Cursor): number {
  let value = 0
  for (let shift = 0; shift < 63; shift += 7) {
    const byte = cursor.byte()
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value
  }
  throw damaged(name)
}
