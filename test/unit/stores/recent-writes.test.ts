import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RecentWrites } from '../../../src/stores/recent-writes.ts'

const ms = 100
const limit = 5

describe('recent writes', () => {
  it('are remembered for their time whatever comes between, and forgotten after twice that', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 150 }), key: fc.integer({ min: 0, max: 20 }) })

    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let at = 0
        const recent = new RecentWrites(ms, () => at, limit)
        const writtenAt = new Map<string, number>()
        for (const { wait, key } of steps) {
          at += wait
          for (const [known, since] of writtenAt) if (at - since < ms && !recent.hasAny([known])) return false
          recent.add([`${key}`])
          writtenAt.set(`${key}`, at)
        }
        at += 2 * ms
        return ![...writtenAt.keys()].some((key) => recent.hasAny([key]))
      }),
    )
  })

  it('are none at first', () => {
    expect(new RecentWrites(ms, () => 0).hasAny(['key'])).toBe(false)
  })
})
