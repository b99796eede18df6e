import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { Cache } from '../../../src/index.ts'
import { type RedisServer, startRedis } from '../../../src/testing/index.ts'
import { gone } from '../../support/gone.ts'
import { type Aliases, openSite, sites } from './sites.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

/** The promises of django-redis' own tests of its backend, sets, hashes and sorted sets apart. */
describe.each(sites)('$name', (site) => {
  let caches: Aliases
  let cache: Cache

  beforeAll(() => {
    caches = openSite(site, server)
    cache = caches.default
  })

  afterEach(() => cache.clear({ everything: true }))
  afterAll(() => caches.close())

  describe('values', () => {
    it('a value set where there is none is not set again', async () => {
      await cache.delete('test_key_nx')

      expect(await cache.set('test_key_nx', 1, { when: 'absent' })).toBe(true)
      expect(await cache.set('test_key_nx', 2, { when: 'absent' })).toBe(false)

      expect(await cache.get('test_key_nx')).toBe(1)
      await cache.delete('test_key_nx')
      expect(await cache.get('test_key_nx')).toBeUndefined()
    })

    it('a value set where there is none keeps its timeout, and an existing one is left alone', async () => {
      expect(await cache.set('nx', 1, { timeout: 100, when: 'absent' })).toBe(true)
      expect(await cache.set('nx', 2, { timeout: 2000, when: 'absent' })).toBe(false)

      expect(await cache.get('nx')).toBe(1)
      expect(await cache.ttl('nx')).toBe(100)
    })

    it('add stores where there is none, and no more', async () => {
      await cache.set('add_key', 'Initial value')

      expect(await cache.add('add_key', 'New value')).toBe(false)
      expect(await cache.get('add_key')).toBe('Initial value')
      expect(await cache.add('other_key', 'New value')).toBe(true)
    })

    it.each<[string, unknown]>([
      ['an integer', 2],
      ['a long text', 'hello'.repeat(1000)],
      ['a text of a digit', '2'],
      ['text that is no ASCII', 'heló'],
      ['a fraction', 1.345_620_002],
      ['true', true],
      ['false', false],
      ['nothing', null],
      ['a list', [1, 'a', null]],
    ])('%s comes back as it was', async (_what, value) => {
      await cache.set('test_key', value)

      expect(await cache.get('test_key', 'Foo')).toEqual(value)
    })

    it('a dict with a time comes back, the time as text where the format has no other', async () => {
      const date = new Date('2024-02-29T12:34:56.789Z')
      await cache.set('test_key', { id: 1, date, name: 'Foo' })

      const expected = { id: 1, date: site.json === true ? date.toISOString() : date, name: 'Foo' }
      expect(await cache.get('test_key')).toEqual(expected)
    })

    it('a key may have any letters', async () => {
      await cache.set('ключ', 'value')

      expect(await cache.get('ключ')).toBe('value')
    })

    it('many are read and written together', async () => {
      await cache.setMany({ a: 1, b: 2, c: 3 })
      await cache.setMany({ d: '4', e: '5' })

      expect([...(await cache.getMany(['a', 'b', 'c', 'd', 'e', 'none']))]).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', '4'],
        ['e', '5'],
      ])
    })

    it('delete is true where there was something, and leaves the others', async () => {
      await cache.setMany({ a: 1, b: 2, c: 3 })

      expect(await cache.delete('a')).toBe(true)
      expect(await cache.delete('a')).toBe(false)
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['b', 'c'])
    })

    it('deleteMany counts, takes whatever can be walked over, and nothing', async () => {
      await cache.setMany({ a: 1, b: 2, c: 3 })
      function* names(): Generator<string> {
        yield 'a'
        yield 'b'
      }

      expect(await cache.deleteMany(names())).toBe(2)
      expect(await cache.deleteMany(['a', 'b'])).toBe(0)
      expect(await cache.deleteMany((function* () {})())).toBe(0)
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['c'])
    })

    it('versions do not see each other', async () => {
      await cache.set('keytest', 2, { version: 2 })

      expect(await cache.get('keytest')).toBeUndefined()
      expect(await cache.get('keytest', undefined, { version: 2 })).toBe(2)
    })

    it('clear removes the values', async () => {
      await cache.set('foo', 'bar')

      await cache.clear()

      expect(await cache.get('foo')).toBeUndefined()
    })
  })

  describe('timeouts', () => {
    it('a value ends when its time is over', async () => {
      await cache.set('test_key', 222, { timeout: '50ms' })

      if (site.herd === true) return expect(await cache.pttl('test_key')).toBeLessThanOrEqual(50)
      await gone(() => cache.has('test_key'))
      expect(await cache.get('test_key')).toBeUndefined()
    })

    it.each([0, -1])('with a timeout of %i nothing is stored, and what was there is gone', async (timeout) => {
      await cache.set('test_key', 222, { timeout: null })

      await cache.set('test_key', 333, { timeout })

      expect(await cache.get('test_key')).toBeUndefined()
    })

    it('with a negative timeout, where there is something, it stays', async () => {
      await cache.set('test_key', 222, { timeout: null })

      expect(await cache.set('test_key', 333, { timeout: -1, when: 'absent' })).toBe(false)

      expect(await cache.get('test_key')).toBe(222)
    })

    it('a tiny timeout is no error', async () => {
      await cache.set('test_key', 222, { timeout: 0.000_01 })

      expect([undefined, 222]).toContain(await cache.get('test_key'))
    })

    it('ttl and pttl tell what is left, null for ever, 0 for what is not there', async () => {
      await cache.set('some', 1, { timeout: 10 })
      await cache.set('fraction', 1, { timeout: 5.5 })
      await cache.set('ever', 1, { timeout: null })
      await cache.set('never', 1, { timeout: 0 })

      expect(await cache.ttl('some')).toBe(10)
      expect(await cache.pttl('some')).toBeGreaterThan(9000)
      expect(await cache.pttl('fraction')).toBeGreaterThan(5000)
      expect(await cache.pttl('fraction')).toBeLessThanOrEqual(5500)
      expect([await cache.ttl('ever'), await cache.pttl('ever')]).toEqual([null, null])
      expect([await cache.ttl('never'), await cache.pttl('never')]).toEqual([0, 0])
      expect([await cache.ttl('none'), await cache.pttl('none')]).toEqual([0, 0])
    })

    it('persist lets it live for ever', async () => {
      await cache.set('foo', 'bar', { timeout: 20 })

      expect(await cache.persist('foo')).toBe(true)
      expect(await cache.ttl('foo')).toBeNull()
      expect(await cache.persist('none')).toBe(false)
    })

    it('expire gives it a time, in seconds and in milliseconds', async () => {
      await cache.set('foo', 'bar', { timeout: null })

      expect(await cache.expire('foo', 20)).toBe(true)
      expect(await cache.ttl('foo')).toBe(20)
      expect(await cache.expire('foo', '20500ms')).toBe(true)
      expect(await cache.pttl('foo')).toBeGreaterThan(20_000)
      expect(await cache.expire('none', 20)).toBe(false)
    })

    it('touch without a timeout gives it the default one: 300 seconds, not milliseconds', async () => {
      await cache.set('foo', 'bar', { timeout: null })

      expect(await cache.touch('foo')).toBe(true)
      expect(await cache.ttl('foo')).toBe(300)
      expect(await cache.touch('none')).toBe(false)
    })

    it('expireAt ends it at a time, and what is past removes it', async () => {
      await cache.set('foo', 'bar', { timeout: null })

      expect(await cache.expireAt('foo', new Date(Date.now() + 3_600_000))).toBe(true)
      expect(await cache.ttl('foo')).toBeGreaterThan(3590)
      expect(await cache.expireAt('foo', new Date(Date.now() - 3_600_000))).toBe(true)
      expect(await cache.get('foo')).toBeUndefined()
      expect(await cache.expireAt('none', new Date(Date.now() + 1000))).toBe(false)
    })

    it.each([0, -1])('touch with %i is true, and it is gone', async (timeout) => {
      await cache.set('test_key', 222, { timeout: 10 })

      expect(await cache.touch('test_key', timeout)).toBe(true)
      expect(await cache.get('test_key')).toBeUndefined()
    })

    it('touch gives a new time, for ever with null, and is false for what is not there', async () => {
      await cache.set('test_key', 222, { timeout: 10 })

      expect(await cache.touch('test_key', 100)).toBe(true)
      expect(await cache.ttl('test_key')).toBe(100)
      expect(await cache.touch('test_key', null)).toBe(true)
      expect(await cache.ttl('test_key')).toBeNull()
      expect(await cache.touch('test_key', null), 'and again').toBe(true)
      expect(await cache.touch('none', 5)).toBe(false)
      expect(await cache.touch('none', null)).toBe(false)
    })
  })

  describe('counters', () => {
    it.each([300, null])('go on past 64 bits, and live as long as before (%s)', async (timeout) => {
      await cache.set('num', 1, { timeout })

      expect(await cache.incr('num')).toBe(2)
      expect(await cache.incr('num', 10)).toBe(12)
      await cache.set('num', 2n ** 63n - 1n, { timeout })
      expect(await cache.incr('num')).toBe(2n ** 63n)
      expect(await cache.incr('num', 2)).toBe(2n ** 63n + 2n)
      expect(await cache.get('num')).toBe(2n ** 63n + 2n)
      await cache.set('num', 3, { timeout })
      expect(await cache.incr('num', 2)).toBe(5)

      expect(await cache.ttl('num')).toBe(timeout)
    })

    it('go down, and below nothing', async () => {
      await cache.set('num', 20)

      expect(await cache.decr('num')).toBe(19)
      expect(await cache.decr('num', 20)).toBe(-1)
      await cache.set('num', 2n ** 63n)
      expect(await cache.decr('num', 2)).toBe(2n ** 63n - 2n)
    })

    it('that are missing are an error, unless they are to begin', async () => {
      await expect(cache.incr('none')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })
      await expect(cache.decr('none')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })

      expect(await cache.incr('num', 1, { create: true })).toBe(1)
      expect(await cache.incr('num', 5, { create: true })).toBe(6)
      expect(await cache.incr('big', 2n ** 64n, { create: true })).toBe(2n ** 64n)
    })

    it('with less than half a second to live keep it, where django-redis loses them', async () => {
      await cache.set('num', 2n ** 63n - 1n, { timeout: '450ms' })

      expect(await cache.incr('num')).toBe(2n ** 63n)

      expect(await cache.get('num')).toBe(2n ** 63n)
      expect(await cache.pttl('num')).toBeGreaterThan(0)
    })

    it('incrVersion moves a value, with the time it has', async () => {
      await cache.set('keytest', 2, { timeout: '450ms' })
      await cache.set('ever', 2, { timeout: null })

      expect(await cache.incrVersion('keytest')).toBe(2)
      expect(await cache.incrVersion('ever')).toBe(2)

      expect(await cache.get('keytest')).toBeUndefined()
      expect(await cache.get('keytest', undefined, { version: 2 })).toBe(2)
      expect(await cache.pttl('keytest', { version: 2 })).toBeGreaterThan(0)
      expect(await cache.ttl('ever', { version: 2 })).toBeNull()
      await expect(cache.incrVersion('none')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })
    })

    it('incrVersion moves a stored nothing', async () => {
      await cache.set('keytest', null)

      expect(await cache.incrVersion('keytest')).toBe(2)
      expect(await cache.get('keytest', 'fallback', { version: 2 })).toBeNull()
    })
  })

  describe('patterns', () => {
    it('deletePattern counts what it deletes and leaves the rest', async () => {
      await cache.setMany({ 'foo-aa': 1, 'foo-ab': 2, 'foo-bb': 3, 'foo-bc': 4 })

      expect(await cache.deletePattern('*foo-a*', { batch: 2 })).toBe(2)
      expect((await cache.keys('foo*')).toSorted()).toEqual(['foo-bb', 'foo-bc'])
      expect(await cache.deletePattern('*foo-a*')).toBe(0)
    })

    it.each([undefined, 2])('iterKeys finds all in pages of %s, and can be stepped through', async (batch) => {
      await cache.setMany({ foo1: 1, foo2: 1, foo3: 1 })
      const options = batch === undefined ? {} : { batch }

      const found = new Set<string>()
      for await (const key of cache.iterKeys('foo*', options)) found.add(key)

      expect(found).toEqual(new Set(['foo1', 'foo2', 'foo3']))
      const step = await cache.iterKeys('foo*', options).next()
      expect(step.value).toMatch(/^foo[123]$/)
    })
  })

  describe('locks', () => {
    it('acquiring makes the key, releasing removes it', async () => {
      const lock = cache.lock('foobar')

      expect(await lock.acquire()).toBe(true)
      expect(await cache.has('foobar')).toBe(true)
      await lock.release()
      expect(await cache.has('foobar')).toBe(false)
    })

    it('another owner does not get it meanwhile', async () => {
      const lock = cache.lock('foobar')
      await lock.acquire()

      expect(await cache.lock('foobar', { wait: 0 }).acquire()).toBe(false)
      await lock.release()
    })
  })

  it('a get or set that finds nothing stores, and one that finds does not', async () => {
    expect(await cache.getOrSet('key', () => 'made', { timeout: 30 })).toBe('made')
    expect(await cache.getOrSet('key', () => 'again')).toBe('made')
    expect(await cache.ttl('key')).toBe(30)
  })

  it('the wire keys are those of Django', async () => {
    await cache.set('foo', 1, { timeout: null })
    await caches.with_prefix.set('foo', 1, { timeout: null })

    expect(cache.makeKey('foo')).toBe(':1:foo')
    expect(caches.with_prefix.makeKey('foo')).toBe('test-prefix:1:foo')
    expect(await cache.keys()).toEqual(['foo'])
  })
})

describe('the grace period of the herd', () => {
  it('keeps a value beyond its time, and then it is gone', async () => {
    const site = sites.find(({ herd }) => herd === true)
    const caches = openSite(site ?? { name: 'none' }, server)

    await caches.default.set('test_key', 222, { timeout: 1 })

    expect(await caches.default.pttl('test_key')).toBeLessThanOrEqual(1000)
    await sleep(1100)
    expect(await caches.default.ttl('test_key')).toBe(0)
    expect(await caches.default.has('test_key')).toBe(true)
    await gone(() => caches.default.has('test_key'))
    await caches.close()
  })
})
