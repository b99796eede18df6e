import { beforeEach, describe, expect, it } from 'vitest'

import { cacheOf } from '../../../src/cache/create-cache.ts'
import { resolveCacheOptions } from '../../../src/cache/options.ts'
import { createCodec } from '../../../src/codecs/chain.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { withHerd } from '../../../src/django/herd.ts'
import type { Cache } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { shardedStore } from '../../../src/stores/shards.ts'
import type { Store } from '../../../src/stores/store.ts'

/** When the vectors of Python were written, in seconds. */
const start = 1_700_000_000
const grace = 60

/** `('v')` set for 10 seconds by django-redis' HerdClient at {@link start}. */
const pythonEntry =
  '80049535000000000000008c18646a616e676f5f72656469732e636c69656e742e68657264948c064d61726b65729493942981948c0176944a0af1536587942e'

let nowMs: number
let random: number
let memory: Store
let cache: Cache

beforeEach(() => {
  nowMs = start * 1000
  random = 0
  const clock = { now: () => nowMs }
  memory = memoryStore({ clock })
  const codec = createCodec({ serializers: [pickle()] })
  const herd = withHerd({ store: memory, codec, graceSeconds: grace, clock, random: () => random })
  cache = cacheOf({ ...resolveCacheOptions({}), codec: herd.codec }, herd.store)
})

/** Moves the clock. */
function passes(seconds: number): void {
  nowMs += seconds * 1000
}

/** From here on every read in the grace period misses, or none does. */
function everyReadRenews(isSo: boolean): void {
  random = isSo ? 0.999_999 : 0
}

describe('entries of the herd', () => {
  it("are written byte for byte as django-redis' HerdClient writes them, with the grace period on top", async () => {
    await cache.set('key', 'v', { timeout: 10 })

    expect(Buffer.from((await memory.get(':1:key')) ?? []).toString('hex')).toBe(pythonEntry)
    expect(await memory.ttl(':1:key')).toBe(70_000)
  })

  it('of Python are read', async () => {
    await memory.set(':1:key', Buffer.from(pythonEntry, 'hex'), { ttlMs: 70_000 })

    expect(await cache.get('key')).toBe('v')
  })

  it('that live for ever are bare values', async () => {
    await cache.set('key', 'v', { timeout: null })

    expect(Buffer.from((await memory.get(':1:key')) ?? []).toString('hex')).toBe('80049505000000000000008c0176942e')
    expect(await cache.ttl('key')).toBeNull()
  })

  it('and bare values of a DefaultClient are read side by side', async () => {
    await memory.set(':1:bare', Buffer.from('80044e2e', 'hex'), { ttlMs: null })
    await cache.setMany({ a: { x: 1 }, b: null })

    expect([...(await cache.getMany(['a', 'bare', 'none', 'b']))]).toEqual([
      ['a', { x: 1 }],
      ['bare', null],
      ['b', null],
    ])
  })

  it('tell the time they have left without the grace period', async () => {
    await cache.set('key', 'v', { timeout: 10 })
    passes(4)

    expect(await cache.ttl('key')).toBe(6)
    expect(await cache.pttl('key')).toBe(6000)
  })

  it('that nobody can read back are a DecodeError', async () => {
    await memory.set(':1:key', Buffer.from('8004ff2e', 'hex'), { ttlMs: null })

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_DECODE' })
  })

  it('two readers at once have an object of their own each', async () => {
    await cache.set('key', { list: [1] })

    const [a, b] = await Promise.all([cache.get<{ list: number[] }>('key'), cache.get<{ list: number[] }>('key')])
    a?.list.push(2)

    expect(b).toEqual({ list: [1] })
  })
})

describe('the grace period', () => {
  beforeEach(async () => {
    await cache.set('key', 'old', { timeout: 10 })
  })

  it('does not begin before the second in which the value ends is over', async () => {
    everyReadRenews(true)
    passes(10)

    expect(await cache.get('key')).toBe('old')
  })

  it('lets most readers have the value, and one of many miss', async () => {
    passes(11)
    everyReadRenews(false)

    expect(await cache.get('key')).toBe('old')
    everyReadRenews(true)
    expect(await cache.get('key')).toBeUndefined()
  })

  it.each([
    [1, 2 / 60],
    [30, 31 / 60],
    [58, 59 / 60],
  ])('makes a reader miss after %i seconds with the chance of django-redis', async (seconds, chance) => {
    passes(10 + seconds)

    let misses = 0
    for (let draw = 0; draw < grace; draw++) {
      random = (draw + 0.5) / grace
      if ((await cache.get('key')) === undefined) misses++
    }

    expect(misses / grace).toBeCloseTo(chance, 5)
  })

  it('leaves what is to be renewed out of many, instead of answering nothing for it', async () => {
    await cache.set('other', 'fresh', { timeout: 100 })
    passes(11)
    everyReadRenews(true)

    expect([...(await cache.getMany(['key', 'other']))]).toEqual([['other', 'fresh']])
  })

  it('lets getOrSet store what it loads', async () => {
    passes(11)
    everyReadRenews(true)
    const loaded = await cache.getOrSet('key', () => 'new', { timeout: 10 })
    everyReadRenews(false)

    expect(loaded).toBe('new')
    expect(await cache.get('key')).toBe('new')
    expect(await cache.ttl('key')).toBe(10)
  })

  it('lets add take the place of what is over, and of nothing else', async () => {
    expect(await cache.add('key', 'new', { timeout: 10 })).toBe(false)
    passes(11)

    expect(await cache.add('key', 'new', { timeout: 10 })).toBe(true)
    expect(await cache.add('key', 'newer', { timeout: 10 })).toBe(false)
    expect(await cache.get('key')).toBe('new')
  })

  it('has no time left to tell of', async () => {
    passes(11)

    expect(await cache.ttl('key')).toBe(0)
  })

  it('ends', async () => {
    passes(71)

    expect(await cache.has('key')).toBe(false)
  })
})

