import { createHash } from 'node:crypto'

import { type Ring, tagOf } from './ring.ts'

/** 64 bits, as two words. */
type Words = readonly [high: number, low: number]

/**
 * Highest random weight: each node draws a number for a key, and the highest has it. A node that is added takes its share
 * from all others alike and one that leaves gives it to all; no other key moves, whatever the order of the nodes.
 */
export function createRendezvous(names: readonly string[]): Ring {
  const nodes = names.map(digestOf)
  return {
    indexOf(key) {
      const words = digestOf(tagOf(key))
      let best = 0
      let highest = -1
      for (const [index, node] of nodes.entries()) {
        const weight = weightOf(words, node)
        if (weight <= highest) continue
        highest = weight
        best = index
      }
      return best
    },
  }
}

/** The first 64 bits of the SHA-256. */
function digestOf(text: string): Words {
  const digest = createHash('sha256').update(text).digest()
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)]
}

/** 53 bits, which a number holds, in which every bit of both takes part. */
function weightOf(key: Words, node: Words): number {
  const high = mixed(mixed(key[0] ^ node[0]) + (key[1] ^ node[1]))
  const low = mixed(high + node[0] + key[1])
  return high * 2 ** 21 + (low >>> 11)
}

/** The last step of MurmurHash3: each bit that goes in turns half of those that come out. */
function mixed(word: number): number {
  let bits = word | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
