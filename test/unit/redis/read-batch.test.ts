import { expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { type BatchReading, ReadBatch } from '../../../src/redis/read-batch.ts'

function batchOf(many: BatchReading['many']): ReadBatch {
  return new ReadBatch({ many, one: async (key) => (await many([key]))[0] })
}

it('reads of one tick travel together, the same key once, each answered with its own', async () => {
  const asked: (readonly string[])[] = []
  const batch = batchOf(async (keys) => {
    asked.push(keys)
    return keys.map((key) => (key === 'missing' ? undefined : fromText(key)))
  })

  const answers = await Promise.all(['a', 'b', 'a', 'missing', 'missing'].map((key) => batch.read(key)))

  expect(asked).toEqual([['a', 'b', 'missing']])
  expect(answers.map((bytes) => bytes && toText(bytes))).toEqual(['a', 'b', 'a', undefined, undefined])
})

it('who changes the bytes of one answer changes no other', async () => {
  const batch = batchOf(async (keys) => keys.map(() => fromText('kept')))

  const [first, second] = await Promise.all([batch.read('key'), batch.read('key')])
  first?.fill(0)

  expect(second && toText(second)).toBe('kept')
})

it('a write to a key that waits sends what waits first', async () => {
  const order: string[] = []
  const batch = batchOf(async (keys) => {
    order.push('read')
    return keys.map(() => undefined)
  })

  const reading = batch.read('key')
  batch.beforeWrite('other')
  order.push('other written')
  batch.beforeWrite('key')
  order.push('key written')
  await reading

  expect(order).toEqual(['other written', 'read', 'key written'])
})

it('a failure reaches all who wait, and nobody after them', async () => {
  let isAway = true
  const batch = batchOf(async (keys) => {
    if (isAway) throw new Error('away')
    return keys.map(() => fromText('back'))
  })

  const outcomes = await Promise.allSettled([batch.read('a'), batch.read('a'), batch.read('b')])
  isAway = false

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await batch.read('a')).toEqual(fromText('back'))
})
