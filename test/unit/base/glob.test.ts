import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { escapeGlob, matchGlob } from '../../../src/base/glob.ts'

/** Pattern, texts that match, texts that do not: as redis-server 7.0 answers. */
const table: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
  ['', [''], ['a']],
  ['*', ['', 'a', 'a\nb'], []],
  ['**', ['a'], ['']],
  ['user:*', ['user:', 'user:1'], ['user', 'other:1']],
  ['*:1', [':1', 'a:1', ':1:1'], ['a:1b']],
  ['a*b*c', ['abc', 'aXbYc', 'abcbc'], ['ab', 'acb', 'abcd']],
  ['a?c', ['abc', 'a?c'], ['ac', 'abbc']],
  ['?', ['a'], ['', 'é']],
  ['??', ['é', 'ab'], ['a']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'h[ae]llo']],
  ['[a-c]', ['a', 'b', 'c'], ['d', '-']],
  ['[c-a]', ['a', 'b', 'c'], ['d', '-']],
  ['[^a-c]', ['d', '-', '^'], ['a', 'b', '']],
  ['[a^]', ['a', '^'], ['b']],
  ['[]', [], ['', 'a', ']', '[]']],
  ['[^]', ['a', ']'], ['']],
  ['[]a]', [], ['a]', ']a]', 'a']],
  ['[abc', ['a', 'c'], ['[abc', 'd']],
  ['[', [], ['[', 'a']],
  ['[^', ['a', '['], ['']],
  ['[a-]', ['a', ']', '^', '_'], ['-', 'b']],
  ['[\\]]', [']'], ['\\', 'a']],
  ['[\\', ['\\'], ['[']],
  ['[a\\-c]', ['a', '-', 'c'], ['b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['\\', ['\\'], ['a']],
  ['a\\b', ['ab'], ['a\\b']],
  ['[z-é]', ['a', 'z'], ['{', 'é']],
]

describe('matchGlob', () => {
  it.each(table)('%j matches what Redis matches', (pattern, matching, others) => {
    const matches = matchGlob(pattern)

    expect(matching.filter((text) => !matches(text))).toEqual([])
    expect(others.filter((text) => matches(text))).toEqual([])
  })

  it('a pattern of many stars is answered in the product of both lengths', () => {
    const matches = matchGlob(`${'*a'.repeat(1000)}*b`)
    const text = 'a'.repeat(20_000)
    const start = performance.now()

    const isMatch = matches(text)

    expect(isMatch).toBe(false)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('escapeGlob', () => {
  it('wraps what is special in brackets, as django-redis does', () => {
    const escaped = escapeGlob('a*b?c[d]e')

    expect(escaped).toBe('a[*]b[?]c[[]d]e')
  })

  it('an escaped text matches itself, also between stars', () => {
    fc.assert(
      fc.property(globby, (text) => {
        expect(matchGlob(escapeGlob(text))(text)).toBe(true)
        expect(matchGlob(`*${escapeGlob(text)}*`)(`a${text}]`)).toBe(true)
      }),
    )
  })

  it('an escaped text matches no other', () => {
    fc.assert(
      fc.property(globby, globby, (text, other) => {
        expect(matchGlob(escapeGlob(text))(other)).toBe(text === other)
      }),
    )
  })
})

const globby = fc.string({ unit: fc.constantFrom(...'ab*?[]^-\\é😀') })
