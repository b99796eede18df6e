import { describe, expect, it } from 'vitest'

import { OptionError } from '../../../src/errors.ts'
import { fenceKeyOf } from '../../../src/locks/take.ts'

/** What a cluster makes a key's slot of: the first hash tag that is not empty, else all of it. */
function slotText(key: string): string {
  const open = key.indexOf('{')
  const close = open === -1 ? -1 : key.indexOf('}', open + 1)
  return close > open + 1 ? key.slice(open + 1, close) : key
}

describe('the key of the numbers of owners', () => {
  it.each([':1:report', ':1:{user:1}:report', 'a{b', 'x{y}{z}', '{{a}'])('%s: is in the same slot', (wireKey) => {
    expect(slotText(fenceKeyOf(wireKey))).toBe(slotText(wireKey))
    expect(fenceKeyOf(wireKey)).not.toBe(wireKey)
  })

  it.each(['a}b', '{}report', '}{'])('%s: cannot be had and says so', (wireKey) => {
    expect(() => fenceKeyOf(wireKey)).toThrow(OptionError)
  })
})
