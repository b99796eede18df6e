import assert from 'node:assert/strict'

import { fromText } from '../../base/bytes.ts'
import { assertBytes, assertRejects, assertTtl, forever, putText, readText, type Subject } from './subject.ts'

export function describeAtomicWrites(subject: Subject): void {
  describeSwaps(subject)
  describeRemovals(subject)
  describeCounting(subject)
  describeCountingBeyondBits(subject)
  describeMoves(subject)
}

function describeRemovals(subject: Subject): void {
  const { it } = subject

  it('a value that is as expected is removed, another one is not', async () => {
    const key = subject.key('remove')
    await putText(subject.store, key, 'mine')

    assert.equal(await subject.store.remove(key, fromText('theirs')), false)
    assert.equal(await readText(subject.store, key), 'mine')
    assert.equal(await subject.store.remove(key, fromText('mine')), true)
    assert.equal(await subject.store.has(key), false)
    assert.equal(await subject.store.remove(key, fromText('mine')), false)
  })
}

function describeSwaps(subject: Subject): void {
  const { it } = subject

  it('a value that is as expected is swapped', async () => {
    const key = subject.key('swap')
    const [before, after] = [Uint8Array.of(0, 255, 10), Uint8Array.of(255, 0, 13, 10)]
    await subject.store.set(key, before, forever)

    assert.equal(await subject.store.swap(key, before, after, undefined), 'swapped')
    assertBytes(await subject.store.get(key), after)
  })

  it('a value that has changed is left alone, with its time to live', async () => {
    const key = subject.key('changed')
    await putText(subject.store, key, 'theirs')

    assert.equal(await subject.store.swap(key, fromText('their'), fromText('mine'), 5000), 'changed')
    assert.equal(await subject.store.swap(key, fromText(''), fromText('mine'), 5000), 'changed')
    assert.equal(await readText(subject.store, key), 'theirs')
    assert.equal(await subject.store.ttl(key), null)
  })

  it('a missing value is not made by a swap', async () => {
    const key = subject.key('missing')

    assert.equal(await subject.store.swap(key, fromText(''), fromText('mine'), null), 'missing')
    assert.equal(await subject.store.has(key), false)
  })

  it('a swap keeps the time to live, gives a new one or takes it away', async () => {
    const key = subject.key('ttl')
    const value = fromText('same')
    const start = performance.now()
    await putText(subject.store, key, 'same', 61_234)

    await subject.store.swap(key, value, value, undefined)
    await assertTtl(subject.store, key, 61_234, start)
    const renewed = performance.now()
    await subject.store.swap(key, value, value, 123_456)
    await assertTtl(subject.store, key, 123_456, renewed)
    await subject.store.swap(key, value, value, null)
    assert.equal(await subject.store.ttl(key), null)
    await subject.store.swap(key, value, value, undefined)
    assert.equal(await subject.store.ttl(key), null)
  })

  it('of many swaps at once, one swaps', async () => {
    const key = subject.key('race')
    await putText(subject.store, key, 'start')
    const swaps = Array.from({ length: 20 }, (_, index) =>
      subject.store.swap(key, fromText('start'), fromText(`by ${index}`), undefined),
    )

    const outcomes = await Promise.all(swaps)

    assert.equal(outcomes.filter((outcome) => outcome === 'swapped').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, 19)
    assert.equal(await readText(subject.store, key), `by ${outcomes.indexOf('swapped')}`)
  })
}

