import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { CommandError, ConnectionError, OptionError } from '../../../src/errors.ts'
import { memoryStore, type MemoryStoreOptions } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

const forever = { ttlMs: null } as const
const overhead = 512

/** A store whose time stands still until it is moved. */
function open(options: Omit<MemoryStoreOptions, 'clock'> = {}): { store: Store; pass(ms: number): void } {
  let now = 1_700_000_000_000
  const store = memoryStore({ ...options, clock: { now: () => now } })
  return { store, pass: (ms) => void (now += ms) }
}

async function fill(store: Store, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await store.set(key, fromText(key), forever)
}

async function living(store: Store): Promise<string[]> {
  const keys: string[] = []
  for await (const page of store.scan('*', 1000)) keys.push(...page)
  return keys.toSorted()
}

describe('bounds', () => {
  it('the entry used longest ago makes room for a new one', async () => {
    const { store } = open({ maxEntries: 3 })
    await fill(store, 'a', 'b', 'c')

    await store.get('a')
    await fill(store, 'd')

    expect(await living(store)).toEqual(['a', 'c', 'd'])
    expect(store.stats()).toMatchObject({ entries: 3, evictions: 1 })
  })

  it('reading many, writing again, counting and swapping are uses too', async () => {
    const { store } = open({ maxEntries: 5 })
    await fill(store, '1', '2', '3', '4', '5')

    await store.getMany(['1'])
    await fill(store, '2')
    await store.add('3', 1n)
    await store.swap('4', fromText('4'), fromText('x'), null)
    await fill(store, 'new')

    expect(await living(store)).toEqual(['1', '2', '3', '4', 'new'])
  })

  it('asking whether a key is there, or for how long, is no use of it', async () => {
    const { store } = open({ maxEntries: 2 })
    await fill(store, 'a', 'b')

    await store.has('a')
    await store.ttl('a')
    await fill(store, 'c')

    expect(await living(store)).toEqual(['b', 'c'])
  })

  it('bytes are counted: key, value and a fixed sum for each entry', async () => {
    const { store } = open()

    await store.set('é', new Uint8Array(100), forever)

    expect(store.stats()).toEqual({
      store: 'memory',
      entries: 1,
      bytes: 2 + 100 + overhead,
      evictions: 0,
      expirations: 0,
    })
  })

  it('bytes given back are counted back, however they went', async () => {
    const { store, pass } = open()
    await store.set('deleted', new Uint8Array(10), forever)
    await store.set('expired', new Uint8Array(20), { ttlMs: 5 })
    await store.set('moved', new Uint8Array(30), forever)
    await store.set('target', new Uint8Array(40), forever)
    await store.set('smaller', new Uint8Array(50), forever)

    await store.delete(['deleted'])
    pass(5)
    await store.get('expired')
    await store.move('moved', 'target')
    await store.set('smaller', new Uint8Array(1), forever)

    expect(store.stats()).toMatchObject({ entries: 2, bytes: 6 + 30 + 7 + 1 + 2 * overhead, expirations: 1 })
  })

  it('a large value pushes out as many small ones as it takes', async () => {
    const { store } = open({ maxBytes: 3 * (overhead + 101) })
    for (const key of ['a', 'b', 'c']) await store.set(key, new Uint8Array(100), forever)

    await store.set('d', new Uint8Array(overhead + 101 + 100), forever)

    expect(await living(store)).toEqual(['c', 'd'])
    expect(store.stats()).toMatchObject({ evictions: 2 })
  })

  it('the bounds hold through a hundred thousand writes', async () => {
    const { store } = open({ maxEntries: 1000 })

    for (let index = 0; index < 100_000; index++) {
      await store.set(`key:${index}`, fromText('x'), forever)
      if (index % 3 === 0) await store.get(`key:${index - 500}`)
    }

    expect(store.stats()).toMatchObject({ entries: 1000, evictions: 99_000 })
    expect(await store.has('key:99999')).toBe(true)
  })

  it('after a flush and after all was deleted, room is made as before', async () => {
    const { store } = open({ maxEntries: 2 })
    await fill(store, 'a', 'b', 'c')
    await store.flush()
    await fill(store, 'd', 'e', 'f')
    await store.delete(['e', 'f'])

    await fill(store, 'g', 'h', 'i')

    expect(await living(store)).toEqual(['h', 'i'])
    expect(store.stats()).toMatchObject({ entries: 2, bytes: 2 * (2 + overhead) })
  })

  it.each([
    { maxEntries: 0 },
    { maxEntries: 1.5 },
    { maxEntries: Number.NaN },
    { maxBytes: -1 },
    { maxBytes: Number.POSITIVE_INFINITY },
  ])('%j is refused', (options) => {
    expect(() => memoryStore(options)).toThrow(OptionError)
  })
})

