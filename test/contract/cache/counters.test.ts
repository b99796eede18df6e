import { expect, it } from 'vitest'

import { describeCaches } from './subjects.ts'

describeCaches('counters', (open) => {
  it('counts up and down, below 0 too', async () => {
    await using cache = open()
    await cache.set('n', 0)

    expect(await cache.incr('n')).toBe(1)
    expect(await cache.incr('n', 10)).toBe(11)
    expect(await cache.decr('n', 20)).toBe(-9)
    expect(await cache.get('n')).toBe(-9)
  })

  it('a missing key is an error that says what to do', async () => {
    await using cache = open()

    await expect(cache.incr('n')).rejects.toMatchObject({
      name: 'KeyNotFoundError',
      code: 'ERR_KEY_NOT_FOUND',
      key: 'n',
    })
    await expect(cache.decr('n')).rejects.toThrow('pass { create: true }')
    expect(await cache.has('n')).toBe(false)
  })

  it('creates a missing one when asked, to live as long as said', async () => {
    await using cache = open()

    expect(await cache.incr('n', 5, { create: true, timeout: 100 })).toBe(5)
    expect(await cache.incr('n', 1, { create: true, timeout: 9000 })).toBe(6)

    expect(await cache.ttl('n')).toBeLessThanOrEqual(100)
  })

  it('one created without a timeout lives for the time of the cache', async () => {
    await using cache = open({ timeout: '1m' })

    await cache.decr('n', 1, { create: true })

    expect(await cache.ttl('n')).toBe(60)
  })

  it('keeps the time to live', async () => {
    await using cache = open()
    await cache.set('n', 1, { timeout: 100 })

    await cache.incr('n')

    expect(await cache.pttl('n')).toBeGreaterThan(99_000)
    expect(await cache.pttl('n')).toBeLessThanOrEqual(100_000)
  })

  it('never loses a key that is about to end or lives for ever', async () => {
    await using cache = open()
    await cache.set('short', 2n ** 63n - 1n, { timeout: '400ms' })
    await cache.set('forever', 1, { timeout: null })

    await cache.incr('short')
    await cache.incr('forever')

    expect(await cache.get('short')).toBe(2n ** 63n)
    expect(await cache.ttl('forever')).toBeNull()
  })

  it.each([
    [2 ** 53 - 1, 1, 2n ** 53n],
    [2n ** 63n - 1n, 1, 2n ** 63n],
    [-(2n ** 63n), -1, -(2n ** 63n) - 1n],
    [2n ** 80n, 2n ** 80n, 2n ** 81n],
    [1, 2n ** 70n, 2n ** 70n + 1n],
    [2n ** 63n, -1, 2n ** 63n - 1n],
    [2n ** 53n, -1, 2 ** 53 - 1],
  ])('%s and %s are %s', async (start, delta, sum) => {
    await using cache = open()
    await cache.set('n', start)

    expect(await cache.incr('n', delta)).toBe(sum)
    expect(await cache.get('n')).toBe(sum)
  })

  it('all who count at once are counted, also beyond 64 bits', async () => {
    await using cache = open()
    await cache.setMany({ small: 0, large: 2n ** 63n - 10n })

    await Promise.all(Array.from({ length: 20 }, () => Promise.all([cache.incr('small'), cache.incr('large')])))

    expect(await cache.get('small')).toBe(20)
    expect(await cache.get('large')).toBe(2n ** 63n + 10n)
  })

  it.each(['text', 1.5, true, [1], '5'])('%s cannot be counted', async (value) => {
    await using cache = open()
    await cache.set('n', value)

    await expect(cache.incr('n')).rejects.toMatchObject({ name: 'CommandError', code: 'ERR_COMMAND' })
    expect(await cache.get('n')).toEqual(value)
  })

  it('incrVersion moves the value with the time that it has left', async () => {
    await using cache = open()
    await cache.set('key', 'value', { timeout: '90500ms' })

    expect(await cache.incrVersion('key')).toBe(2)

    expect(await cache.has('key')).toBe(false)
    expect(await cache.get('key', undefined, { version: 2 })).toBe('value')
    expect(await cache.pttl('key', { version: 2 })).toBeGreaterThan(90_000)
  })

  it('a value about to end, or living for ever, survives incrVersion', async () => {
    await using cache = open()
    await cache.set('short', 1, { timeout: '400ms' })
    await cache.set('forever', null, { timeout: null })

    await cache.incrVersion('short', 4)
    await cache.incrVersion('forever')

    expect(await cache.get('short', undefined, { version: 5 })).toBe(1)
    expect(await cache.ttl('forever', { version: 2 })).toBeNull()
  })

  it('decrVersion moves back, replacing what is there', async () => {
    await using cache = open()
    await cache.set('key', 'old')
    await cache.set('key', 'new', { version: 2 })

    expect(await cache.decrVersion('key', 1, { version: 2 })).toBe(1)

    expect(await cache.get('key')).toBe('new')
  })

  it('a missing value cannot be moved', async () => {
    await using cache = open()

    await expect(cache.incrVersion('key')).rejects.toMatchObject({ name: 'KeyNotFoundError', key: 'key' })
  })
})
