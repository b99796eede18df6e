import type { Bytes } from '../../base/bytes.ts'
import type { Cursor } from './cursor.ts'
import type { Budget, Extent } from './framed.ts'
import { damaged } from './reasons.ts'

const name = 'zstd'

export const zstdMagic: Bytes = Buffer.of(0x28, 0xb5, 0x2f, 0xfd)

/** What a block may hold at most, whatever the window. */
const mostInBlock = 128 * 1024

/** Kinds of blocks beside plain ones; a repeated one is a single byte, to be written as often as its size says. */
const repeated = 1
const compressed = 2
const reserved = 3

/** What zstd itself reads unless told otherwise. */
const mostWindow = 128 * 1024 * 1024

/**
 * Passes one frame, by RFC 8878: header, blocks, checksum. Its `most` is within the budget, which a library must be
 * given as its limit.
 *
 * @throws DecodeError
 */
export function passZstdFrame(cursor: Cursor, budget: Budget): Extent | 'skipped' | 'foreign' {
  if (!cursor.takes(zstdMagic)) return passSkippable(cursor)
  const { contentSize, window, hasChecksum } = readHeader(cursor)
  if (contentSize !== undefined && contentSize > budget.bytes) throw budget.exceeded()
  const most = passBlocks(cursor, Math.min(window, mostInBlock), budget)
  if (hasChecksum) cursor.take(4)
  if (contentSize === undefined) return { most: Math.min(most, budget.bytes), isExact: false }
  if (contentSize > most) throw damaged(name)
  return { most: contentSize, isExact: true }
}

/** Bytes of an application, of which the format says only how many they are. */
function passSkippable(cursor: Cursor): 'skipped' | 'foreign' {
  const first = cursor.next
  if (first === undefined || first < 0x50 || first > 0x5f) return 'foreign'
  if (!cursor.takes(Buffer.of(first, 0x2a, 0x4d, 0x18))) return 'foreign'
  cursor.take(cursor.uintLE(4))
  return 'skipped'
}

interface Header {
  readonly contentSize: number | undefined
  readonly window: number
  readonly hasChecksum: boolean
}

function readHeader(cursor: Cursor): Header {
  const descriptor = cursor.byte()
  const isSingleSegment = (descriptor & 0x20) !== 0
  const isReserved = (descriptor & 0x08) !== 0
  const hasDictionary = (descriptor & 0x03) !== 0
  if (isReserved || hasDictionary) throw damaged(name)
  const window = isSingleSegment ? undefined : windowOf(cursor.byte())
  const contentSize = readContentSize(cursor, descriptor >> 6, isSingleSegment)
  return { contentSize, window: window ?? contentSize ?? 0, hasChecksum: (descriptor & 0x04) !== 0 }
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  const window = base + (base / 8) * (byte & 0x07)
  if (window > mostWindow) throw damaged(name)
  return window
}

function readContentSize(cursor: Cursor, flag: number, isSingleSegment: boolean): number | undefined {
  if (flag === 0) return isSingleSegment ? cursor.byte() : undefined
  if (flag === 1) return cursor.uintLE(2) + 256
  return flag === 2 ? cursor.uintLE(4) : cursor.uint64LE()
}

/** The most that all blocks can make. What they make for certain is checked against the budget at once. */
function passBlocks(cursor: Cursor, mostHere: number, budget: Budget): number {
  let certain = 0
  let possible = 0
  for (;;) {
    const header = cursor.uintLE(3)
    const size = header >> 3
    const kind = (header >> 1) & 0x03
    if (size > mostHere || kind === reserved) throw damaged(name)
    cursor.take(kind === repeated ? 1 : size)
    if (kind === compressed) possible += mostHere
    else certain += size
    if (certain > budget.bytes) throw budget.exceeded()
    if ((header & 0x01) === 1) return certain + possible
  }
}
