import { describe, expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'

describe('locations', () => {
  it.each<[object, RegExp]>([
    [{ location: [] }, /^location: expected at least one URL, got an empty list$/],
    [{ location: ['redis://a', 'memory:'] }, /^location: 'memory:' stands alone; a list is of Redis servers$/],
    [{ location: ['redis://a', 5] }, /^location: expected a URL such as .*; got 5$/],
    [{ location: 5 }, /^location: expected a URL such as .*; got 5$/],
    [{ location: ['redis://a'], shards: 'yes' }, /^shards: expected true, false or 'rendezvous', got 'yes'$/],
    [{ location: 'redis://a', shards: 'rendezvous' }, /^shards: expected a list of locations/],
    [{ location: 'redis://a', shards: true }, /^shards: expected a list of locations/],
    [{ shards: true }, /^shards: expected a list of locations/],
    [{ location: 'redis://a', readFrom: 'all' }, /^readFrom: means nothing for this cache: there are no replicas/],
    [{ location: ['redis://a'], readYourWrites: 1 }, /^readYourWrites: means nothing for this cache: there are no/],
    [{ readYourWrites: 1 }, /^readYourWrites: means nothing for this cache: 'memory:' is no server$/],
    [
      { location: ['redis://a', 'redis://b'], shards: true, readFrom: 'all' },
      /^readFrom: .*: shards have no replicas$/,
    ],
    [{ location: ['redis://a', 'redis://b'], readFrom: 'none' }, /^readFrom: expected "replicas", .*, got 'none'$/],
    [{ location: ['redis://a', 'redis://b'], readYourWrites: true }, /^readYourWrites: expected a duration, got true/],
    [
      { location: ['redis://a', 'redis://b'], readFrom: 'replicas-only', readYourWrites: '1s' },
      /^readYourWrites: .*'replicas-only' forbids/,
    ],
    [{ location: 'redis://a', sentinel: { password: 'x' } }, /^sentinel: no location names Sentinels/],
    [{ location: 'redis://a', sentinel: { pasword: 'x' } }, /did you mean "password"\?/],
  ])('%j is refused', (options, message) => {
    expect(() => createCache(options)).toThrow(message)
  })

  it('of several the first is the primary, or all are shards', async () => {
    await using replicated = createCache({ location: ['redis://a', 'redis://b'] })
    await using sharded = createCache({ location: ['redis://a', 'redis://b'], shards: true })

    expect(replicated.stats().store).toMatchObject({ store: 'redis', server: 'redis://a:6379/0', replicas: 1 })
    expect(sharded.stats().store).toMatchObject({ store: 'shards', shards: 2 })
  })

  it('a list of one is that one', async () => {
    await using cache = createCache({ location: ['redis://a'] })

    expect(cache.stats().store).toMatchObject({ store: 'redis', server: 'redis://a:6379/0' })
  })

  it('Sentinels are named without a password', async () => {
    await using cache = createCache('redis+sentinel://:secret@a,b/service')

    expect(cache.stats().store['server']).toBe('redis+sentinel://a:26379,b:26379/service/0')
  })
})
