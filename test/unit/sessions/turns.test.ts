import { describe, expect, it } from 'vitest'

import { CommandError, DeadlineError, SessionUnavailableError } from '../../../src/errors.ts'
import { Turns } from '../../../src/sessions/turns.ts'

/** A promise that others settle. */
function pending<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

describe('turns', () => {
  it('are taken one after the other on one record, each with what the one before left', async () => {
    const turns = new Turns<string>()
    const [first, seen] = [pending<string>(), [] as unknown[]]

    const both = [
      turns.take('a', () => first.promise),
      turns.take('a', async (before) => {
        seen.push(before)
        return `${before}b`
      }),
    ]
    expect(seen).toEqual([])
    first.resolve('a')

    expect(await Promise.all(both)).toEqual(['a', 'ab'])
    expect(seen).toEqual(['a'])
  })

  it('on one record keep nobody from another', async () => {
    const turns = new Turns<string>()
    const never = pending<string>()
    void turns.take('a', () => never.promise)

    expect(await turns.take('b', async () => 'b')).toBe('b')
  })

  it('begin anew when all are over', async () => {
    const turns = new Turns<string>()
    await turns.take('a', async () => 'a')

    expect(await turns.take('a', async (before) => String(before))).toBe('undefined')
  })

  it('go on after a failure that is the business of one alone', async () => {
    const turns = new Turns<string>()
    const failing = turns.take('a', () => Promise.reject(new Error('a merge of the user')))
    const next = turns.take('a', async (before) => String(before))

    await expect(failing).rejects.toThrow('a merge of the user')
    expect(await next).toBe('undefined')
  })

  it('end together when the store fails, since each would have to wait as long', async () => {
    const turns = new Turns<string>()
    const asked: string[] = []
    const silent = new DeadlineError('swap', 1000, 'no answer')
    const failing = turns.take('a', () => Promise.reject(new SessionUnavailableError('save', 'away', silent)))
    const next = turns.take('a', async () => {
      asked.push('next')
      return 'next'
    })

    await expect(failing).rejects.toThrow('away')
    await expect(next).rejects.toThrow('away')
    expect(asked).toEqual([])
  })

  it.each([
    ['answers one with a refusal', new CommandError('swap', 'OOM', 'it cannot fit')],
    ['was kept from one by others', undefined],
  ])('go on when the store %s', async (_what, cause) => {
    const turns = new Turns<string>()
    const failing = turns.take('a', () => Promise.reject(new SessionUnavailableError('save', 'not this one', cause)))
    const next = turns.take('a', async () => 'next')

    await expect(failing).rejects.toThrow('not this one')
    expect(await next).toBe('next')
  })
})
