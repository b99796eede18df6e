import type { Bytes } from '../../base/bytes.ts'
import type { Cursor } from './cursor.ts'
import type { Budget, Extent } from './framed.ts'
import { damaged } from './reasons.ts'

const name = 'lz4'

export const lz4Magic: Bytes = Buffer.of(0x04, 0x22, 0x4d, 0x18)

/** Every sequence of a block makes at most 255 bytes of each of its own. */
const mostGrowth = 255

/**
 * Passes one frame of the LZ4 frame format 1.6: header, blocks, end mark, checksum.
 *
 * @throws DecodeError
 */
export function passLz4Frame(cursor: Cursor, budget: Budget): Extent | 'foreign' {
  if (!cursor.takes(lz4Magic)) return 'foreign'
  const header = readHeader(cursor)
  const most = passBlocks(cursor, header, budget)
  if (header.hasContentChecksum) cursor.take(4)
  const { contentSize } = header
  if (contentSize === undefined) return { most, isExact: false }
  if (contentSize > budget.bytes) throw budget.exceeded()
  if (contentSize > most) throw damaged(name)
  return { most: contentSize, isExact: true }
}

interface Header {
  readonly mostInBlock: number
  readonly hasBlockChecksums: boolean
  readonly hasContentChecksum: boolean
  readonly contentSize: number | undefined
}

function readHeader(cursor: Cursor): Header {
  const flags = cursor.byte()
  const sizes = cursor.byte()
  const isVersion1 = flags >> 6 === 1
  const hasDictionary = (flags & 0x01) !== 0
  const sizeId = (sizes >> 4) & 0x07
  if (!isVersion1 || hasDictionary || sizeId < 4) throw damaged(name)
  const contentSize = (flags & 0x08) === 0 ? undefined : cursor.uint64LE()
  // The checksum of the header, which the library compares.
  cursor.take(1)
  return {
    mostInBlock: 2 ** (8 + 2 * sizeId),
    hasBlockChecksums: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
    contentSize,
  }
}

/** How much all blocks can make: guessed high and cheaply, and where that is too much, counted. */
function passBlocks(cursor: Cursor, header: Header, budget: Budget): number {
  let most = 0
  for (;;) {
    const word = cursor.uintLE(4)
    if (word === 0) return most
    const isPlain = word >= 0x8000_0000
    const block = cursor.take(isPlain ? word - 0x8000_0000 : word)
    if (block.byteLength > header.mostInBlock) throw damaged(name)
    const guess = Math.min(header.mostInBlock, block.byteLength * mostGrowth)
    if (isPlain) most += block.byteLength
    else most += most + guess <= budget.bytes ? guess : contentOf(block)
    if (most > budget.bytes) throw budget.exceeded()
    if (header.hasBlockChecksums) cursor.take(4)
  }
}

/** What the sequences of a block make: literals, then a match, lengths from 15 (and 4) on continued in bytes of 255. */
function contentOf(block: Bytes): number {
  let length = 0
  let at = 0
  const more = (nibble: number): number => {
    let total = nibble
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; total += byte) byte = block[at++] ?? 0
    return total
  }
  while (at < block.byteLength) {
    const token = block[at++] ?? 0
    const literals = more(token >> 4)
    at += literals
    length += literals
    if (at >= block.byteLength) break
    at += 2
    length += 4 + more(token & 0x0f)
  }
  return length
}
