import { expect, it } from 'vitest'

import { freshPrefix } from '../../support/redis.ts'
import { describeCaches } from './subjects.ts'

describeCaches('keys', (open) => {
  it('keys are listed as the user wrote them', async () => {
    await using cache = open({ keyPrefix: `a:b:${freshPrefix()}` })
    await cache.setMany({ 'user:1': 1, 'user:2': 2, 'post:1': 3 })

    expect((await cache.keys()).toSorted()).toEqual(['post:1', 'user:1', 'user:2'])
    expect((await cache.keys('user:*')).toSorted()).toEqual(['user:1', 'user:2'])
    expect(await cache.keys('nothing*')).toEqual([])
  })

  it('iterKeys brings every key, in steps as small as asked', async () => {
    await using cache = open()
    await cache.setMany(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, index])))

    const seen = new Set<string>()
    for await (const key of cache.iterKeys('key*', { batch: 2 })) seen.add(key)

    expect(seen.size).toBe(50)
  })

  it('patterns see one version', async () => {
    await using cache = open()
    await cache.set('key', 1)
    await cache.set('key', 1, { version: 2 })
    await cache.set('other', 1, { version: 2 })

    expect((await cache.keys('*', { version: 2 })).toSorted()).toEqual(['key', 'other'])
    expect(await cache.keys()).toEqual(['key'])
  })

  it('deletePattern deletes what matches and counts it', async () => {
    await using cache = open()
    await cache.setMany({ foo1: 1, foo2: 2, bar: 3 })
    const progress: number[] = []

    expect(await cache.deletePattern('foo*', { onProgress: (deleted) => progress.push(deleted) })).toBe(2)
    expect(await cache.deletePattern('foo*')).toBe(0)

    expect(await cache.keys()).toEqual(['bar'])
    expect(progress.at(-1)).toBe(2)
  })

  it('clear takes all versions of this prefix and nothing else', async () => {
    const prefix = freshPrefix()
    await using cache = open({ keyPrefix: prefix })
    await using neighbour = open({ keyPrefix: `${prefix}x` })
    await cache.set('key', 1)
    await cache.set('key', 1, { version: 2 })
    await neighbour.set('key', 'stays')

    await cache.clear()

    expect(await cache.has('key')).toBe(false)
    expect(await cache.has('key', { version: 2 })).toBe(false)
    expect(await neighbour.get('key')).toBe('stays')
  })

  it.each(['*', '?', '[ab]', '[', '\\', '^', 'a*b'])('a prefix of %s means only itself', async (glob) => {
    const run = freshPrefix()
    await using cache = open({ keyPrefix: run + glob })
    await using neighbour = open({ keyPrefix: `${run}ab` })
    await cache.set('key', 1)
    await neighbour.set('key', 'stays')

    expect(await cache.keys()).toEqual(['key'])
    expect(await cache.deletePattern('*')).toBe(1)
    expect(await neighbour.get('key')).toBe('stays')
  })

  it('a key function makes the wire keys and its reverse lists them', async () => {
    const run = freshPrefix()
    await using cache = open({
      keyPrefix: run,
      keyFunction: (key, prefix, version) => `${prefix}#${version}#${key}`,
      reverseKeyFunction: (wireKey) => wireKey.split('#').slice(2).join('#'),
    })
    await cache.setMany({ 'foo-a': 1, 'foo-b': 2, bar: 3 })

    expect(cache.makeKey('foo-a')).toBe(`${run}#1#foo-a`)
    expect((await cache.keys('foo*')).toSorted()).toEqual(['foo-a', 'foo-b'])
    expect(await cache.deletePattern('foo*')).toBe(2)
    await cache.clear()
    expect(await cache.keys()).toEqual([])
  })

  it('a key function without its reverse says so when keys are listed', async () => {
    await using cache = open({ keyFunction: (key, prefix, version) => `${prefix}#${version}#${key}` })
    await cache.set('key', 1)

    await expect(cache.keys()).rejects.toMatchObject({ option: 'reverseKeyFunction' })
    expect(await cache.get('key')).toBe(1)
  })

  it('makeKey shows the key as Redis sees it', async () => {
    await using cache = open({ keyPrefix: 'shop' })

    expect(cache.makeKey('user:1')).toBe('shop:1:user:1')
    expect(cache.makeKey(5, 2)).toBe('shop:2:5')
  })
})
