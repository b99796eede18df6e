import { describe, expect, it } from 'vitest'

import { Turns } from '../../../src/locks/turns.ts'

const longMs = 60_000

describe('turns', () => {
  it('the one who came first is first, and the next when that one leaves', () => {
    const turns = new Turns()
    const [a, b, c] = [turns.enter('key'), turns.enter('key'), turns.enter('key')]

    expect([a.isFirst, b.isFirst, c.isFirst]).toEqual([true, false, false])
    turns.leave('key', b)
    expect(c.isFirst).toBe(false)
    turns.leave('key', a)
    expect(c.isFirst).toBe(true)
  })

  it('each key has a line of its own', () => {
    const turns = new Turns()

    expect([turns.enter('a').isFirst, turns.enter('b').isFirst]).toEqual([true, true])
  })

  it('who comes after all have left is first', () => {
    const turns = new Turns()
    turns.leave('key', turns.enter('key'))

    expect(turns.enter('key').isFirst).toBe(true)
  })

  it('a wake-up ends the rest of the first and of nobody else', async () => {
    const turns = new Turns()
    const [a, b] = [turns.enter('key'), turns.enter('key')]
    const ended: string[] = []
    const resting = [a.rest(longMs, undefined).then(() => ended.push('a'))]
    const abort = new AbortController()
    resting.push(b.rest(longMs, abort.signal).then(() => ended.push('b')))

    turns.wake('key')
    await resting[0]
    expect(ended).toEqual(['a'])

    abort.abort()
    await Promise.all(resting)
    expect(ended).toEqual(['a', 'b'])
  })

  it('a wake-up while the first was looking is not lost', async () => {
    const turns = new Turns()
    const turn = turns.enter('key')
    turn.look()

    turns.wake('key')

    expect(await turn.rest(longMs, undefined)).toBeUndefined()
  })

  it('one who becomes first is woken', async () => {
    const turns = new Turns()
    const [a, b] = [turns.enter('key'), turns.enter('key')]
    const resting = b.rest(longMs, undefined)

    turns.leave('key', a)

    expect(await resting).toBeUndefined()
    expect(b.isFirst).toBe(true)
  })

  it('nobody rests whose signal is aborted already', async () => {
    expect(await new Turns().enter('key').rest(longMs, AbortSignal.abort())).toBeUndefined()
  })

  it('waking a key that nobody waits for does nothing', () => {
    expect(() => new Turns().wake('key')).not.toThrow()
  })
})