describe('other calls on entries', () => {
  it('set with "present" stores only where there is something', async () => {
    expect(await cache.set('key', 1, { when: 'present' })).toBe(false)
    await cache.set('key', 1)

    expect(await cache.set('key', 2, { when: 'present' })).toBe(true)
    expect(await cache.get('key')).toBe(2)
  })

  it('touch and expire give the value a new time to live', async () => {
    await cache.set('key', 'v', { timeout: 10 })

    expect(await cache.touch('key', 100)).toBe(true)
    expect(await cache.ttl('key')).toBe(100)
    expect(await memory.ttl(':1:key')).toBe(160_000)
    expect(await cache.expire('key', 50)).toBe(true)
    expect(await cache.ttl('key')).toBe(50)
    expect(await cache.expireAt('key', new Date(nowMs + 20_000))).toBe(true)
    expect(await cache.ttl('key')).toBe(20)
    expect(await cache.get('key')).toBe('v')
  })

  it('touch with null and persist let it live for ever', async () => {
    await cache.setMany({ a: 1, b: 2 }, { timeout: 10 })

    expect(await cache.touch('a', null)).toBe(true)
    expect(await cache.persist('b')).toBe(true)
    expect(await cache.persist('b')).toBe(false)

    passes(1000)
    expect([...(await cache.getMany(['a', 'b'])).values()]).toEqual([1, 2])
  })

  it('touch of what is missing is false, and of no time removes', async () => {
    await cache.set('key', 'v')

    expect(await cache.touch('none', 10)).toBe(false)
    expect(await cache.touch('key', 0)).toBe(true)
    expect(await cache.has('key')).toBe(false)
  })

  it('count, and keep the time to live', async () => {
    await cache.set('key', 5, { timeout: 10 })

    expect(await cache.incr('key', 2n ** 70n)).toBe(2n ** 70n + 5n)
    expect(await cache.decr('key', 2n ** 70n)).toBe(5)
    expect(await cache.ttl('key')).toBe(10)
    expect(await cache.get('key')).toBe(5)
  })

  it('count only whole numbers', async () => {
    await cache.setMany({ text: 'five', half: 0.5 })

    await expect(cache.incr('text')).rejects.toMatchObject({ code: 'ERR_COMMAND' })
    await expect(cache.incr('half')).rejects.toMatchObject({ code: 'ERR_COMMAND' })
    await expect(cache.incr('none')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })
  })

  it('move to another version with their time to live', async () => {
    await cache.set('key', 'v', { timeout: 10 })

    expect(await cache.incrVersion('key')).toBe(2)
    expect(await cache.get('key', undefined, { version: 2 })).toBe('v')
    expect(await cache.ttl('key', { version: 2 })).toBe(10)
  })

  it('a lock holds the bytes that redis-py writes, for its own time, and does not take the place of a value', async () => {
    const lock = cache.lock('lock', { timeout: 10 })
    await cache.set('key', 'v', { timeout: 10 })

    expect(await lock.acquire()).toBe(true)

    expect(Buffer.from((await memory.get(':1:lock')) ?? []).toString()).toMatch(/^[\da-f]{32}$/)
    expect(await memory.ttl(':1:lock')).toBe(10_000)
    passes(11)
    expect(await cache.lock('key').acquire()).toBe(false)
  })
})

it('with ignoreErrors, getMany unwraps the values of the shards that are there while one is away', async () => {
  const shards = ['a', 'b'].map((name) => ({ name, store: memoryStore() }))
  const codec = createCodec({ serializers: [pickle()] })
  const herd = withHerd({ store: shardedStore(shards, 1000), codec, graceSeconds: grace })
  const shared = cacheOf({ ...resolveCacheOptions({ ignoreErrors: true }), codec: herd.codec }, herd.store)
  const keys = Array.from({ length: 20 }, (_, index) => `key${index}`)
  await shared.setMany(Object.fromEntries(keys.map((key) => [key, key])), { timeout: 10 })
  await shards[0]?.store.close()

  const found = await shared.getMany(keys)

  expect(found.size).toBeGreaterThan(0)
  expect(found.size).toBeLessThan(20)
  for (const [key, value] of found) expect(value).toBe(key)
})
