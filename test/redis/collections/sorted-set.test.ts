import fc from 'fast-check'
import { expect, it } from 'vitest'

import { json } from '../../../src/codecs/index.ts'
import { allOf, describeCollections } from './subjects.ts'

const abc: readonly [string, number][] = [
  ['a', 1],
  ['b', 2],
  ['c', 3],
]

describeCollections('sorted sets', (open) => {
  it('set says whether a member is new or changed, setMany how many are', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')

    expect(
      await scores.setMany([
        ['foo', 1],
        ['bar', 2],
      ]),
    ).toBe(2)
    expect(await scores.set('foo', 1)).toBe(false)
    expect(await scores.set('foo', 3)).toBe(true)
    expect(
      await scores.setMany(
        new Map([
          ['foo', 4],
          ['new', 1],
        ]),
      ),
    ).toBe(2)
    expect(
      await scores.setMany(
        [
          ['foo', 5],
          ['newer', 1],
        ],
        { count: 'added' },
      ),
    ).toBe(1)
    expect(await scores.setMany([])).toBe(0)

    expect(await scores.size()).toBe(4)
  })

  it('only absent members are added when asked, and those that are there stay as they are', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.set('foo', 1)

    expect(await scores.set('foo', 2, { when: 'absent' })).toBe(false)
    expect(await scores.add('foo', 2)).toBe(false)
    expect(await scores.add('bar', 2)).toBe(true)
    expect(await scores.score('foo')).toBe(1)
  })

  it('only present members are changed when asked, and none is added', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.set('foo', 1)

    expect(await scores.set('bar', 1, { when: 'present' })).toBe(false)
    expect(await scores.set('foo', 2, { when: 'present' })).toBe(true)
    expect(await scores.score('foo')).toBe(2)
    expect(await scores.size()).toBe(1)
  })

  it('only greater, or only lesser, scores replace others when asked', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.set('foo', 5)

    expect(await scores.set('foo', 4, { only: 'greater' })).toBe(false)
    expect(await scores.set('foo', 6, { only: 'greater' })).toBe(true)
    expect(await scores.set('foo', 7, { only: 'less' })).toBe(false)
    expect(await scores.set('foo', 3, { only: 'less', when: 'present' })).toBe(true)
    expect(await scores.set('new', 1, { only: 'greater' })).toBe(true)
    expect(await scores.score('foo')).toBe(3)
  })

  it('incr answers the new score exactly, never cut to a whole number', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')

    expect(await scores.incr('foo', 1.5)).toBe(1.5)
    expect(await scores.incr('foo', 0.25)).toBe(1.75)
    expect(await scores.incr('foo')).toBe(2.75)
    expect(await scores.incr('foo', -3)).toBe(-0.25)
  })

  it('incr whose condition does not hold answers nothing and changes nothing', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.set('foo', 1)

    expect(await scores.incr('foo', 1, { when: 'absent' })).toBeUndefined()
    expect(await scores.incr('bar', 1, { when: 'present' })).toBeUndefined()
    expect(await scores.incr('foo', -1, { only: 'greater' })).toBeUndefined()
    expect(await scores.range(0, -1, { withScores: true })).toEqual([['foo', 1]])
  })

  it('score, scores and has tell of members that are there and that are not', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany(abc)

    expect(await scores.score('b')).toBe(2)
    expect(await scores.score('x')).toBeUndefined()
    expect(await scores.scores(['c', 'x', 'a'])).toEqual([3, undefined, 1])
    expect(await scores.scores([])).toEqual([])
    expect(await scores.has('a')).toBe(true)
    expect(await scores.has('x')).toBe(false)
  })

  it('every number comes back as the score that it was', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    const number = fc.double({ noNaN: true }).map((score) => score + 0)

    await fc.assert(
      fc.asyncProperty(number, async (score) => {
        await scores.set('m', score)
        expect(await scores.score('m')).toBe(score)
        expect(await scores.range(0, -1, { withScores: true })).toEqual([['m', score]])
        expect(await allOf(scores)).toEqual([['m', score]])
      }),
      { numRuns: 60 },
    )
  })

  it('fractions and negative scores are in their order', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany([
      ['c', 1.2],
      ['a', 1.1],
      ['b', 1.15],
      ['minus', -5],
      ['least', Number.NEGATIVE_INFINITY],
      ['most', Number.POSITIVE_INFINITY],
    ])

    expect(await scores.range()).toEqual(['least', 'minus', 'a', 'b', 'c', 'most'])
    expect(await scores.score('b')).toBe(1.15)
    expect(await scores.score('most')).toBe(Number.POSITIVE_INFINITY)
  })

  it('rank counts from either end', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany(abc)

    expect(await scores.rank('a')).toBe(0)
    expect(await scores.rank('c')).toBe(2)
    expect(await scores.rank('c', { reverse: true })).toBe(0)
    expect(await scores.rank('x')).toBeUndefined()
  })

  it('count counts scores between bounds, which are included unless said otherwise', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany([...abc, ['d', 4], ['most', Number.POSITIVE_INFINITY]])

    expect(await scores.count()).toBe(5)
    expect(await scores.count({ min: 2, max: 3 })).toBe(2)
    expect(await scores.count({ min: 2, minExclusive: true, max: 4, maxExclusive: true })).toBe(1)
    expect(await scores.count({ max: Number.POSITIVE_INFINITY, maxExclusive: true })).toBe(4)
    expect(await scores.count({ min: 10, max: 20 })).toBe(0)
  })

  it('range reads by place, from either end, with scores when asked', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany(abc)

    expect(await scores.range()).toEqual(['a', 'b', 'c'])
    expect(await scores.range(0, 1)).toEqual(['a', 'b'])
    expect(await scores.range(-1, -1)).toEqual(['c'])
    expect(await scores.range(0, 1, { reverse: true })).toEqual(['c', 'b'])
    expect(await scores.range(0, -1, { withScores: true })).toEqual(abc)
    expect(await scores.range(0, 0, { reverse: true, withScores: true })).toEqual([['c', 3]])
  })

  it('rangeByScore reads by score, from either end, page by page', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany([...abc, ['d', 4]])

    expect(await scores.rangeByScore({ min: 2, max: 3 })).toEqual(['b', 'c'])
    expect(await scores.rangeByScore({ min: 2, minExclusive: true })).toEqual(['c', 'd'])
    expect(await scores.rangeByScore({}, { offset: 1, limit: 2 })).toEqual(['b', 'c'])
    expect(await scores.rangeByScore({}, { offset: 3 })).toEqual(['d'])
    expect(await scores.rangeByScore({ max: 2 }, { withScores: true })).toEqual(abc.slice(0, 2))
    expect(await scores.rangeByScore({ min: 2, max: 4 }, { reverse: true })).toEqual(['d', 'c', 'b'])
    expect(await scores.rangeByScore({}, { reverse: true, limit: 1, withScores: true })).toEqual([['d', 4]])
    expect(await scores.rangeByScore()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('members of equal score are read, counted and removed by their own order', async () => {
    await using cache = open({ serializer: json() })
    const names = cache.sortedSetAt<string>('names')
    await names.setMany(['a', 'b', 'c', 'd'].map((name) => [name, 0] as const))

    expect(await names.rangeByLex({ min: 'b' })).toEqual(['b', 'c', 'd'])
    expect(await names.rangeByLex({ min: 'b', minExclusive: true, max: 'd', maxExclusive: true })).toEqual(['c'])
    expect(await names.rangeByLex({ max: 'c' }, { reverse: true, limit: 2 })).toEqual(['c', 'b'])
    expect(await names.countByLex({ min: 'b', max: 'c' })).toBe(2)
    expect(await names.deleteRangeByLex({ max: 'b' })).toBe(2)
    expect(await names.rangeByLex()).toEqual(['c', 'd'])
  })

  it('a walk brings every member with its score', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    const entries = Array.from({ length: 1500 }, (_, index): [string, number] => [`m${index}`, index / 8])
    await scores.setMany(entries)

    expect(new Map(await allOf(scores.iterate({ batch: 20 })))).toEqual(new Map(entries))
    await expect(scores.iterate({ match: 'm*' } as never).next()).rejects.toMatchObject({ option: 'match' })
  })

  it('popMin and popMax take one, or as many as asked for, in their order', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany([...abc, ['d', 4], ['e', 5]])

    expect(await scores.popMax()).toEqual(['e', 5])
    expect(await scores.popMin()).toEqual(['a', 1])
    expect(await scores.popMax(2)).toEqual([
      ['d', 4],
      ['c', 3],
    ])
    expect(await scores.popMin(5)).toEqual([['b', 2]])
    expect(await scores.exists()).toBe(false)
  })

  it('what is missing is empty', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')

    expect(await scores.popMin()).toBeUndefined()
    expect(await scores.popMax()).toBeUndefined()
    expect(await scores.popMin(2)).toEqual([])
    expect(await scores.popMax(2)).toEqual([])
    expect(await scores.size()).toBe(0)
    expect(await scores.range()).toEqual([])
    expect(await scores.random()).toBeUndefined()
    expect(await scores.random(2)).toEqual([])
    expect(await allOf(scores)).toEqual([])
  })

  it('random answers members and leaves them', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<string>('scores')
    await scores.setMany(abc)

    expect(['a', 'b', 'c']).toContain(await scores.random())
    expect((await scores.random(5)).toSorted()).toEqual(['a', 'b', 'c'])
  })

  it('members are deleted one by one, many at once, and by ranges', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt<number>('scores')
    await scores.setMany(Array.from({ length: 10 }, (_, index) => [index, index] as const))

    expect(await scores.delete(0)).toBe(true)
    expect(await scores.delete(0)).toBe(false)
    expect(await scores.deleteMany([1, 2, 99])).toBe(2)
    expect(await scores.deleteRange(0, 1)).toBe(2)
    expect(await scores.deleteRangeByScore({ min: 5, max: 7 })).toBe(3)
    expect(await scores.range()).toEqual([8, 9])
  })

  it('members of any kind survive', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt('scores')
    const members = [['a', 1], { deep: { list: [null] } }, new Date(3), 7, '7']

    await scores.setMany(members.map((member, index) => [member, index] as const))

    expect(await scores.range()).toEqual(members)
    expect(await scores.score(['a', 1])).toBe(0)
  })

  it('versions do not see each other', async () => {
    await using cache = open()
    await cache.sortedSetAt('scores').set('a', 1)
    await cache.sortedSetAt('scores', { version: 2 }).set('b', 2)

    expect(await cache.sortedSetAt('scores').range()).toEqual(['a'])
    expect(await cache.sortedSetAt('scores', { version: 2 }).range()).toEqual(['b'])
  })

  it('union, intersection and difference put scores together as asked', async () => {
    await using cache = open()
    const [a, b] = [cache.sortedSetAt<string>('a'), cache.sortedSetAt<string>('b')]
    await a.setMany(abc.slice(0, 2))
    await b.setMany([
      ['b', 10],
      ['c', 20.5],
    ])

    expect(await a.union(b)).toEqual([
      ['a', 1],
      ['b', 12],
      ['c', 20.5],
    ])
    expect(await a.union([b], { aggregate: 'max', weights: [100, 1] })).toEqual([
      ['c', 20.5],
      ['a', 100],
      ['b', 200],
    ])
    expect(await a.intersection(b, { aggregate: 'min' })).toEqual([['b', 2]])
    expect(await a.difference(b)).toEqual([['a', 1]])
  })

  it('their results are stored in the place of another sorted set', async () => {
    await using cache = open()
    const [a, b, into] = ['a', 'b', 'into'].map((key) => cache.sortedSetAt<string>(key))
    if (a === undefined || b === undefined || into === undefined) throw new Error('three were made')
    await a.setMany(abc.slice(0, 2))
    await b.set('b', 10)

    expect(await a.unionInto(into, b, { weights: [1, 0.5] })).toBe(2)
    expect(await into.range(0, -1, { withScores: true })).toEqual([
      ['a', 1],
      ['b', 7],
    ])
    expect(await a.intersectionInto(into, b)).toBe(1)
    expect(await a.differenceInto(into, [b])).toBe(1)
    expect(await into.range()).toEqual(['a'])
  })

  it('what cannot be is refused before anything is sent', async () => {
    await using cache = open()
    const scores = cache.sortedSetAt('scores')

    await expect(scores.setMany({ a: 1 } as never)).rejects.toThrow('pairs of member and score, got an object')
    await expect(scores.set('a', Number.NaN)).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'score' })
    await expect(scores.set('a', '1' as never)).rejects.toMatchObject({ option: 'score' })
    await expect(scores.set('a', 1, { when: 'absent', only: 'less' })).rejects.toMatchObject({ option: 'only' })
    await expect(scores.set('a', 1, { when: 'never' as never })).rejects.toMatchObject({ option: 'when' })
    await expect(scores.count({ from: 1 } as never)).rejects.toMatchObject({ option: 'from' })
    await expect(scores.range(0.5)).rejects.toMatchObject({ option: 'start' })
    await expect(scores.rangeByScore({}, { limit: -1 })).rejects.toMatchObject({ option: 'limit' })
    await expect(scores.union([], { aggregate: 'avg' as never })).rejects.toMatchObject({ option: 'aggregate' })
    expect(await scores.exists()).toBe(false)
  })
})
