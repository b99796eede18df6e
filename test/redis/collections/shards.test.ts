import { expect, it } from 'vitest'

import { type Cache, createCache } from '../../../src/index.ts'
import { freshPrefix, redisUrl } from '../../support/redis.ts'

function openShards(): Cache {
  const location = [`${redisUrl()}/2`, `${redisUrl()}/4`]
  return createCache({ location, shards: true, keyPrefix: freshPrefix() })
}

it('on shards, a collection is found where its key is', async () => {
  await using cache = openShards()
  const keys = Array.from({ length: 20 }, (_, index) => `set${index}`)

  for (const key of keys) await cache.setAt(key).add(key)

  for (const key of keys) expect(await cache.setAt(key).has(key)).toBe(true)
})

it('on shards, collections on different servers are not combined as if one were empty', async () => {
  await using cache = openShards()
  const sets = Array.from({ length: 20 }, (_, index) => cache.setAt<number>(`set${index}`))
  for (const [index, set] of sets.entries()) await set.add(index)
  const [first, ...others] = sets
  if (first === undefined) throw new Error('twenty were made')

  await expect(first.union(others)).rejects.toMatchObject({ code: 'ERR_COMMAND', reason: 'CROSSSLOT' })
  await expect(first.unionInto(first, others)).rejects.toMatchObject({ reason: 'CROSSSLOT' })
})

it('on shards, those with the same tag are together', async () => {
  await using cache = openShards()
  const [a, b] = [cache.setAt<number>('a{tag}'), cache.setAt<number>('b{tag}')]
  await a.add(1)
  await b.add(2)

  expect(await a.union(b)).toEqual(new Set([1, 2]))
  expect(await a.moveTo(b, 1)).toBe(true)
})

it('on shards, a lock has its numbers beside it', async () => {
  await using cache = openShards()

  for (const key of ['a', 'b', 'c', 'd', 'e', 'f{tag}']) {
    await using held = await cache.lock(key, { fencing: true }).hold()
    expect(held.fence).toBeGreaterThan(0)
  }
})
