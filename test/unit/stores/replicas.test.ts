import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { ConnectionError, OverloadError } from '../../../src/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type ReplicatedOptions, replicatedStore } from '../../../src/stores/replicas.ts'
import type { Store } from '../../../src/stores/store.ts'

const forever = { ttlMs: null }

/** Stores that do not replicate, so that it shows which of them was asked. */
async function open(options: Partial<ReplicatedOptions> = {}): Promise<{
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

async function readMany(store: Store, times = 100): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: times }, () => read(store)))
  return [...new Set(answers)].sort()
}

/** A clock that the test moves, standing at 0. */
function handMoved(): { readonly now: () => number; move(ms: number): void } {
  let at = 0
  return { now: () => at, move: (ms) => void (at += ms) }
}

/** As `store`, but every read fails with the errors of the list while there are some. */
function failing(store: Store, errors: readonly Error[]): { readonly store: Store; asked: number } {
  const left = [...errors]
  const double = {
    asked: 0,
    store: Object.create(store, {
      get: {
        value: async (key: string) => {
          double.asked++
          const error = left.shift()
          if (error !== undefined) throw error
          return store.get(key)
        },
      },
    }) as Store,
  }
  return double
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

describe('a replica that failed', () => {
  const loading = new ConnectionError('redis://replica', 'still loading')

  it('is asked nothing while it rests', async () => {
    const clock = handMoved()
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [loading])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, restMs: 500, now: clock.now })

    expect(await read(store)).toBe('primary')
    clock.move(499)
    expect(await readMany(store)).toEqual(['primary'])

    expect(one.asked).toBe(1)
  })

  it('is asked again after its rest, by one read, for which nobody waits', async () => {
    const clock = handMoved()
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [loading, loading])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, restMs: 500, now: clock.now })
    await read(store)
    clock.move(500)

    expect(await readMany(store)).toEqual(['primary'])

    expect(one.asked).toBe(2)
    expect(store.stats()['restingReplicas']).toBe(1)
  })

  it('answers reads again once it has answered one', async () => {
    const clock = handMoved()
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [loading])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, restMs: 500, now: clock.now })
    await read(store)
    clock.move(500)
    await read(store)

    expect(await readMany(store)).toEqual(['replica'])
    expect(store.stats()['restingReplicas']).toBe(0)
  })
})

describe('a replica for which as much waits as may', () => {
  const full = new OverloadError('get', 'redis://replica', 'as many calls wait as may')

  it('leaves its reads to the primary, and gets no rest', async () => {
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [full, full])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000 })

    expect([await read(store), await read(store), await read(store)]).toEqual(['primary', 'primary', 'replica'])
    expect(store.stats()['restingReplicas']).toBe(0)
  })

  it('rests on when it rests already', async () => {
    const clock = handMoved()
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [new ConnectionError('redis://replica', 'away'), full])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, restMs: 500, now: clock.now })
    await read(store)
    clock.move(500)

    expect(await readMany(store)).toEqual(['primary'])
    expect(store.stats()['restingReplicas']).toBe(1)
  })

  it('fails its reads where no other server may answer them', async () => {
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [full])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, readFrom: 'replicas-only' })

    await expect(read(store)).rejects.toBe(full)
  })

  it('does not take the writes of a primary in that state, for they would be replaced', async () => {
    const { replicas } = await open()
    const primary = Object.create(replicas[0], {
      set: { value: () => Promise.reject(full) },
    }) as Store
    const store = replicatedStore({ primary, replicas: [replicas[1]], deadlineMs: 1000, writableReplicas: true })

    await expect(store.set('key', fromText('new'), forever)).rejects.toBe(full)
  })
})

describe('readFrom', () => {
  it("'all' lets the primary take its share", async () => {
    const { store } = await open({ readFrom: 'all' })

    expect(await readMany(store, 200)).toEqual(['primary', 'replica'])
  })

  it("'all' passes over a primary that cannot be reached", async () => {
    const { store, primary } = await open({ readFrom: 'all' })
    await primary.close()

    expect(await readMany(store)).toEqual(['replica'])
  })

  it("'replicas-only' fails rather than ask the primary", async () => {
    const { store, replicas } = await open({ readFrom: 'replicas-only' })
    for (const replica of replicas) await replica.close()

    await expect(read(store)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await expect(read(store)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it("'replicas-only' asks replicas that rest when all do", async () => {
    const { primary, replicas } = await open()
    const one = failing(replicas[0], [new ConnectionError('redis://replica', 'still loading')])
    const store = replicatedStore({ primary, replicas: [one.store], deadlineMs: 1000, readFrom: 'replicas-only' })
    await expect(read(store)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    expect(await read(store)).toBe('replica')
  })
})

describe('readYourWrites', () => {
  const writes: readonly [string, (store: Store) => Promise<unknown>][] = [
    ['set', (store) => store.set('key', fromText('new'), forever)],
    ['set within a deadline of its own', (store) => store.within(500).set('key', fromText('new'), forever)],
    ['setMany', (store) => store.setMany([['key', fromText('new')]], null)],
    ['swap', (store) => store.swap('key', fromText('primary'), fromText('new'), null)],
    ['remove', (store) => store.remove('key', fromText('primary'))],
    ['delete', (store) => store.delete(['key'])],
    ['add', (store) => store.add('key', 1n).catch(() => undefined)],
    ['move from it', (store) => store.move('key', 'other')],
    ['move to it', (store) => store.move('other', 'key')],
    ['expire', (store) => store.expire('key', 60_000)],
    ['expireAt', (store) => store.expireAt('key', Date.now() + 60_000)],
    ['persist', (store) => store.persist('key')],
    ['flush', (store) => store.flush()],
  ]

  it.each(writes)('reads the key from the primary after %s, for its time', async (_name, write) => {
    const clock = handMoved()
    const { store, primary } = await open({ readYourWritesMs: 2000, now: clock.now })
    await write(store)
    await primary.set('key', fromText('primary'), forever)

    expect(await readMany(store)).toEqual(['primary'])
    expect(toText((await store.getMany(['none', 'key']))[1] ?? fromText(''))).toBe('primary')
    clock.move(1999)
    expect(await readMany(store)).toEqual(['primary'])
    clock.move(2001)
    expect(await readMany(store)).toEqual(['replica'])
  })

  it('reads from the primary what is being written', async () => {
    const { store } = await open({ readYourWritesMs: 2000 })

    const [, answer] = await Promise.all([store.set('key', fromText('new'), forever), read(store)])

    expect(answer).toBe('new')
  })

  it('leaves other keys to the replicas', async () => {
    const { store } = await open({ readYourWritesMs: 2000 })

    await store.set('other', fromText('new'), forever)

    expect(await readMany(store)).toEqual(['replica'])
  })

  it('fails rather than read an old value when the primary is away', async () => {
    const { store, primary } = await open({ readYourWritesMs: 2000 })
    await store.set('key', fromText('new'), forever)
    await primary.close()

    await expect(read(store)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('takes all keys for written when they are too many to remember', async () => {
    const clock = handMoved()
    const { store } = await open({ readYourWritesMs: 2000, now: clock.now })

    await store.delete(Array.from({ length: 10_001 }, (_, index) => `other${index}`))

    expect(await readMany(store)).toEqual(['primary'])
    clock.move(2000)
    expect(await readMany(store)).toEqual(['replica'])
  })
})
