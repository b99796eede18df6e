import { describe, expect, it } from 'vitest'

import { checkChoice, checkInteger, checkOptions, kindOf, nearest } from '../../../src/base/options.ts'

describe('checkOptions', () => {
  it('takes known names', () => {
    expect(() => checkOptions({ timeout: 5 }, ['timeout', 'version'], 'createCache')).not.toThrow()
  })

  it('names the nearest known one for an unknown', () => {
    expect(() => checkOptions({ timeuot: 5 }, ['timeout', 'version'], 'createCache')).toThrow(
      'createCache: unknown option "timeuot"; did you mean "timeout"?',
    )
  })

  it('lists what is known when nothing is near', () => {
    expect(() => checkOptions({ colour: 5 }, ['timeout', 'version'], 'createCache')).toThrow(
      'known are "timeout", "version"',
    )
  })

  it.each([null, 'redis', 5, [1]])('refuses %s in the place of options', (wrong) => {
    expect(() => checkOptions(wrong, ['timeout'], 'createCache')).toThrow('expected an object with options')
  })
})

describe('checkChoice', () => {
  it('lists the choices', () => {
    expect(() => checkChoice('mis', ['throw', 'miss'], 'onDecodeError')).toThrow(`expected "throw", "miss", got 'mis'`)
  })
})

describe('checkInteger', () => {
  it.each([0, 11, 1.5, Number.NaN, '5'])('refuses %s outside of 1 to 10', (wrong) => {
    expect(() => checkInteger(wrong, [1, 10], 'level')).toThrow('level: expected a whole number from 1 to 10')
  })
})

describe('nearest', () => {
  it.each([
    ['keyprefix', 'keyPrefix'],
    ['serialiser', 'serializer'],
    ['ignoreError', 'ignoreErrors'],
  ])('%s is near %s', (name, near) => {
    expect(nearest(name, ['keyPrefix', 'serializer', 'ignoreErrors', 'location'])).toBe(near)
  })
})

describe('kindOf', () => {
  it('shows no long text, which could be a secret', () => {
    expect(kindOf('x'.repeat(100))).toBe('a text of 100 characters')
  })
})
