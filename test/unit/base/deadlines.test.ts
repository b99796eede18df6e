import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Deadlines } from '../../../src/base/deadlines.ts'

const late = () => new Error('late')
const failed = (error: unknown) => new Error('failed', { cause: error })
const never = () => new Promise<never>(() => undefined)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('race', () => {
  it('answers as the work does', async () => {
    const deadlines = new Deadlines(100)

    expect(await deadlines.race(Promise.resolve(5), late, failed)).toBe(5)
  })

  it('hands a failure of the work on, translated', async () => {
    const cause = new Error('broken')

    const outcome = new Deadlines(100).race(Promise.reject(cause), late, failed)

    await expect(outcome).rejects.toMatchObject({ message: 'failed', cause })
  })

  it('ends the waiting of every call when its own time is up', async () => {
    const deadlines = new Deadlines(100)
    const ended: string[] = []
    const first = deadlines.race(never(), late, failed).catch(() => ended.push('first'))
    await vi.advanceTimersByTimeAsync(60)
    const second = deadlines.race(never(), late, failed).catch(() => ended.push('second'))

    await vi.advanceTimersByTimeAsync(45)
    expect(ended).toEqual(['first'])

    await vi.advanceTimersByTimeAsync(80)
    expect(ended).toEqual(['first', 'second'])
    await Promise.all([first, second])
  })

  it('still ends calls when others before and after them were answered', async () => {
    const deadlines = new Deadlines(100)
    let answer: (value: number) => void = () => undefined
    const between = new Promise<number>((resolve) => (answer = resolve))
    const outcomes = [never(), between, never()].map((work) =>
      deadlines.race<number>(work, late, failed).catch(() => 'late'),
    )

    answer(7)
    await vi.advanceTimersByTimeAsync(150)

    expect(await Promise.all(outcomes)).toEqual(['late', 7, 'late'])
  })
})
