import { describe, expect, it } from 'vitest'

import { fromText } from '../../../src/base/bytes.ts'
import { OptionError } from '../../../src/errors.ts'
import { dummyStore } from '../../../src/stores/dummy.ts'

const value = fromText('1')
const forever = { ttlMs: null } as const

describe('dummyStore', () => {
  it('takes writes and keeps nothing', async () => {
    const store = dummyStore()

    expect(await store.set('a', value, forever)).toBe(true)
    expect(await store.set('a', value, { ttlMs: null, when: 'absent' })).toBe(true)
    await store.setMany([['a', value]], 1000)
    expect(await store.get('a')).toBeUndefined()
    expect(await store.has('a')).toBe(false)
  })

  it('answers each of many reads with a miss', async () => {
    const values = await dummyStore().getMany(['a', 'b', 'a'])

    expect(values).toEqual([undefined, undefined, undefined])
  })

  it('finds nothing to replace, delete, count, move or keep longer', async () => {
    const store = dummyStore()

    expect(await store.set('a', value, { ttlMs: null, when: 'present' })).toBe(false)
    expect(await store.swap('a', value, value, null)).toBe('missing')
    expect(await store.delete(['a'])).toBe(0)
    expect(await store.add('a', 1n)).toBeUndefined()
    expect(await store.move('a', 'b')).toBe(false)
    expect(await store.ttl('a')).toBeUndefined()
    expect(await store.expire('a', 1000)).toBe(false)
    expect(await store.expireAt('a', 1000)).toBe(false)
    expect(await store.persist('a')).toBe(false)
  })

  it('a counter that may be made begins at its delta, each time', async () => {
    const store = dummyStore()

    expect(await store.add('a', 5n, forever)).toBe(5n)
    expect(await store.add('a', 5n, forever)).toBe(5n)
  })

  it('a walk has no pages', async () => {
    const pages: unknown[] = []
    for await (const page of dummyStore().scan('*', 10)) pages.push(page)

    expect(pages).toEqual([])
  })

  it('goes on after it was flushed and closed, and says what it is', async () => {
    const store = dummyStore()
    await store.connect()
    await store.flush()
    await store.close()

    expect(await store.get('a')).toBeUndefined()
    expect(store.stats()).toEqual({ store: 'dummy' })
    await expect(store.raw({ write: true })).rejects.toThrow(OptionError)
  })
})
