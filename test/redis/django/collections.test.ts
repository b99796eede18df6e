import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { PyTuple } from '../../../src/codecs/index.ts'
import type { Cache } from '../../../src/index.ts'
import { type RedisServer, startRedis } from '../../../src/testing/index.ts'
import { type Aliases, openSite, sites } from './sites.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

/** The promises of django-redis' own tests of sets, hashes and sorted sets, for each of its settings. */
describe.each(sites)('$name', (site) => {
  let caches: Aliases
  let cache: Cache

  beforeAll(() => {
    // Its replica is the same server: what is written is there to be read.
    caches = openSite(site, server)
    cache = caches.default
  })

  afterEach(() => cache.clear({ everything: true }))
  afterAll(() => caches.close())

  /** Keys of one tag, which are together on shards. */
  const set = (key: string, version?: number) =>
    cache.setAt<string>(`${key}{tag}`, version === undefined ? {} : { version })
  const scores = (key: string = 'foo', version?: number) =>
    cache.sortedSetAt<string>(key, version === undefined ? {} : { version })

  describe('sets', () => {
    it('add counts what is new, and what was added is a member', async () => {
      expect(await set('foo').add('bar')).toBe(true)
      expect(await set('foo').addMany(['bar', 'bar2'])).toBe(1)

      expect(await set('foo').size()).toBe(2)
      expect(await set('foo').members()).toEqual(new Set(['bar', 'bar2']))
    })

    it('difference, intersection and union are answered, or stored', async () => {
      await set('foo1').addMany(['bar1', 'bar2'])
      await set('foo2').addMany(['bar2', 'bar3'])

      expect(await set('foo1').difference(set('foo2'))).toEqual(new Set(['bar1']))
      expect(await set('foo1').intersection(set('foo2'))).toEqual(new Set(['bar2']))
      expect(await set('foo1').union(set('foo2'))).toEqual(new Set(['bar1', 'bar2', 'bar3']))
      expect(await set('foo1').differenceInto(set('foo3'), set('foo2'))).toBe(1)
      expect(await set('foo3').members()).toEqual(new Set(['bar1']))
      expect(await set('foo1').intersectionInto(set('foo3'), set('foo2'))).toBe(1)
      expect(await set('foo3').members()).toEqual(new Set(['bar2']))
      expect(await set('foo1').unionInto(set('foo3'), set('foo2'))).toBe(3)
      expect(await set('foo3').members()).toEqual(new Set(['bar1', 'bar2', 'bar3']))
    })

    it('what is stored is of the versions of the handles', async () => {
      await set('foo1', 2).addMany(['bar1', 'bar2'])
      await set('foo2', 2).addMany(['bar2', 'bar3'])

      expect(await set('foo1').differenceInto(set('foo3'), set('foo2')), 'of the usual version').toBe(0)
      expect(await set('foo1', 2).differenceInto(set('foo3'), set('foo2')), 'of two versions').toBe(2)
      expect(await set('foo1', 2).differenceInto(set('foo3'), set('foo2', 2))).toBe(1)
      expect(await set('foo3').members()).toEqual(new Set(['bar1']))
    })

    it('has and hasMany tell members from others', async () => {
      await set('foo').addMany(['bar1', 'bar2'])

      expect([await set('foo').has('bar1'), await set('foo').has('bar3')]).toEqual([true, false])
      expect(await set('foo').hasMany(['bar1', 'bar2', 'xyz'])).toEqual([true, true, false])
    })

    it('moveTo moves a member, and is false for what is none', async () => {
      await set('foo1').addMany(['bar1', 'bar2'])
      await set('foo2').addMany(['bar2', 'bar3'])

      expect(await set('foo1').moveTo(set('foo2'), 'bar1')).toBe(true)
      expect(await set('foo1').moveTo(set('foo2'), 'bar4')).toBe(false)
      expect(await set('foo1').members()).toEqual(new Set(['bar2']))
      expect(await set('foo2').members()).toEqual(new Set(['bar1', 'bar2', 'bar3']))
    })

    it('pop takes, random leaves: one, or a list where a count is given', async () => {
      await set('foo').addMany(['bar1', 'bar2'])

      expect(['bar1', 'bar2']).toContain(await set('foo').random())
      expect(await set('foo').random(1)).toHaveLength(1)
      expect(await set('foo').size()).toBe(2)
      expect(['bar1', 'bar2']).toContain(await set('foo').pop())
      expect(await set('foo').pop(1)).toHaveLength(1)
      expect(await set('foo').size()).toBe(0)
    })

    it('delete is true once', async () => {
      await set('foo').addMany(['bar1', 'bar2'])

      expect(await set('foo').delete('bar1')).toBe(true)
      expect(await set('foo').delete('bar3')).toBe(false)
    })

    it('a walk brings all members', async () => {
      const members = Array.from({ length: 300 }, (_, index) => `bar${index}`)
      await set('foo').addMany(members)

      const found = new Set<string>()
      for await (const member of set('foo').iterate({ batch: 10 })) found.add(member)
      expect(found).toEqual(new Set(members))
    })
  })

  describe('hashes', () => {
    const hash = () => cache.hashAt<Record<string, string>>('foo_hash1', { layout: 'django' })

    it('fields are set, counted, found and deleted, under the key that django-redis gives each', async () => {
      expect(await hash().size()).toBe(0)
      expect(await hash().set('foo1', 'bar1')).toBe(true)
      expect(await hash().set('foo2', 'bar2')).toBe(true)

      expect(await hash().size()).toBe(2)
      expect(await hash().keys()).toEqual(['foo1', 'foo2'])
      expect([await hash().has('foo1'), await hash().has('foo')]).toEqual([true, false])
      expect(await hash().delete('foo1')).toBe(true)
      expect(await hash().size()).toBe(1)
      expect([await hash().has('foo1'), await hash().has('foo2')]).toEqual([false, true])
    })

    it('a prefix of the cache stands before the fields, and is not shown', async () => {
      const prefixed = caches.with_prefix.hashAt<Record<string, string>>('foo_hash2', { layout: 'django' })
      await prefixed.set('foo1', 'bar1')

      expect(await prefixed.keys()).toEqual(['foo1'])
      expect(await prefixed.get('foo1')).toBe('bar1')
    })
  })

  describe('sorted sets', () => {
    const abc = { a: 1, b: 2, c: 3 }
    const pairs = (mapping: Readonly<Record<string, number>>) => Object.entries(mapping)

    it('setMany counts what is new, on conditions too', async () => {
      expect(await scores().setMany(pairs({ a: 1, b: 2 }))).toBe(2)
      expect(await scores().size()).toBe(2)

      expect(await scores().setMany(pairs({ a: 10 }), { when: 'absent' })).toBe(0)
      expect(await scores().score('a')).toBe(1)
      expect(await scores().setMany(pairs({ a: 10, z: 1 }), { when: 'present', count: 'added' })).toBe(0)
      expect([await scores().score('a'), await scores().score('z')]).toEqual([10, undefined])
      expect(await scores().setMany(pairs({ a: 11, c: 3 }), { count: 'changed' })).toBe(2)
    })

    it('are counted whole and by score', async () => {
      await scores().setMany(pairs({ ...abc, d: 4, e: 5 }))

      expect([await scores().size(), await scores('none').size()]).toEqual([5, 0])
      expect(await scores().count({ min: 2, max: 4 })).toBe(3)
      expect(await scores().count()).toBe(5)
      expect(await scores().count({ min: 10, max: 20 })).toBe(0)
    })

    it('incr adds to a score or begins one, fractions and all', async () => {
      await scores().set('a', 1)

      expect(await scores().incr('a', 5)).toBe(6)
      expect(await scores().incr('b', 2.5)).toBe(2.5)
    })

    it('popMin and popMax take with the score, a list where a count is given, nothing of nothing', async () => {
      await scores().setMany(pairs({ ...abc, d: 4 }))

      expect(await scores().popMax()).toEqual(['d', 4])
      expect(await scores().popMin()).toEqual(['a', 1])
      expect(await scores().popMax(2)).toEqual([
        ['c', 3],
        ['b', 2],
      ])
      expect([await scores().popMin(), await scores().popMax()]).toEqual([undefined, undefined])
      expect([await scores().popMin(5), await scores().popMax(5)]).toEqual([[], []])
    })

    it('are read by place and by score, from either end, page by page', async () => {
      await scores().setMany(pairs({ ...abc, d: 4, e: 5 }))

      expect(await scores().range()).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(await scores().range(0, 1, { withScores: true })).toEqual([
        ['a', 1],
        ['b', 2],
      ])
      expect(await scores().range(0, 1, { reverse: true })).toEqual(['e', 'd'])
      expect(await scores().rangeByScore({ min: 2, max: 4 })).toEqual(['b', 'c', 'd'])
      expect(await scores().rangeByScore({ min: 2, max: 4 }, { offset: 1, limit: 2 })).toEqual(['c', 'd'])
      expect(await scores().rangeByScore({ min: 2, max: 3 }, { reverse: true, withScores: true })).toEqual([
        ['c', 3],
        ['b', 2],
      ])
    })

    it('rank and score are told, and undefined for what is no member', async () => {
      await scores().setMany(pairs({ a: 1.5, b: 2, c: 3 }))

      expect([await scores().rank('a'), await scores().rank('c'), await scores().rank('x')]).toEqual([0, 2, undefined])
      expect([await scores().score('a'), await scores().score('x')]).toEqual([1.5, undefined])
    })

    it('members are deleted: one, many, by score', async () => {
      await scores().setMany(pairs({ ...abc, d: 4, e: 5, f: 6 }))

      expect(await scores().delete('a')).toBe(true)
      expect(await scores().deleteMany(['b', 'c', 'x'])).toBe(2)
      expect(await scores().deleteRangeByScore({ min: 4, max: 6 })).toBe(3)
      expect(await scores().size()).toBe(0)
    })

    it('scores are ordered exactly, fractions and negative ones', async () => {
      await scores().setMany(pairs({ a: 1.1, b: 1.2, c: 1.15, d: -10, e: 0 }))

      expect(await scores().range()).toEqual(['d', 'e', 'a', 'c', 'b'])
      expect(await scores().score('c')).toBe(1.15)
    })

    it('versions do not see each other', async () => {
      await scores('foo', 1).set('a', 1)
      await scores('foo', 2).set('b', 2)

      expect(await scores('foo', 1).range()).toEqual(['a'])
      expect(await scores('foo', 2).range()).toEqual(['b'])
    })

    it('a tuple is a member, and a list where the format has no other', async () => {
      const members = cache.sortedSetAt('complex')

      expect(await members.set(PyTuple.of<unknown>('tuple', 1), 1)).toBe(true)

      const [member] = (await members.range()) as [readonly unknown[]]
      expect([...member]).toEqual(['tuple', 1])
      expect(member instanceof PyTuple).toBe(site.json !== true && site.name !== 'sqlite_msgpack')
    })
  })
})
