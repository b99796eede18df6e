import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { mergeFields } from '../../../src/sessions/merge.ts'

const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(null), fc.array(fc.integer({ min: 0, max: 1 })))
const fields = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), value)
  .map((record) => new Map<string, unknown>(Object.entries(record)))

describe('merging fields', () => {
  it('with what nobody else changed is mine', () => {
    fc.assert(
      fc.property(fields, fields, (base, mine) => {
        expect(mergeFields(base, mine, base)).toEqual(mine)
      }),
    )
  })

  it('without a change of mine is theirs', () => {
    fc.assert(
      fc.property(fields, fields, (base, theirs) => {
        expect(mergeFields(base, base, theirs)).toEqual(theirs)
      }),
    )
  })

  it('of the same change on both sides is that change', () => {
    fc.assert(
      fc.property(fields, fields, (base, both) => {
        expect(mergeFields(base, both, both)).toEqual(both)
      }),
    )
  })

  it('decides each field by itself', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const merged = mergeFields(base, mine, theirs)

        for (const name of new Set([...base.keys(), ...mine.keys(), ...theirs.keys()])) {
          const only = (map: ReadonlyMap<string, unknown>) => new Map([...map].filter(([key]) => key === name))
          expect(only(merged)).toEqual(mergeFields(only(base), only(mine), only(theirs)))
        }
      }),
    )
  })

  it('asks about a field whenever both sides changed it, also when both did the same: two may have counted', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const asked: string[] = []
        const merged = mergeFields(base, mine, theirs, (name, conflict) => {
          asked.push(name)
          expect(conflict).toEqual({ base: base.get(name), mine: mine.get(name), theirs: theirs.get(name) })
          expect(conflict.mine).not.toEqual(conflict.base)
          expect(conflict.theirs).not.toEqual(conflict.base)
          return 'settled'
        })

        expect([...merged].filter(([, settled]) => settled === 'settled').map(([name]) => name)).toEqual(asked)
      }),
    )
  })

  it('loses a field that one side deleted and the other left alone', () => {
    const base = new Map<string, unknown>([['a', 1]])

    expect(mergeFields(base, new Map(), base).size).toBe(0)
    expect(mergeFields(base, base, new Map()).size).toBe(0)
  })
})
