import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import type { PartialError } from '../../../src/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { answeredBefore } from '../../../src/stores/partial.ts'
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

  it('reading many says which keys the other shards answered, and keeps their values out of the error', async () => {
    const { store, shards } = open()
    const [first = '', lost = '', other = ''] = keysOn(0, 1, 2)
    await store.set(first, fromText('secret'), forever)
    await shards[1]?.close()

    const error: unknown = await store.getMany([other, lost, first]).catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'ERR_PARTIAL', operation: 'getMany', failed: [lost] })
    expect((error as PartialError).done.toSorted()).toEqual([first, other].toSorted())
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('secret')
    expect(answeredBefore(error).values).toEqual([undefined, undefined, fromText('secret')])
    await expect(store.getMany([first, other])).resolves.toEqual([fromText('secret'), undefined])
  })

  it('what concerns many keys fails as the first shard did when all do', async () => {
    const { store, shards } = open()
    for (const shard of shards) await shard.close()

    const calls = [
      store.getMany(keysOn(0, 1)),
      store.setMany(
        keysOn(0, 1).map((key) => [key, fromText('1')]),
        null,
      ),
      store.delete(keysOn(0, 1)),
    ]

    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('a mistake in one shard is no failure of a server, so that nobody ignores it', async () => {
    const { shards } = open()
    const mistake = new TypeError('a bug')
    const wrong = Object.create(shards[0] as Store, { getMany: { value: () => Promise.reject(mistake) } }) as Store
    const stores = [wrong, ...shards.slice(1)]
    const store = shardedStore(
      names.map((name, index) => ({ name, store: stores[index] as Store })),
      1000,
    )

    await expect(store.getMany(keysOn(0, 1, 2))).rejects.toBe(mistake)
  })

  it('writing and deleting many is done on the other shards, and says where it was not', async () => {
    const { store, shards } = open()
    const [first = '', second = ''] = keysOn(0, 1)
    await shards[1]?.close()

    const written = store.setMany(
      [
        [first, fromText('1')],
        [second, fromText('2')],
      ],
      null,
    )

    const parts = { code: 'ERR_PARTIAL', done: [first], failed: [second] }
    await expect(written).rejects.toMatchObject({ operation: 'setMany', ...parts })
    expect(await shards[0]?.has(first)).toBe(true)
    const error: unknown = await store.delete([first, second]).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ operation: 'delete', ...parts })
    expect(answeredBefore(error).deleted).toBe(1)
    expect(await shards[0]?.has(first)).toBe(false)
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
