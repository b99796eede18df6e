import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { firstOf } from '../../../src/redis/first-of.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Attempts that a test settles by hand. */
function attempts(): { begin: () => Promise<string>; begun: PromiseWithResolvers<string>[]; discarded: string[] } {
  const begun: PromiseWithResolvers<string>[] = []
  const begin = () => {
    const settle = withResolvers<string>()
    begun.push(settle)
    return settle.promise
  }
  return { begin, begun, discarded: [] }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let settle: Omit<PromiseWithResolvers<T>, 'promise'> | undefined
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }))
  return { promise, ...(settle as Omit<PromiseWithResolvers<T>, 'promise'>) }
}

it('one that answers soon has none beside it', async () => {
  const { begin, begun, discarded } = attempts()
  const first = firstOf(begin, (late) => discarded.push(late))

  begun[0]?.resolve('first')
  expect(await first).toBe('first')
  await vi.advanceTimersByTimeAsync(2000)

  expect(begun).toHaveLength(1)
})

it('a silent one gets others beside it, and the first that comes is taken', async () => {
  const { begin, begun, discarded } = attempts()
  const first = firstOf(begin, (late) => discarded.push(late))

  await vi.advanceTimersByTimeAsync(600)
  begun[2]?.resolve('third')

  expect(await first).toBe('third')
  expect(begun).toHaveLength(3)
})

it('what comes later is discarded', async () => {
  const { begin, begun, discarded } = attempts()
  const first = firstOf(begin, (late) => discarded.push(late))
  await vi.advanceTimersByTimeAsync(300)
  begun[1]?.resolve('second')
  await first

  begun[0]?.resolve('first')
  await vi.advanceTimersByTimeAsync(0)

  expect(discarded).toEqual(['first'])
})

it('never more than four are begun', async () => {
  const { begin, begun, discarded } = attempts()
  void firstOf(begin, (late) => discarded.push(late))

  await vi.advanceTimersByTimeAsync(10_000)

  expect(begun).toHaveLength(4)
})

it('fails at once when the only one does', async () => {
  const { begin, begun, discarded } = attempts()
  const first = firstOf(begin, (late) => discarded.push(late))

  begun[0]?.reject(new Error('refused'))

  await expect(first).rejects.toThrow('refused')
})

it('a later one that fails leaves the first its time', async () => {
  const { begin, begun, discarded } = attempts()
  const first = firstOf(begin, (late) => discarded.push(late))
  await vi.advanceTimersByTimeAsync(300)

  begun[1]?.reject(new Error('refused'))
  begun[0]?.resolve('first')

  expect(await first).toBe('first')
})