describe('a value that cannot fit', () => {
  const tooLarge = new Uint8Array(2000)

  it('is not stored, and the old value does not outlive it', async () => {
    const { store } = open({ maxBytes: 2000 })
    await fill(store, 'key', 'other')

    const isStored = await store.set('key', tooLarge, forever)

    expect(isStored).toBe(false)
    expect(await living(store)).toEqual(['other'])
  })

  it('among many rejects, and none of them is stored', async () => {
    const { store } = open({ maxBytes: 2000 })

    const write = store.setMany(
      [
        ['a', fromText('A')],
        ['b', tooLarge],
        ['c', fromText('C')],
      ],
      null,
    )

    await expect(write).rejects.toMatchObject({ code: 'ERR_COMMAND', operation: 'setMany', reason: 'OOM' })
    expect(await living(store)).toEqual([])
  })

  it('is not swapped in, and what was there stays', async () => {
    const { store } = open({ maxBytes: 2000 })
    await fill(store, 'key')

    const swap = store.swap('key', fromText('key'), tooLarge, null)

    await expect(swap).rejects.toThrow(CommandError)
    expect(await living(store)).toEqual(['key'])
  })

  it('because of its new key is not moved, and stays where it is', async () => {
    const { store } = open({ maxBytes: 2000 })
    await fill(store, 'key')

    await expect(store.move('key', 'k'.repeat(2000))).rejects.toThrow(CommandError)
    expect(await living(store)).toEqual(['key'])
  })

  it('because its sum grew is not counted', async () => {
    const { store } = open({ maxBytes: overhead + 4 })
    await store.set('n', fromText('999'), forever)

    await expect(store.add('n', 1n)).rejects.toThrow(CommandError)
    expect(toText((await store.get('n')) ?? new Uint8Array())).toBe('999')
  })
})

describe('time', () => {
  it('an entry lives until its very last millisecond', async () => {
    const { store, pass } = open()
    await store.set('key', fromText('value'), { ttlMs: 1000 })

    pass(999)
    expect(await store.ttl('key')).toBe(1)
    expect(await store.has('key')).toBe(true)
    pass(1)
    expect(await store.ttl('key')).toBeUndefined()
    expect(await store.has('key')).toBe(false)
  })

  it('moving, counting and swapping keep the time to live to the millisecond', async () => {
    const { store, pass } = open()
    await store.set('a', fromText('1'), { ttlMs: 1234 })

    pass(100)
    await store.add('a', 1n)
    await store.swap('a', fromText('2'), fromText('3'), undefined)
    await store.move('a', 'b')

    expect(await store.ttl('b')).toBe(1134)
  })

  it('expiring at a time is by the clock handed in', async () => {
    const { store, pass } = open()
    await fill(store, 'now', 'later')

    expect(await store.expireAt('now', 1_700_000_000_000)).toBe(true)
    expect(await store.expireAt('later', 1_700_000_000_001)).toBe(true)
    expect(await living(store)).toEqual(['later'])
    pass(1)
    expect(await living(store)).toEqual([])
  })

  it('expired entries that nobody reads again leave while others are written', async () => {
    const { store, pass } = open()
    for (let index = 0; index < 500; index++) await store.set(`old:${index}`, fromText('x'), { ttlMs: 10 })

    pass(10)
    for (let index = 0; index < 600; index++) await store.set(`new:${index}`, fromText('x'), forever)

    expect(store.stats()).toMatchObject({ entries: 600, expirations: 500 })
  })

  it('they leave too where a few hot keys are read far more often than any is written', async () => {
    const { store, pass } = open()
    await fill(store, 'hot:1', 'hot:2')
    for (let index = 0; index < 200; index++) await store.set(`old:${index}`, fromText('x'), { ttlMs: 10 })

    pass(10)
    for (let index = 0; index < 500; index++) {
      for (let read = 0; read < 10; read++) await store.get(`hot:${(read % 2) + 1}`)
      await store.set('written', fromText('x'), forever)
    }

    expect(store.stats()).toMatchObject({ entries: 3, expirations: 200 })
  })

  it('no timer is started', async () => {
    const { store } = open()
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()

    await store.set('key', fromText('value'), { ttlMs: 1000 })
    await store.expire('key', 5000)

    expect(timers()).toBe(before)
  })
})

describe('walks', () => {
  it('reading every key that comes does not make a walk endless', async () => {
    const { store } = open()
    await fill(store, 'a', 'b', 'c')

    const seen: string[] = []
    for await (const page of store.scan('*', 1)) {
      seen.push(...page)
      await store.getMany(page)
    }

    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('pages hold what was asked for, and no key that went meanwhile', async () => {
    const { store } = open()
    await fill(store, 'a', 'b', 'c', 'd', 'e')

    const pages: (readonly string[])[] = []
    for await (const page of store.scan('*', 2)) {
      pages.push(page)
      await store.delete(['d'])
    }

    expect(pages).toEqual([
      ['a', 'b'],
      ['c', 'e'],
    ])
  })

  it('a walk under way ends with an error when the store is closed', async () => {
    const { store } = open()
    await fill(store, 'a', 'b')
    const walk = store.scan('*', 1)[Symbol.asyncIterator]()
    await walk.next()

    await store.close()

    await expect(walk.next()).rejects.toThrow(ConnectionError)
  })
})

describe('raw', () => {
  it('says that there is no client and which location has one', async () => {
    await expect(open().store.raw({ write: true })).rejects.toThrow(/redis:\/\/localhost:6379.*memory:/)
  })
})
