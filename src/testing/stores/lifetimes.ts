import assert from 'node:assert/strict'

import { fromText } from '../../base/bytes.ts'
import { escapeGlob } from '../../base/glob.ts'
import { assertTtl, putText, readText, type Subject, textOf, untilGone, walk } from './subject.ts'

export function describeLifetimes(subject: Subject): void {
  describeGiven(subject)
  describeChanges(subject)
  describeEnds(subject)
}

function describeGiven(subject: Subject): void {
  const { it } = subject

  it('a time to live is kept to the millisecond', async () => {
    const [one, many] = [subject.key('one'), subject.key('many')]
    const start = performance.now()

    await putText(subject.store, one, 'value', 61_234)
    await subject.store.setMany([[many, fromText('value')]], 61_234)

    await assertTtl(subject.store, one, 61_234, start)
    await assertTtl(subject.store, many, 61_234, start)
  })

  it('null is for ever and a missing key has no time to live', async () => {
    const [one, many] = [subject.key('one'), subject.key('many')]

    await putText(subject.store, one, 'value')
    await subject.store.setMany([[many, fromText('value')]], null)

    assert.equal(await subject.store.ttl(one), null)
    assert.equal(await subject.store.ttl(many), null)
    assert.equal(await subject.store.ttl(subject.key('none')), undefined)
  })

  it('a write gives its own time to live, whatever there was before', async () => {
    const key = subject.key('again')
    const start = performance.now()

    await putText(subject.store, key, 'value', 5000)
    await putText(subject.store, key, 'value', 61_234)
    await assertTtl(subject.store, key, 61_234, start)
    await putText(subject.store, key, 'value')
    assert.equal(await subject.store.ttl(key), null)
    await subject.store.set(key, fromText('value'), { ttlMs: 61_234, when: 'present' })
    await assertTtl(subject.store, key, 61_234, start)
    await subject.store.setMany([[key, fromText('value')]], null)
    assert.equal(await subject.store.ttl(key), null)
  })

  it('a time to live of years is one', async () => {
    const key = subject.key('years')
    const start = performance.now()
    const tenYears = 10 * 365 * 24 * 3600 * 1000

    await putText(subject.store, key, 'value', tenYears)

    await assertTtl(subject.store, key, tenYears, start)
  })
}

function describeChanges(subject: Subject): void {
  const { it } = subject

  it('a time to live is renewed, given and taken away', async () => {
    const key = subject.key('changed')
    await putText(subject.store, key, 'value', 5000)
    const start = performance.now()

    assert.equal(await subject.store.expire(key, 61_234), true)
    await assertTtl(subject.store, key, 61_234, start)
    assert.equal(await subject.store.expire(key, null), true)
    assert.equal(await subject.store.ttl(key), null)
    assert.equal(await subject.store.expire(key, null), true)
    assert.equal(await subject.store.expireAt(key, Date.now() + 43_210), true)
    await assertTtl(subject.store, key, 43_210, start)
    assert.equal(await readText(subject.store, key), 'value')
  })

  it('a time that has passed already removes the key', async () => {
    const keys = [subject.key('zero'), subject.key('negative'), subject.key('past'), subject.key('epoch')] as const
    for (const key of keys) await putText(subject.store, key, 'value', 61_234)

    assert.equal(await subject.store.expire(keys[0], 0), true)
    assert.equal(await subject.store.expire(keys[1], -1000), true)
    assert.equal(await subject.store.expireAt(keys[2], Date.now() - 1000), true)
    assert.equal(await subject.store.expireAt(keys[3], 0), true)

    assert.deepEqual(
      await subject.store.getMany(keys),
      keys.map(() => undefined),
    )
  })

  it('what is missing cannot be given a time to live', async () => {
    const key = subject.key('none')

    assert.equal(await subject.store.expire(key, 5000), false)
    assert.equal(await subject.store.expire(key, null), false)
    assert.equal(await subject.store.expire(key, 0), false)
    assert.equal(await subject.store.expireAt(key, Date.now() + 5000), false)
    assert.equal(await subject.store.persist(key), false)
    assert.equal(await subject.store.has(key), false)
  })

  it('persist tells whether there was a time to live to take away', async () => {
    const key = subject.key('persist')
    await putText(subject.store, key, 'value', 5000)

    assert.equal(await subject.store.persist(key), true)
    assert.equal(await subject.store.ttl(key), null)
    assert.equal(await subject.store.persist(key), false)
    assert.equal(await readText(subject.store, key), 'value')
  })
}

function describeEnds(subject: Subject): void {
  const { it } = subject

  it('an expired key is missing for every method', async () => {
    const [key, other] = [subject.key('gone'), subject.key('other')]
    const { store } = subject
    await putText(store, key, '1', 25)
    await untilGone(store, key)

    assert.deepEqual(await store.getMany([key]), [undefined])
    assert.equal(await store.has(key), false)
    assert.equal(await store.ttl(key), undefined)
    assert.equal(await store.expire(key, 5000), false)
    assert.equal(await store.persist(key), false)
    assert.equal(await store.move(key, other), false)
    assert.equal(await store.swap(key, fromText('1'), fromText('2'), null), 'missing')
    assert.equal(await store.add(key, 1n), undefined)
    assert.equal(await store.set(key, fromText('2'), { ttlMs: null, when: 'present' }), false)
    assert.equal(await store.delete([key]), 0)
    assert.deepEqual(await walk(store, `${escapeGlob(key)}*`, 1000), [])
    assert.equal(await store.set(key, fromText('2'), { ttlMs: null, when: 'absent' }), true)
  })

  it('all of many written together expire', async () => {
    const keys = [subject.key('a'), subject.key('b')] as const
    await subject.store.setMany(
      [
        [keys[0], fromText('A')],
        [keys[1], fromText('B')],
      ],
      25,
    )

    await untilGone(subject.store, keys[0])
    await untilGone(subject.store, keys[1])

    assert.deepEqual((await subject.store.getMany(keys)).map(textOf), [undefined, undefined])
  })

  it('a counter that expired begins anew', async () => {
    const key = subject.key('counter')
    await subject.store.add(key, 41n, { ttlMs: 25 })
    await untilGone(subject.store, key)

    assert.equal(await subject.store.add(key, 1n, { ttlMs: null }), 1n)
  })
}
