import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRing } from '../../../src/stores/ring.ts'
import { shardedStore } from '../../../src/stores/shards.ts'
import type { Store } from '../../../src/stores/store.ts'

const names = ['a', 'b', 'c']
const ring = createRing(names)

function open(): { readonly store: Store; readonly shards: readonly Store[] } {
  const shards = names.map(() => memoryStore())
  return {
    store: shardedStore(
      names.map((name, index) => ({ name, store: shards[index] as Store })),
      1000,
    ),
    shards,
  }
}

/** Keys that belong to the shards of these indices. */
function keysOn(...indices: readonly number[]): string[] {
  return indices.map((wanted) => {
    for (let at = 0; ; at++) if (ring.indexOf(`key${at}`) === wanted) return `key${at}`
  })
}

const forever = { ttlMs: null }

describe('shards', () => {
  it('each key is on the shard of its own and on no other', async () => {
    const { store, shards } = open()
    const keys = Array.from({ length: 50 }, (_, index) => `key${index}`)

    for (const key of keys) await store.set(key, fromText(key), forever)

    for (const key of keys) {
      const holders = await Promise.all(shards.map((shard) => shard.has(key)))
      expect(holders.indexOf(true)).toBe(ring.indexOf(key))
      expect(holders.filter(Boolean)).toHaveLength(1)
    }
  })

  it('a value that moves to another shard keeps its time to live and is gone from the first', async () => {
    const { store, shards } = open()
    const [from = '', to = ''] = keysOn(0, 2)
    await store.set(from, fromText('value'), { ttlMs: 60_000 })

    const moved = await store.move(from, to)

    expect(moved).toBe(true)
    expect(await shards[0]?.has(from)).toBe(false)
    expect(toText((await shards[2]?.get(to)) ?? fromText(''))).toBe('value')
    expect(await store.ttl(to)).toBeGreaterThan(59_000)
  })

  it('what is missing is not moved to another shard', async () => {
    const { store } = open()
    const [from = '', to = ''] = keysOn(0, 2)
    await store.set(to, fromText('kept'), forever)

    expect(await store.move(from, to)).toBe(false)
    expect(await store.has(to)).toBe(true)
  })

  it('reading many fails when one shard does, and says why', async () => {
    const { store, shards } = open()
    await shards[1]?.close()

    await expect(store.getMany(keysOn(0, 1, 2))).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(store.getMany(keysOn(0, 2))).resolves.toEqual([undefined, undefined])
  })

  it('writing many stores on the other shards what it can, and rejects', async () => {
    const { store, shards } = open()
    await shards[1]?.close()
    const [first = '', second = ''] = keysOn(0, 1)

    const write = store.setMany(
      [
        [first, fromText('1')],
        [second, fromText('2')],
      ],
      null,
    )

    await expect(write).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    expect(await shards[0]?.has(first)).toBe(true)
  })

  it('deleting many adds up what was there on each shard', async () => {
    const { store } = open()
    const keys = keysOn(0, 1, 2)
    for (const key of keys) await store.set(key, fromText('value'), forever)

    expect(await store.delete([...keys, 'none'])).toBe(3)
  })

  it('a flush empties all shards', async () => {
    const { store, shards } = open()
    for (const key of keysOn(0, 1, 2)) await store.set(key, fromText('value'), forever)

    await store.flush()

    expect(shards.map((shard) => shard.stats()['entries'])).toEqual([0, 0, 0])
  })

  it('stores without commands of Redis make shards without them', () => {
    expect(open().store.commands).toBeUndefined()
  })
})
