import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { replicatedStore } from '../../../src/stores/replicas.ts'
import type { Store } from '../../../src/stores/store.ts'

const forever = { ttlMs: null }

/** Stores that do not replicate, so that it shows which of them was asked. */
async function open(options: { readonly writableReplicas?: boolean } = {}): Promise<{
  readonly store: Store
  readonly primary: Store
  readonly replicas: readonly [Store, Store]
}> {
  const primary = memoryStore()
  const replicas = [memoryStore(), memoryStore()] as const
  await primary.set('key', fromText('primary'), forever)
  for (const replica of replicas) await replica.set('key', fromText('replica'), forever)
  return { store: replicatedStore({ primary, replicas, deadlineMs: 1000, ...options }), primary, replicas }
}

async function read(store: Store): Promise<string> {
  return toText((await store.get('key')) ?? fromText('nothing'))
}

describe('replicas', () => {
  it('answer every read, and the primary none', async () => {
    const { store } = await open()

    const answers = await Promise.all(Array.from({ length: 50 }, () => read(store)))

    expect(new Set(answers)).toEqual(new Set(['replica']))
    expect((await store.getMany(['key'])).map((bytes) => toText(bytes ?? fromText('')))).toEqual(['replica'])
  })

  it('are all asked in the long run', async () => {
    const { store, replicas } = await open()
    await replicas[0].set('key', fromText('other replica'), forever)

    const answers = await Promise.all(Array.from({ length: 200 }, () => read(store)))

    expect(new Set(answers)).toEqual(new Set(['replica', 'other replica']))
  })

  it('are never written to', async () => {
    const { store, primary, replicas } = await open()

    await store.set('new', fromText('value'), forever)
    await store.add('count', 1n, forever)
    await store.delete(['key'])

    expect(await primary.has('new')).toBe(true)
    expect(await primary.has('key')).toBe(false)
    for (const replica of replicas) expect(await replica.has('new')).toBe(false)
  })

  it('that fail are passed over for the others', async () => {
    const { store, replicas } = await open()
    await replicas[0].close()

    const answers = await Promise.all(Array.from({ length: 50 }, () => read(store)))

    expect(new Set(answers)).toEqual(new Set(['replica']))
    expect(store.stats()['restingReplicas']).toBe(1)
  })

  it('that all fail leave reads to the primary', async () => {
    const { store, replicas } = await open()
    for (const replica of replicas) await replica.close()

    expect(await read(store)).toBe('primary')
    expect(await read(store)).toBe('primary')
  })

  it('do not stand in for a primary that takes no writes', async () => {
    const { store, primary } = await open()
    await primary.close()

    await expect(store.set('new', fromText('value'), forever)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    expect(await read(store)).toBe('replica')
  })

  it('that may be written to take a value the primary does not, for the time it was given', async () => {
    const { store, primary, replicas } = await open({ writableReplicas: true })
    await primary.close()
    await replicas[0].close()

    const stored = await store.set('new', fromText('value'), { ttlMs: 10_000 })

    expect(stored).toBe(true)
    expect(await replicas[1].ttl('new')).toBeGreaterThan(9000)
    expect(await replicas[1].ttl('new')).toBeLessThanOrEqual(10_000)
  })

  it('that may be written to fail once each when none takes a value', async () => {
    const { store, primary, replicas } = await open({ writableReplicas: true })
    for (const each of [primary, ...replicas]) await each.close()

    await expect(store.set('new', fromText('value'), forever)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('see no walk: what a walk deletes must not be missed because they lag', async () => {
    const { store, replicas } = await open()
    for (const replica of replicas) await replica.set('only here', fromText('value'), forever)

    const found: string[] = []
    for await (const page of store.scan('*', 10)) found.push(...page)

    expect(found).toEqual(['key'])
  })
})
