import { expect, it } from 'vitest'

import { gone } from '../../support/gone.ts'
import { describeCaches } from './subjects.ts'

describeCaches('lifetimes', (open) => {
  it('a value lives for 300 seconds unless told otherwise', async () => {
    await using cache = open()

    await cache.set('key', 1)

    expect(await cache.ttl('key')).toBe(300)
  })

  it('a value ends when its time is over', async () => {
    await using cache = open()

    await cache.set('key', 1, { timeout: '30ms' })

    await gone(() => cache.has('key'))
    expect(await cache.get('key')).toBeUndefined()
  })

  it('null is for ever', async () => {
    await using cache = open({ timeout: null })

    await cache.set('key', 1)

    expect(await cache.ttl('key')).toBeNull()
    expect(await cache.pttl('key')).toBeNull()
  })

  it('a missing key has 0 left', async () => {
    await using cache = open()

    expect(await cache.ttl('key')).toBe(0)
    expect(await cache.pttl('key')).toBe(0)
  })

  it('what is there has at least a second left, however little it is', async () => {
    await using cache = open()
    await cache.set('key', 1, { timeout: '300ms' })

    expect(await cache.ttl('key')).toBe(1)
  })

  it('milliseconds are kept', async () => {
    await using cache = open()

    await cache.set('key', 1, { timeout: 5.5 })

    expect(await cache.pttl('key')).toBeGreaterThan(5000)
    expect(await cache.pttl('key')).toBeLessThanOrEqual(5500)
  })

  it('touch gives a new time, the time of the cache, or all time', async () => {
    await using cache = open({ timeout: 100 })
    await cache.set('key', 1, { timeout: 5 })

    expect(await cache.touch('key', '1h')).toBe(true)
    expect(await cache.ttl('key')).toBe(3600)
    expect(await cache.touch('key')).toBe(true)
    expect(await cache.ttl('key')).toBe(100)
    expect(await cache.touch('key', null)).toBe(true)
    expect(await cache.ttl('key')).toBeNull()
    expect(await cache.touch('key', null)).toBe(true)
  })

  it.each([0, -1] as const)('touch with %s ends it', async (timeout) => {
    await using cache = open()
    await cache.set('key', 1)

    expect(await cache.touch('key', timeout)).toBe(true)
    expect(await cache.has('key')).toBe(false)
  })

  it('nothing missing can be touched, expired or persisted', async () => {
    await using cache = open()

    expect(await cache.touch('key')).toBe(false)
    expect(await cache.touch('key', null)).toBe(false)
    expect(await cache.expire('key', 5)).toBe(false)
    expect(await cache.expireAt('key', new Date(Date.now() + 5000))).toBe(false)
    expect(await cache.persist('key')).toBe(false)
  })

  it('persist takes the time away, once', async () => {
    await using cache = open()
    await cache.set('key', 1)

    expect(await cache.persist('key')).toBe(true)
    expect(await cache.ttl('key')).toBeNull()
    expect(await cache.persist('key')).toBe(false)
  })

  it('expire is exact to a millisecond', async () => {
    await using cache = open()
    await cache.set('key', 1)

    expect(await cache.expire('key', '1500ms')).toBe(true)

    expect(await cache.pttl('key')).toBeGreaterThan(1000)
    expect(await cache.pttl('key')).toBeLessThanOrEqual(1500)
  })

  it('expireAt ends it at a date; one in the past at once', async () => {
    await using cache = open()
    await cache.setMany({ future: 1, past: 1 })

    expect(await cache.expireAt('future', new Date(Date.now() + 100_000))).toBe(true)
    expect(await cache.expireAt('past', new Date(Date.now() - 1000))).toBe(true)

    expect(await cache.pttl('future')).toBeGreaterThan(95_000)
    expect(await cache.has('past')).toBe(false)
  })

  it('works on the version named', async () => {
    await using cache = open()
    await cache.set('key', 1, { version: 2, timeout: 10 })

    expect(await cache.touch('key', 50)).toBe(false)
    expect(await cache.touch('key', 50, { version: 2 })).toBe(true)
    expect(await cache.ttl('key', { version: 2 })).toBe(50)
  })
})
