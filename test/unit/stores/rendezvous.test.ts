import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createRendezvous } from '../../../src/stores/rendezvous.ts'

const keys = Array.from({ length: 4000 }, (_, index) => `:1:user:${index}`)
const nodeNames = fc.uniqueArray(fc.webAuthority(), { minLength: 2, maxLength: 9 })

/** Which of the names each key has. */
function owners(names: readonly string[]): string[] {
  const ring = createRendezvous(names)
  return keys.map((key) => names[ring.indexOf(key)] as string)
}

function countOf(items: readonly string[], wanted: string): number {
  return items.filter((item) => item === wanted).length
}

/** Six deviations of chance about the fair share: once in some hundred million draws it is beyond. */
function isFair(count: number, nodes: number): boolean {
  const share = keys.length / nodes
  return Math.abs(count - share) < 6 * Math.sqrt(share * (1 - 1 / nodes))
}

describe('rendezvous hashing', () => {
  it('gives each of the nodes a fair share of the keys', () => {
    fc.assert(
      fc.property(nodeNames, (names) => {
        const found = owners(names)
        return names.every((name) => isFair(countOf(found, name), names.length))
      }),
      { numRuns: 30 },
    )
  })

  it('moves, with one node more, a fair share of the keys to it and no other key', () => {
    fc.assert(
      fc.property(nodeNames, ([added = '', ...names]) => {
        const before = owners(names)
        const after = owners([...names, added])
        const moved = after.filter((owner, index) => owner !== before[index])
        return moved.every((owner) => owner === added) && isFair(moved.length, names.length + 1)
      }),
      { numRuns: 30 },
    )
  })

  it('spreads the keys of a node that leaves over all others', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const before = owners(names)
    const after = owners(names.slice(1))

    const orphans = after.filter((_, index) => before[index] === 'a')

    for (const name of names.slice(1)) expect(countOf(orphans, name)).toBeGreaterThan(orphans.length / 4 / 1.3)
  })

  it('does not look at the order of the nodes', () => {
    expect(owners(['a', 'b', 'c'])).toEqual(owners(['c', 'a', 'b']))
  })

  it('keeps keys of one tag together', () => {
    const ring = createRendezvous(['a', 'b', 'c', 'd'])

    const found = Array.from({ length: 100 }, (_, index) => ring.indexOf(`:1:name ${index} {user:7}`))

    expect(new Set(found).size).toBe(1)
  })

  it('finds a key tomorrow where it is today', () => {
    const ring = createRendezvous(['redis://a:6379/0', 'redis://b:6379/0', 'redis://c:6379/0'])

    const found = Array.from({ length: 12 }, (_, index) => ring.indexOf(`:1:key${index}`))

    expect(found).toEqual([0, 1, 1, 2, 1, 1, 0, 2, 2, 2, 2, 0])
  })
})
