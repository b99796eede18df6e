import { expect, it } from 'vitest'

import { Emitter } from '../../../src/base/emitter.ts'

interface Events {
  hit: { readonly key: string }
}

it('a listener that throws or rejects is reported, and the others still hear', async () => {
  const reported: unknown[] = []
  const emitter = new Emitter<Events>(['hit'], (error) => reported.push(error))
  const heard: string[] = []
  emitter.on('hit', () => {
    throw new Error('thrown')
  })
  emitter.on('hit', async () => {
    throw new Error('rejected')
  })
  emitter.on('hit', ({ key }) => heard.push(key))

  emitter.emit('hit', { key: 'a' })
  await Promise.resolve()

  expect(heard).toEqual(['a'])
  expect(reported).toEqual([new Error('thrown'), new Error('rejected')])
})

it('a listener that left hears nothing more', () => {
  const emitter = new Emitter<Events>(['hit'], () => undefined)
  const heard: string[] = []
  const leave = emitter.on('hit', ({ key }) => heard.push(key))

  leave()
  emitter.emit('hit', { key: 'a' })

  expect(heard).toEqual([])
  expect(emitter.hears('hit')).toBe(false)
})

it('a name that is no event is refused with those that are', () => {
  const emitter = new Emitter<Events>(['hit'], () => undefined)

  expect(() => emitter.on('hitt' as 'hit', () => undefined)).toThrow('event: expected "hit"')
})
