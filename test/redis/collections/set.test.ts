import { expect, it } from 'vitest'

import { json, zlib } from '../../../src/codecs/index.ts'
import { createCache } from '../../../src/index.ts'
import { freshPrefix, redisUrl } from '../../support/redis.ts'
import { allOf, describeCollections } from './subjects.ts'

describeCollections('sets', (open) => {
  it('add says whether a member is new, addMany how many are', async () => {
    await using cache = open()
    const tags = cache.setAt<string>('tags')

    expect(await tags.add('bar')).toBe(true)
    expect(await tags.add('bar')).toBe(false)
    expect(await tags.addMany(['bar', 'baz', 'qux'])).toBe(2)
    expect(await tags.addMany([])).toBe(0)

    expect(await tags.members()).toEqual(new Set(['bar', 'baz', 'qux']))
    expect(await tags.size()).toBe(3)
  })

  it('members keep what they are: 1, 1.5, "1", true, null, dates, bigints', async () => {
    await using cache = open()
    const members = [1, 1.5, '1', true, null, new Date(5), 2n ** 70n]
    const set = cache.setAt('set')

    expect(await set.addMany(members)).toBe(members.length)

    expect(await set.hasMany(members)).toEqual(members.map(() => true))
    const found = [...(await set.members())]
    for (const member of members) expect(found).toContainEqual(member)
  })

  it('members that are objects are answered, and told apart by their bytes', async () => {
    await using cache = open({ serializer: json() })
    const set = cache.setAt<object>('set')
    await set.addMany([{ a: 1, b: 2 }, [1, 2]])

    expect(await set.has({ a: 1, b: 2 })).toBe(true)
    expect(await set.has({ b: 2, a: 1 })).toBe(false)
    expect([...(await set.members())]).toContainEqual([1, 2])
  })

  it('has and hasMany answer for each, in the order asked', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    await set.addMany(['bar', 'baz'])

    expect(await set.has('bar')).toBe(true)
    expect(await set.has('qux')).toBe(false)
    expect(await set.hasMany(['bar', 'qux', 'baz'])).toEqual([true, false, true])
    expect(await set.hasMany([])).toEqual([])
  })

  it('delete says whether a member was there, deleteMany how many were', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    await set.addMany(['a', 'b', 'c'])

    expect(await set.delete('a')).toBe(true)
    expect(await set.delete('a')).toBe(false)
    expect(await set.deleteMany(['a', 'b', 'c'])).toBe(2)
    expect(await set.exists()).toBe(false)
  })

  it('what is missing is empty', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')

    expect(await set.size()).toBe(0)
    expect(await set.members()).toEqual(new Set())
    expect(await set.pop()).toBeUndefined()
    expect(await set.pop(3)).toEqual([])
    expect(await set.random()).toBeUndefined()
    expect(await set.random(3)).toEqual([])
    expect(await allOf(set)).toEqual([])
  })

  it('pop takes a member, or as many as asked for', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    await set.addMany(['bar', 'baz'])

    expect(['bar', 'baz']).toContain(await set.pop())
    expect(await set.pop(0)).toEqual([])
    expect(await set.pop(1)).toHaveLength(1)
    expect(await set.exists()).toBe(false)
  })

  it('random answers members and leaves them; with repeats as many as asked for', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    await set.addMany(['bar', 'baz'])

    expect(['bar', 'baz']).toContain(await set.random())
    expect((await set.random(5)).toSorted()).toEqual(['bar', 'baz'])
    expect(await set.random(5, { repeats: true })).toHaveLength(5)
    expect(await set.random(0)).toEqual([])
    expect(await set.size()).toBe(2)
  })

  it('a walk brings every member, however small its steps', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    const members = Array.from({ length: 2000 }, (_, index) => `member ${index}`)
    await set.addMany(members)

    const found = new Set(await allOf(set.iterate({ batch: 10 })))

    expect(found).toEqual(new Set(members))
    expect(new Set(await allOf(set))).toEqual(new Set(members))
  })

  it('what matches is found by filtering; a pattern is refused', async () => {
    await using cache = open()
    const set = cache.setAt<string>('set')
    await set.addMany(['bar1', 'bar2', 'foo'])

    const found = (await allOf(set)).filter((member) => member.startsWith('bar'))

    expect(found.toSorted()).toEqual(['bar1', 'bar2'])
    await expect(set.iterate({ match: 'bar*' } as never).next()).rejects.toMatchObject({ option: 'match' })
  })

  it('more members than fit one command are all added and deleted', async () => {
    await using cache = open()
    const set = cache.setAt<number>('set', { timeout: '1h' })
    const members = Array.from({ length: 9001 }, (_, index) => index)

    expect(await set.addMany(members)).toBe(9001)
    expect(await set.size()).toBe(9001)
    expect(await set.deleteMany(members)).toBe(9001)
  })

  it('moveTo moves a member, once', async () => {
    await using cache = open()
    const [from, to] = [cache.setAt<string>('from'), cache.setAt<string>('to')]
    await from.addMany(['bar1', 'bar2'])

    expect(await from.moveTo(to, 'bar1')).toBe(true)
    expect(await from.moveTo(to, 'bar1')).toBe(false)

    expect(await from.members()).toEqual(new Set(['bar2']))
    expect(await to.members()).toEqual(new Set(['bar1']))
  })

  it('moveTo goes to the version of the destination', async () => {
    await using cache = open()
    const from = cache.setAt<string>('from', { version: 2 })
    const to = cache.setAt<string>('to', { version: 3 })
    await from.add('bar')

    expect(await from.moveTo(to, 'bar')).toBe(true)

    expect(await to.has('bar')).toBe(true)
    expect(await cache.setAt('to').exists()).toBe(false)
  })

  it('union, intersection and difference', async () => {
    await using cache = open()
    const [a, b, c] = [cache.setAt<string>('a'), cache.setAt<string>('b'), cache.setAt<string>('c')]
    await a.addMany(['bar1', 'bar2'])
    await b.addMany(['bar2', 'bar3'])
    await c.add('bar4')

    expect(await a.difference(b)).toEqual(new Set(['bar1']))
    expect(await a.intersection(b)).toEqual(new Set(['bar2']))
    expect(await a.union([b, c])).toEqual(new Set(['bar1', 'bar2', 'bar3', 'bar4']))
    expect(await a.intersectionSize(b)).toBe(1)
    expect(await a.union([])).toEqual(new Set(['bar1', 'bar2']))
  })

  it('their results are stored in the place of another set', async () => {
    await using cache = open()
    const [a, b, into] = [cache.setAt<string>('a'), cache.setAt<string>('b'), cache.setAt<string>('into')]
    await a.addMany(['bar1', 'bar2'])
    await b.addMany(['bar2', 'bar3'])
    await into.add('old')

    expect(await a.differenceInto(into, b)).toBe(1)
    expect(await into.members()).toEqual(new Set(['bar1']))
    expect(await a.intersectionInto(into, b)).toBe(1)
    expect(await into.members()).toEqual(new Set(['bar2']))
    expect(await a.unionInto(into, b)).toBe(3)
    expect(await into.members()).toEqual(new Set(['bar1', 'bar2', 'bar3']))
  })

  it('each set has its own version when they are combined', async () => {
    await using cache = open()
    const into = cache.setAt<string>('into')
    const [a1, b1] = [cache.setAt<string>('a'), cache.setAt<string>('b')]
    const [a2, b2] = [cache.setAt<string>('a', { version: 2 }), cache.setAt<string>('b', { version: 2 })]
    await a2.addMany(['bar1', 'bar2', 'bar3'])
    await b2.add('bar3')

    expect(await a2.differenceInto(into, b2)).toBe(2)
    expect(await into.members()).toEqual(new Set(['bar1', 'bar2']))
    expect(await a1.differenceInto(into, b1)).toBe(0)
    expect(await into.exists()).toBe(false)
  })

  it('compressed members are found, walked over and deleted', async () => {
    await using cache = open({ serializer: json(), compressor: zlib({ above: 10 }) })
    const set = cache.setAt<string>('set')
    const long = 'x'.repeat(1000)
    await set.add(long)

    expect(await set.has(long)).toBe(true)
    expect(await allOf(set)).toEqual([long])
    expect(await set.delete(long)).toBe(true)
  })

  it('sets of another cache are not combined with', async () => {
    await using cache = open()
    await using other = createCache({ location: redisUrl(), keyPrefix: freshPrefix() })

    await expect(cache.setAt('a').union(other.setAt('b'))).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(cache.setAt('a').moveTo(other.setAt('b'), 1)).rejects.toMatchObject({ code: 'ERR_OPTION' })
  })

  it('what cannot be is refused', async () => {
    await using cache = open()
    const set = cache.setAt('set')

    await expect(set.add(undefined)).rejects.toThrow(TypeError)
    await expect(set.pop(-1)).rejects.toMatchObject({ option: 'count' })
    await expect(set.random(1.5)).rejects.toMatchObject({ option: 'count' })
    await expect(set.iterate({ batch: 0 }).next()).rejects.toMatchObject({ option: 'batch' })
    expect(await set.exists()).toBe(false)
  })
})
