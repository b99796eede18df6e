import { describe, expect, it } from 'vitest'

import { type DjangoSwitches, djangoVersion } from '../../../src/django/version.ts'
import { OptionError } from '../../../src/errors.ts'

type Switch = Exclude<keyof DjangoSwitches, 'version'>

/** Where each switch turns: the last release before, and the first after. */
const turns: readonly (readonly [Switch, before: string, after: string, becomes: boolean])[] = [
  ['sha1Accepted', '3.2', '4.0.0', false],
  ['legacySessionText', '3.2', '4.0.0', false],
  ['sessionExpiryAsText', '4.0', '4.1.0', true],
  ['fallbackKeys', '4.0', '4.1.0', true],
  ['authHashFallbackKeys', '4.1.7', '4.1.8', true],
  ['cookieSaltV2', '5.2.14', '5.2.15', true],
  ['cookieSaltV2', '6.0.5', '6.0.6', true],
  ['legacyCookieSalt', '6.0', '6.1.0', false],
]

describe('djangoVersion', () => {
  it.each(turns)('%s turns between %s and %s', (name, before, after, becomes) => {
    expect([djangoVersion(before)[name], djangoVersion(after)[name]]).toEqual([!becomes, becomes])
  })

  it('takes a series for its last release', () => {
    expect(djangoVersion('5.2').version).toEqual({ major: 5, minor: 2, patch: Number.POSITIVE_INFINITY })
    expect(djangoVersion('5.2').cookieSaltV2).toBe(true)
    expect(djangoVersion('5.1').cookieSaltV2).toBe(false)
  })

  it('takes a site that does not say for one of today', () => {
    expect(djangoVersion(undefined)).toEqual(djangoVersion('6.0'))
  })

  it.each(['', '5', '3.1', '2.2.28', 'five', '5.2.x', '-5.2', '5.2.14.1'])('refuses %j', (text) => {
    expect(() => djangoVersion(text)).toThrow(OptionError)
  })
})
