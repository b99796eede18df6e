import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it, vi } from 'vitest'

import { type HeldLock, LockError } from '../../src/index.ts'
import { gone } from '../support/gone.ts'
import { describeCaches } from './cache/subjects.ts'

describeCaches('locks', (open) => {
  it('acquiring makes the key and releasing removes it', async () => {
    await using cache = open()
    const lock = cache.lock('report')

    expect(await lock.acquire()).toBe(true)
    expect(await cache.has('report')).toBe(true)
    expect(await lock.locked()).toBe(true)
    expect(await lock.owned()).toBe(true)

    expect(await lock.release()).toBe(true)
    expect(await cache.has('report')).toBe(false)
    expect(await lock.locked()).toBe(false)
    expect(await lock.owned()).toBe(false)
  })

  it('without waiting, a lock that somebody has is not acquired', async () => {
    await using cache = open()
    await cache.lock('report').acquire()
    const other = cache.lock('report')

    expect(await other.acquire()).toBe(false)
    expect(await other.acquire({ wait: 0 })).toBe(false)
    expect(await other.owned()).toBe(false)
    expect(await other.locked()).toBe(true)
  })

  it('the same object does not get its lock twice', async () => {
    await using cache = open()
    const lock = cache.lock('report')

    expect(await lock.acquire()).toBe(true)
    expect(await lock.acquire()).toBe(false)
    expect(await lock.owned()).toBe(true)
    expect(await lock.release()).toBe(true)
    expect(await lock.acquire()).toBe(true)
  })

  it('ends by itself after 30 seconds, after the time given, or never', async () => {
    await using cache = open({ timeout: '1h' })

    await cache.lock('usual').acquire()
    await cache.lock('given', { timeout: '5m' }).acquire()
    await cache.lock('never', { timeout: null }).acquire()

    expect(await cache.ttl('usual')).toBe(30)
    expect(await cache.ttl('given')).toBe(300)
    expect(await cache.ttl('never')).toBeNull()
  })

  it('versions are locks of their own', async () => {
    await using cache = open()
    await cache.lock('report').acquire()

    expect(await cache.lock('report', { version: 2 }).acquire()).toBe(true)
  })

  it('one whose time is up is no longer owned, and its release leaves the next owner alone', async () => {
    await using cache = open()
    const late = cache.lock('report', { timeout: '30ms' })
    const next = cache.lock('report')
    await late.acquire()
    await gone(() => late.locked())
    await next.acquire()

    expect(await late.owned()).toBe(false)
    await expect(late.release()).rejects.toMatchObject({
      name: 'LockError',
      code: 'ERR_LOCK',
      reason: 'not-owned',
      key: 'report',
    })

    expect(await next.owned()).toBe(true)
    expect(await next.release()).toBe(true)
  })

  it('what was not acquired, or was released, cannot be released', async () => {
    await using cache = open()
    const lock = cache.lock('report')

    await expect(lock.release()).rejects.toMatchObject({ reason: 'not-held' })
    await lock.acquire()
    await lock.release()
    await expect(lock.release()).rejects.toMatchObject({ reason: 'not-held' })
    await expect(lock.extend(5)).rejects.toMatchObject({ reason: 'not-held' })
    await expect(lock.reacquire()).rejects.toMatchObject({ reason: 'not-held' })
  })

  it('one that is waited for is there as soon as it is released in this process', async () => {
    await using cache = open()
    const owner = cache.lock('report')
    await owner.acquire()
    const waiting = cache.lock('report', { wait: '10s', retryEvery: '10s' }).acquire()
    await sleep(50)
    const begun = performance.now()

    await owner.release()

    expect(await waiting).toBe(true)
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it('one that ends by itself is found by looking again', async () => {
    await using cache = open()
    await cache.lock('report', { timeout: '80ms' }).acquire()

    expect(await cache.lock('report', { wait: '5s', retryEvery: '20ms' }).acquire()).toBe(true)
  })

  it('waiting ends when its time is up', async () => {
    await using cache = open()
    await cache.lock('report').acquire()
    const begun = performance.now()

    expect(await cache.lock('report', { wait: '120ms', retryEvery: '10s' }).acquire()).toBe(false)

    expect(performance.now() - begun).toBeGreaterThan(100)
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  it('those who wait get it in the order they came', async () => {
    await using cache = open()
    const owner = cache.lock('report')
    await owner.acquire()
    const order: number[] = []
    const waiting = Array.from({ length: 5 }, (_, index) =>
      cache.lock('report', { wait: '10s' }).run(() => order.push(index)),
    )
    await sleep(20)

    await owner.release()
    await Promise.all(waiting)

    expect(order).toEqual([0, 1, 2, 3, 4])
  })

  it('one who gives up does not stop those behind', async () => {
    await using cache = open()
    const owner = cache.lock('report')
    await owner.acquire()
    const hasty = cache.lock('report').acquire({ wait: '30ms' })
    const patient = cache.lock('report').acquire({ wait: '10s' })

    expect(await hasty).toBe(false)
    await owner.release()

    expect(await patient).toBe(true)
  })

  it('a signal ends the waiting of one, whether first in line or not', async () => {
    await using cache = open()
    const owner = cache.lock('report')
    await owner.acquire()
    const abort = new AbortController()
    const options = { wait: null, signal: abort.signal }
    const calls = [cache.lock('report').acquire(options), cache.lock('report').hold(options)]
    const patient = cache.lock('report').acquire({ wait: '10s' })
    await sleep(20)

    abort.abort(new Error('gone home'))

    for (const call of calls) await expect(call).rejects.toThrow('gone home')
    await expect(cache.lock('report').acquire(options)).rejects.toThrow('gone home')
    await owner.release()
    expect(await patient).toBe(true)
  })

  it('fifty contenders never hold it together, and all get it', async () => {
    await using cache = open()
    let holders = 0
    let most = 0
    let done = 0

    const task = async (): Promise<void> => {
      most = Math.max(most, ++holders)
      await sleep(1)
      holders--
      done++
    }
    await Promise.all(Array.from({ length: 50 }, () => cache.lock('report', { wait: '14s' }).run(task)))

    expect({ most, done }).toEqual({ most: 1, done: 50 })
  })

  it('hold answers a lock that is released at the end of its scope', async () => {
    await using cache = open()
    let seen: HeldLock
    {
      await using held = await cache.lock('report').hold()
      seen = held
      expect(await held.owned()).toBe(true)
      expect(held.key).toBe('report')
      expect(held.fence).toBeUndefined()
    }

    expect(await seen.owned()).toBe(false)
    expect(await cache.has('report')).toBe(false)
  })

  it('hold says why there is no lock', async () => {
    await using cache = open()
    await cache.lock('report').acquire()

    const error: unknown = await cache
      .lock('report')
      .hold()
      .catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(LockError)
    expect(error).toMatchObject({ reason: 'timeout', key: 'report' })
    expect((error as LockError).message).toContain('is held by somebody else: wait longer for it')
  })

  it('what was released before the end of its scope is not released again', async () => {
    await using cache = open()
    {
      await using held = await cache.lock('report').hold()
      await held.release()
      await cache.lock('report').acquire()
    }

    expect(await cache.has('report')).toBe(true)
  })

  it('a lock object is released at the end of its scope', async () => {
    await using cache = open()
    {
      await using lock = cache.lock('report')
      expect(await lock.acquire()).toBe(true)
      expect(lock.held?.key).toBe('report')
    }

    expect(await cache.has('report')).toBe(false)
  })

  it('run answers what the task does and releases also when it fails', async () => {
    await using cache = open()
    const lock = cache.lock('report')

    expect(await lock.run(() => 'done')).toBe('done')
    await expect(lock.run(() => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError)

    expect(await lock.locked()).toBe(false)
  })

  it('the end of a scope tells that the lock was lost meanwhile', async () => {
    await using cache = open()
    const lock = cache.lock('report')

    await expect(lock.run(() => cache.delete('report'))).rejects.toMatchObject({ reason: 'not-owned' })
  })

  it('the end of a scope does not hide the error by which the loss was told before', async () => {
    await using cache = open()
    const lock = cache.lock('report')
    const task = async (held: HeldLock): Promise<void> => {
      await cache.delete('report')
      await held.reacquire()
    }

    await expect(lock.run(task)).rejects.toThrow(LockError)
  })

  it('extend adds to the time left or replaces it', async () => {
    await using cache = open()
    const lock = cache.lock('report', { timeout: 100 })
    await lock.acquire()

    expect(await lock.extend('50s')).toBe(true)
    expect(await cache.ttl('report')).toBe(150)
    expect(await lock.extend(20, { replace: true })).toBe(true)
    expect(await cache.ttl('report')).toBe(20)
    expect(await lock.owned()).toBe(true)
  })

  it('reacquire begins the timeout anew', async () => {
    await using cache = open()
    const lock = cache.lock('report', { timeout: 100 })
    await lock.acquire()
    await lock.extend(5, { replace: true })

    expect(await lock.reacquire()).toBe(true)

    expect(await cache.ttl('report')).toBe(100)
  })

  it('a lock that never ends is not extended', async () => {
    await using cache = open()
    const lock = cache.lock('report', { timeout: null })
    await lock.acquire()

    await expect(lock.extend(5)).rejects.toMatchObject({ reason: 'no-timeout' })
    await expect(lock.reacquire()).rejects.toMatchObject({ reason: 'no-timeout' })
    await lock.release()
  })

  it('one that somebody made last for ever is not given an end', async () => {
    await using cache = open()
    const lock = cache.lock('report')
    await lock.acquire()
    await cache.persist('report')

    await expect(lock.extend(5)).rejects.toMatchObject({ reason: 'no-timeout' })
    expect(await cache.ttl('report')).toBeNull()
  })

  it.each(['extend', 'reacquire'] as const)('%s of a lost lock fails and leaves the other owner alone', async (how) => {
    await using cache = open()
    const lost = cache.lock('report')
    await lost.acquire()
    await cache.delete('report')
    await cache.lock('report', { timeout: 5 }).acquire()

    await expect(how === 'extend' ? lost.extend(100) : lost.reacquire()).rejects.toMatchObject({ reason: 'not-owned' })

    expect(await cache.ttl('report')).toBe(5)
    expect(await lost.owned()).toBe(false)
  })

  it('a renewed lock outlives its timeout for as long as it is held', async () => {
    await using cache = open()
    const held = await cache.lock('report', { timeout: '150ms', renew: true }).hold()

    await sleep(500)

    expect(await held.owned()).toBe(true)
    expect(held.signal.aborted).toBe(false)
    await held.release()
    await sleep(100)
    expect(await cache.has('report')).toBe(false)
  })

  it('renewing does not shorten what was extended', async () => {
    await using cache = open()
    await using held = await cache.lock('report', { timeout: '60ms', renew: true }).hold()

    await held.extend(100)
    await sleep(100)

    expect(await cache.ttl('report')).toBeGreaterThan(95)
  })

  it('the signal of a renewed lock aborts when somebody takes the lock away', async () => {
    await using cache = open()
    const held = await cache.lock('report', { timeout: '90ms', renew: true }).hold()
    const { signal } = held

    await cache.delete('report')

    await vi.waitFor(() => expect(signal.aborted).toBe(true))
    expect(signal.reason).toMatchObject({ name: 'LockError', reason: 'not-owned' })
    await expect(held.release()).rejects.toBe(signal.reason)
    await expect(held.release()).rejects.toMatchObject({ reason: 'not-held' })
  })

  it('the signal of a lock that is not renewed aborts when its time is up', async () => {
    await using cache = open()
    const held = await cache.lock('report', { timeout: '50ms' }).hold()

    await vi.waitFor(() => expect(held.signal.aborted).toBe(true))

    expect(held.signal.reason).toMatchObject({ reason: 'not-owned' })
  })

  it('the signal does not abort when the lock is released, nor when it is extended in time', async () => {
    await using cache = open()
    const released = await cache.lock('released', { timeout: '400ms' }).hold()
    const extended = await cache.lock('extended', { timeout: '400ms' }).hold()
    const signals = [released.signal, extended.signal]

    await released.release()
    await extended.extend('1m')
    await sleep(500)

    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  it('each owner gets a greater number than all before', async () => {
    await using cache = open()
    const numbers: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      await using held = await cache.lock('report', { fencing: true }).hold()
      numbers.push(held.fence ?? Number.NaN)
    }

    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    expect(numbers.every(Number.isSafeInteger)).toBe(true)
  })

  it('somebody with and somebody without a number exclude each other', async () => {
    await using cache = open()
    await cache.lock('report', { fencing: true, timeout: null }).acquire()

    expect(await cache.lock('report').acquire()).toBe(false)
    expect(await cache.lock('report', { fencing: true }).acquire()).toBe(false)
  })

  it('a lock shares its key with values: neither overwrites the other', async () => {
    await using cache = open()
    await cache.set('taken', 1)
    await cache.lock('locked').acquire()

    expect(await cache.lock('taken').acquire()).toBe(false)
    expect(await cache.add('locked', 1)).toBe(false)
  })

  it.each([
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 'soon' }, 'timeout'],
    [{ wait: Number.NaN }, 'wait'],
    [{ retryEvery: 'often' }, 'retryEvery'],
    [{ renew: 1 }, 'renew'],
    [{ renew: true, timeout: null }, 'renew'],
    [{ fencing: 'yes' }, 'fencing'],
    [{ version: 'a:b' }, 'version'],
    [{ ttl: 5 }, 'ttl'],
  ])('options that cannot be are refused before anything is sent: %j', async (options, option) => {
    await using cache = open()

    expect(() => cache.lock('report', options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', option }),
    )
  })

  it('arguments that cannot be are refused', async () => {
    await using cache = open()
    const lock = cache.lock('report')
    await lock.acquire()

    await expect(lock.extend(0)).rejects.toMatchObject({ option: 'additional' })
    await expect(lock.extend(5, { replce: true } as never)).rejects.toThrow('did you mean "replace"?')
    await expect(lock.acquire({ timeout: 5 } as never)).rejects.toMatchObject({ code: 'ERR_OPTION' })
    expect(() => cache.lock({} as never)).toThrow(TypeError)
  })
})
