import { expect, it, vi } from 'vitest'

import { describeCaches } from './subjects.ts'

/** A promise that the test settles. */
function settledLater<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

describeCaches('getOrSet', (open) => {
  it('loads once and then answers from the cache', async () => {
    await using cache = open()
    const load = vi.fn(async () => ({ name: 'Ada' }))

    expect(await cache.getOrSet('user', load)).toEqual({ name: 'Ada' })
    expect(await cache.getOrSet('user', load)).toEqual({ name: 'Ada' })

    expect(load).toHaveBeenCalledTimes(1)
  })

  it('takes a value in the place of a loader, and a loader that answers at once', async () => {
    await using cache = open()

    expect(await cache.getOrSet('value', 5)).toBe(5)
    expect(await cache.getOrSet('loader', () => 6)).toBe(6)
    expect(await cache.get('value')).toBe(5)
  })

  it('a hundred callers of a missing key share one load', async () => {
    await using cache = open()
    const { promise, resolve } = settledLater<{ n: number }>()
    const load = vi.fn(() => promise)

    const callers = Array.from({ length: 100 }, () => cache.getOrSet('key', load))
    await vi.waitFor(() => expect(load).toHaveBeenCalled())
    resolve({ n: 7 })
    const answers = await Promise.all(callers)

    expect(load).toHaveBeenCalledTimes(1)
    expect(answers).toEqual(Array.from({ length: 100 }, () => ({ n: 7 })))
    expect(new Set(answers).size).toBe(100)
  })

  it('all who wait share a failure, and the next caller tries again', async () => {
    await using cache = open()
    const failure = new Error('database away')
    const { promise, reject } = settledLater<number>()
    const load = vi.fn(() => promise)

    const callers = Array.from({ length: 100 }, () => cache.getOrSet('key', load).catch((error: unknown) => error))
    await vi.waitFor(() => expect(load).toHaveBeenCalled())
    reject(failure)

    expect(new Set(await Promise.all(callers))).toEqual(new Set([failure]))
    expect(load).toHaveBeenCalledTimes(1)
    expect(await cache.getOrSet('key', () => 'well')).toBe('well')
  })

  it('a loader that throws at once fails its callers alone', async () => {
    await using cache = open()

    const calling = cache.getOrSet('key', () => {
      throw new RangeError('no')
    })

    await expect(calling).rejects.toThrow(RangeError)
    expect(await cache.has('key')).toBe(false)
  })

  it('undefined is answered and not stored; null is stored', async () => {
    await using cache = open()
    const load = vi.fn(() => undefined)

    expect(await cache.getOrSet('key', load)).toBeUndefined()
    expect(await cache.getOrSet('key', load)).toBeUndefined()
    expect(load).toHaveBeenCalledTimes(2)

    expect(await cache.getOrSet('null', () => null)).toBeNull()
    expect(await cache.has('null')).toBe(true)
  })

  it('keeps the value for the timeout given', async () => {
    await using cache = open()

    await cache.getOrSet('key', () => 1, { timeout: '1h' })
    await cache.getOrSet('none', () => 1, { timeout: 0 })

    expect(await cache.ttl('key')).toBe(3600)
    expect(await cache.has('none')).toBe(false)
  })

  it('a value set while a load runs wins over it', async () => {
    await using cache = open()
    const { promise, resolve } = settledLater<string>()
    const load = vi.fn(() => promise)
    const calling = cache.getOrSet('key', load)
    await vi.waitFor(() => expect(load).toHaveBeenCalled())

    await cache.set('key', 'set meanwhile')
    resolve('loaded')

    expect(await calling).toBe('set meanwhile')
    expect(await cache.get('key')).toBe('set meanwhile')
  })

  it.each(['delete', 'deletePattern', 'clear'] as const)(
    'a value deleted by %s while a load runs stays deleted',
    async (how) => {
      await using cache = open()
      const { promise, resolve } = settledLater<string>()
      const load = vi.fn(() => promise)
      await cache.set('other', 1)
      const calling = cache.getOrSet('key', load)
      await vi.waitFor(() => expect(load).toHaveBeenCalled())

      await (how === 'clear' ? cache.clear() : how === 'delete' ? cache.delete('key') : cache.deletePattern('k*'))
      resolve('loaded from what is no more')

      expect(await calling).toBe('loaded from what is no more')
      expect(await cache.has('key')).toBe(false)
    },
  )

  it('a signal ends the waiting of one caller and not the load', async () => {
    await using cache = open()
    const { promise, resolve } = settledLater<string>()
    const load = vi.fn(() => promise)
    const abort = new AbortController()
    const patient = cache.getOrSet('key', load)
    const hasty = cache.getOrSet('key', load, { signal: abort.signal })
    await vi.waitFor(() => expect(load).toHaveBeenCalled())

    abort.abort(new Error('gone home'))

    await expect(hasty).rejects.toThrow('gone home')
    resolve('loaded')
    expect(await patient).toBe('loaded')
  })

  it('a signal that came before the load keeps the loader from running', async () => {
    await using cache = open()
    const load = vi.fn(() => 'loaded')
    const abort = new AbortController()

    const reading = cache.getOrSet('key', load, { signal: abort.signal })
    abort.abort(new Error('gone home'))

    await expect(reading).rejects.toThrow('gone home')
    expect(await cache.getOrSet('other', () => 1)).toBe(1)
    expect(load).not.toHaveBeenCalled()
  })

  it('what is no signal is refused with what one is', async () => {
    await using cache = open()

    await expect(cache.getOrSet('key', () => 1, { signal: 500 as never })).rejects.toThrow(
      'getOrSet: signal is an AbortSignal, as AbortSignal.timeout(500) makes, got 500',
    )
  })

  it('a value that cannot be stored is an error for all who wait', async () => {
    await using cache = open()

    await expect(cache.getOrSet('key', () => ({ run: () => 1 }))).rejects.toThrow(TypeError)
  })

  it('what it does is counted', async () => {
    await using cache = open()
    const loads: object[] = []
    cache.on('load', (load) => loads.push(load))

    // Replicas answer at different times: a load that ended before the other's miss came would be no one's to share.
    const load = () => vi.waitFor(() => expect(cache.stats().misses).toBe(2)).then(() => 1)

    await Promise.all([cache.getOrSet('key', load), cache.getOrSet('key', load)])
    await cache.getOrSet('key', () => 1)

    expect(cache.stats()).toMatchObject({ loads: 1, sharedLoads: 1, hits: 1, sets: 1 })
    expect(loads).toEqual([{ key: 'key', ms: expect.any(Number), ok: true }])
  })
})
