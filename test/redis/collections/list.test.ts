import { expect, it } from 'vitest'

import { allOf, describeCollections } from './subjects.ts'

describeCollections('lists', (open) => {
  it('grows at both ends and answers its length', async () => {
    await using cache = open()
    const list = cache.listAt<number>('list')

    expect(await list.pushRight(1, 2)).toBe(2)
    expect(await list.pushLeft(0, -1)).toBe(4)
    expect(await list.pushRight()).toBe(4)

    expect(await list.range()).toEqual([-1, 0, 1, 2])
    expect(await list.size()).toBe(4)
  })

  it('grows only where it is there when asked', async () => {
    await using cache = open()
    const list = cache.listAt<number>('list')

    expect(await list.pushRightIfPresent(1)).toBe(0)
    expect(await list.pushLeftIfPresent(1)).toBe(0)
    await list.pushRight(1)
    expect(await list.pushRightIfPresent(2)).toBe(2)
    expect(await list.pushLeftIfPresent(0)).toBe(3)
  })

  it('items are taken from either end, one or as many as asked for', async () => {
    await using cache = open()
    const list = cache.listAt<string>('list')
    await list.pushRight('a', 'b', 'c', 'd', 'e', 'f')

    expect(await list.popLeft()).toBe('a')
    expect(await list.popRight()).toBe('f')
    expect(await list.popLeft(2)).toEqual(['b', 'c'])
    expect(await list.popRight(0)).toEqual([])
    expect(await list.popRight(5)).toEqual(['e', 'd'])
    expect(await list.exists()).toBe(false)
  })

  it('what is missing is empty', async () => {
    await using cache = open()
    const list = cache.listAt('list')

    expect(await list.popLeft()).toBeUndefined()
    expect(await list.popRight(2)).toEqual([])
    expect(await list.get(0)).toBeUndefined()
    expect(await list.set(0, 'x')).toBe(false)
    expect(await list.insertBefore('x', 'y')).toBeUndefined()
    expect(await list.position('x')).toBeUndefined()
    expect(await list.positions('x')).toEqual([])
    expect(await allOf(list)).toEqual([])
  })

  it('items are read and replaced by their place, and a place that there is not is no failure', async () => {
    await using cache = open()
    const list = cache.listAt<string>('list', { timeout: '1h' })
    const errors: unknown[] = []
    cache.on('error', (error) => errors.push(error))
    await list.pushRight('a', 'b', 'c')

    expect(await list.get(1)).toBe('b')
    expect(await list.get(-1)).toBe('c')
    expect(await list.get(3)).toBeUndefined()
    expect(await list.set(1, 'B')).toBe(true)
    expect(await list.set(3, 'D')).toBe(false)

    expect(await list.range()).toEqual(['a', 'B', 'c'])
    expect(await list.range(0, 1)).toEqual(['a', 'B'])
    expect(errors).toEqual([])
  })

  it('items are put beside others', async () => {
    await using cache = open()
    const list = cache.listAt<string>('list')
    await list.pushRight('a', 'c')

    expect(await list.insertBefore('c', 'b')).toBe(3)
    expect(await list.insertAfter('c', 'd')).toBe(4)
    expect(await list.insertAfter('x', 'y')).toBeUndefined()

    expect(await list.range()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('equal items are removed: all, the first or the last of them', async () => {
    await using cache = open()
    const list = cache.listAt<string>('list')
    await list.pushRight('x', 'a', 'x', 'b', 'x', 'c', 'x')

    expect(await list.remove('x', 1)).toBe(1)
    expect(await list.remove('x', -1)).toBe(1)
    expect(await list.range()).toEqual(['a', 'x', 'b', 'x', 'c'])
    expect(await list.remove('x')).toBe(2)
    expect(await list.remove('x')).toBe(0)
  })

  it('trim leaves the items between two places', async () => {
    await using cache = open()
    const list = cache.listAt<number>('list')
    await list.pushRight(0, 1, 2, 3, 4)

    await list.trim(1, -2)

    expect(await list.range()).toEqual([1, 2, 3])
  })

  it('items move to another list, or around in their own', async () => {
    await using cache = open()
    const [from, to] = [cache.listAt<number>('from'), cache.listAt<number>('to', { version: 2 })]
    await from.pushRight(1, 2, 3)

    expect(await from.moveTo(to)).toBe(1)
    expect(await from.moveTo(to, { from: 'right', to: 'left' })).toBe(3)
    expect(await to.range()).toEqual([3, 1])
    expect(await to.moveTo(to)).toBe(3)
    expect(await to.range()).toEqual([1, 3])
    await from.popLeft()
    expect(await from.moveTo(to)).toBeUndefined()
  })

  it('an item is found by what it is', async () => {
    await using cache = open()
    const list = cache.listAt('list')
    await list.pushRight('a', { b: 1 }, 'a', 'c', 'a')

    expect(await list.position({ b: 1 })).toBe(1)
    expect(await list.position('a')).toBe(0)
    expect(await list.position('a', { rank: -1 })).toBe(4)
    expect(await list.position('c', { atMost: 2 })).toBeUndefined()
    expect(await list.positions('a')).toEqual([0, 2, 4])
    expect(await list.positions('a', 2)).toEqual([0, 2])
  })

  it('a walk brings all items in their order', async () => {
    await using cache = open()
    const list = cache.listAt<number>('list')
    const items = Array.from({ length: 4501 }, (_, index) => index)
    await list.pushRight(...items)

    expect(await allOf(list.iterate({ batch: 100 }))).toEqual(items)
    expect(await allOf(list)).toEqual(items)
  })

  it('what cannot be is refused', async () => {
    await using cache = open()
    const list = cache.listAt('list')

    await expect(list.get(0.5)).rejects.toMatchObject({ option: 'index' })
    await expect(list.pushLeft(undefined)).rejects.toThrow(TypeError)
    await expect(list.moveTo(list, { from: 'top' as never })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(list.position('a', { rank: 0 })).rejects.toMatchObject({ option: 'rank' })
    expect(await list.exists()).toBe(false)
  })
})
