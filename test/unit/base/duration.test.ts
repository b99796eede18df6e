import { describe, expect, it } from 'vitest'

import { toMs, toTtlMs } from '../../../src/base/duration.ts'

describe('toMs', () => {
  it.each([
    [1, 1000],
    [0.25, 250],
    [0.3, 300],
    [1.001, 1001],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['14d', 1_209_600_000],
  ] as const)('%s is %d ms', (duration, ms) => {
    expect(toMs(duration, 'timeout')).toBe(ms)
  })

  it('never rounds a positive time down to none', () => {
    expect(toMs(0.000_01, 'timeout')).toBe(1)
  })

  it.each([0, -1, -0.5, '0s', '-5m'] as const)('%s is no time at all', (duration) => {
    expect(toMs(duration, 'timeout')).toBe(0)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '10', '5 minutes', '', 'm', '1e3s', '5M', undefined, true, {}, 1e16])(
    'refuses %s and says what to write',
    (wrong) => {
      expect(() => toMs(wrong as never, 'timeout')).toThrow(/timeout: expected .*'250ms', '30s', '5m'/)
    },
  )

  it('refuses with a code and the name of the option', () => {
    expect(() => toMs('soon' as never, 'deadline')).toThrow(
      expect.objectContaining({ name: 'OptionError', code: 'ERR_OPTION', option: 'deadline' }),
    )
  })
})

describe('toTtlMs', () => {
  it('null is for ever', () => {
    expect(toTtlMs(null, 'timeout')).toBeNull()
  })
})