function describeCounting(subject: Subject): void {
  const { it } = subject

  it('counting what is missing makes nothing, unless asked', async () => {
    const key = subject.key('missing')

    assert.equal(await subject.store.add(key, 5n), undefined)
    assert.equal(await subject.store.has(key), false)
    assert.equal(await subject.store.add(key, 5n, { ttlMs: null }), 5n)
    assert.equal(await readText(subject.store, key), '5')
    assert.equal(await subject.store.ttl(key), null)
  })

  it('counting goes up and down, by any delta, as decimal text', async () => {
    const key = subject.key('count')
    await putText(subject.store, key, '40')

    assert.equal(await subject.store.add(key, 2n), 42n)
    assert.equal(await subject.store.add(key, -50n), -8n)
    assert.equal(await subject.store.add(key, 0n), -8n)
    assert.equal(await subject.store.add(key, 8n, { ttlMs: 1000 }), 0n)
    assert.equal(await readText(subject.store, key), '0')
  })

  it('counting keeps the time to live; only a new counter takes the given one', async () => {
    const [old, made] = [subject.key('old'), subject.key('made')]
    const start = performance.now()
    await putText(subject.store, old, '1', 61_234)

    await subject.store.add(old, 1n, { ttlMs: 5000 })
    await subject.store.add(made, 1n, { ttlMs: 43_210 })
    await subject.store.add(made, 1n, { ttlMs: 5000 })

    await assertTtl(subject.store, old, 61_234, start)
    await assertTtl(subject.store, made, 43_210, start)
  })

  it('counts under way together add up', async () => {
    const key = subject.key('together')

    const sums = await Promise.all(Array.from({ length: 50 }, () => subject.store.add(key, 1n, forever)))

    assert.equal(new Set(sums).size, 50)
    assert.equal(await readText(subject.store, key), '50')
  })

  for (const text of ['', 'abc', '1.5', '1e3', ' 1', '1 ', '+1', '01', '-', '-0', '0x10', '1\n', '١']) {
    it(`${JSON.stringify(text)} is no integer and stays as it is`, async () => {
      const key = subject.key('text')
      await putText(subject.store, key, text)

      await assertRejects(subject.store.add(key, 1n), 'ERR_COMMAND')
      assert.equal(await readText(subject.store, key), text)
    })
  }
}

function describeCountingBeyondBits(subject: Subject): void {
  const { it } = subject
  const most = 2n ** 63n - 1n
  const cases: readonly (readonly [what: string, start: bigint, delta: bigint])[] = [
    ['up beyond 2^53', 2n ** 53n, 1n],
    ['up beyond 2^63', most, 1n],
    ['down beyond -2^63', -most, -5n],
    ['back from beyond 2^63', most + 10n, -20n],
    ['by a delta beyond 2^63', 7n, 2n ** 70n],
    ['by a delta below -2^63', 7n, -(2n ** 70n)],
    ['a number of forty digits', 10n ** 40n - 1n, 1n],
    ['a negative number of forty digits', -(10n ** 40n), 1n],
  ]
  for (const [what, start, delta] of cases) {
    it(`counting is exact: ${what}`, async () => {
      const key = subject.key('big')
      const begun = performance.now()
      await putText(subject.store, key, String(start), 61_234)

      assert.equal(await subject.store.add(key, delta), start + delta)
      assert.equal(await readText(subject.store, key), String(start + delta))
      await assertTtl(subject.store, key, 61_234, begun)
    })
  }

  it('a counter may begin beyond 2^63', async () => {
    const key = subject.key('begin')
    const start = performance.now()

    assert.equal(await subject.store.add(key, 2n ** 80n), undefined)
    assert.equal(await subject.store.add(key, 2n ** 80n, { ttlMs: 61_234 }), 2n ** 80n)
    await assertTtl(subject.store, key, 61_234, start)
  })

  it('counts beyond 2^63 under way together add up', async () => {
    const key = subject.key('together')
    await putText(subject.store, key, String(most))

    await Promise.all(Array.from({ length: 10 }, () => subject.store.add(key, 1n)))

    assert.equal(await readText(subject.store, key), String(most + 10n))
  })
}

function describeMoves(subject: Subject): void {
  const { it } = subject

  it('a move takes the value and its time to live along, and replaces what is there', async () => {
    const [from, to] = [subject.key('from'), subject.key('to')]
    const start = performance.now()
    await putText(subject.store, from, 'moved', 61_234)
    await putText(subject.store, to, 'replaced', 5000)

    assert.equal(await subject.store.move(from, to), true)
    assert.equal(await subject.store.has(from), false)
    assert.equal(await readText(subject.store, to), 'moved')
    await assertTtl(subject.store, to, 61_234, start)
  })

  it('a value without a time to live has none after a move either', async () => {
    const [from, to] = [subject.key('from'), subject.key('to')]
    await putText(subject.store, from, 'moved')
    await putText(subject.store, to, 'replaced', 5000)

    await subject.store.move(from, to)

    assert.equal(await subject.store.ttl(to), null)
  })

  it('a missing value is not moved and leaves the target alone', async () => {
    const [from, to] = [subject.key('from'), subject.key('to')]
    await putText(subject.store, to, 'kept')

    assert.equal(await subject.store.move(from, to), false)
    assert.equal(await readText(subject.store, to), 'kept')
  })

  it('a move onto itself changes nothing', async () => {
    const key = subject.key('self')
    const start = performance.now()
    await putText(subject.store, key, 'same', 61_234)

    assert.equal(await subject.store.move(key, key), true)
    assert.equal(await readText(subject.store, key), 'same')
    await assertTtl(subject.store, key, 61_234, start)
  })
}
