import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromText } from '../../../src/base/bytes.ts'
import { parsePythonInteger, readPythonInteger } from '../../../src/django/python.ts'

describe('an integer as Python reads it', () => {
  it.each<[string, number | bigint]>([
    ['12', 12],
    [' 12\n', 12],
    ['\t\r\v\f12', 12],
    ['1_000', 1000],
    ['+7', 7],
    ['-7', -7],
    ['007', 7],
    ['0', 0],
    ['-0', 0],
    ['0_0', 0],
    ['9223372036854775808', 9_223_372_036_854_775_808n],
    ['-1_000_000_000_000_000_000_000', -1_000_000_000_000_000_000_000n],
  ])('%j is one', (text, integer) => {
    expect(readPythonInteger(fromText(text))).toBe(integer)
  })

  it.each(['', ' ', '_1', '1_', '1__0', '+ 7', '--7', '1.0', '0x10', '1e3', '1 2', '1\0', '١', '\u00a01', 'a'])(
    '%j is none',
    (text) => {
      expect(readPythonInteger(fromText(text))).toBeUndefined()
    },
  )

  it('has at most 4300 digits', () => {
    expect(readPythonInteger(fromText('9'.repeat(4300)))).toBe(BigInt('9'.repeat(4300)))
    expect(readPythonInteger(fromText(`+${'9'.repeat(4301)}`))).toBeUndefined()
  })

  it('is what was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.constantFrom('', '+', ' ', '\n'), (integer, prefix) => {
        const text = integer < 0n ? String(integer) : prefix + String(integer)
        expect(BigInt(parsePythonInteger(text) ?? 'x')).toBe(integer)
      }),
    )
  })
})
