import assert from 'node:assert/strict'

import { type Bytes, fromText } from '../../base/bytes.ts'
import { assertBytes, forever, putText, readText, type Subject, textOf } from './subject.ts'

export function describeValues(subject: Subject): void {
  describeReads(subject)
  describeBytes(subject)
  describeConditions(subject)
  describeMany(subject)
  describeDeletes(subject)
  describeFacts(subject)
}

function describeReads(subject: Subject): void {
  const { it } = subject

  it('a key that was never set is missing', async () => {
    const key = subject.key('missing')

    assert.equal(await subject.store.get(key), undefined)
    assert.deepEqual(await subject.store.getMany([key]), [undefined])
    assert.equal(await subject.store.has(key), false)
  })

  it('many reads answer in the order asked, duplicates and misses in their places', async () => {
    const [a, b, none] = [subject.key('a'), subject.key('b'), subject.key('none')]
    await putText(subject.store, a, 'A')
    await putText(subject.store, b, 'B')

    const values = await subject.store.getMany([b, none, a, b])

    assert.deepEqual(values.map(textOf), ['B', undefined, 'A', 'B'])
  })

  it('reads under way together each get their own answer', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => subject.key(`n${index}`))
    await subject.store.setMany(
      keys.map((key) => [key, fromText(key)]),
      null,
    )

    const values = await Promise.all(keys.map((key) => readText(subject.store, key)))

    assert.deepEqual(values, keys)
  })

  it('a read that follows a write sees it, without waiting for it', async () => {
    const key = subject.key('own')
    await putText(subject.store, key, 'old')

    const before = readText(subject.store, key)
    const write = subject.store.set(key, fromText('new'), forever)
    const after = readText(subject.store, key)

    assert.deepEqual(await Promise.all([before, write, after]), ['old', true, 'new'])
  })
}

function describeBytes(subject: Subject): void {
  const { it } = subject
  const samples: readonly (readonly [what: string, value: Bytes])[] = [
    ['no bytes at all', new Uint8Array()],
    ['every byte there is', Uint8Array.from({ length: 256 }, (_, index) => index)],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a, 0x00)],
    ['a mebibyte', new Uint8Array(1024 * 1024).map((_, index) => index * 31)],
    ['a part of a larger buffer', fromText('before-inside-after').subarray(7, 13)],
  ]
  for (const [what, value] of samples) {
    it(`${what}: read back as written`, async () => {
      const [one, other] = [subject.key('one'), subject.key('other')]

      await subject.store.set(one, value, forever)
      await subject.store.setMany([[other, value]], null)

      for (const found of [await subject.store.get(one), ...(await subject.store.getMany([one, other]))]) {
        assertBytes(found, value)
      }
    })
  }

  it('bytes changed after they were stored or read change nothing', async () => {
    const key = subject.key('kept')
    const mine = fromText('value')
    await subject.store.set(key, mine, forever)

    mine.fill(0)
    const first = await subject.store.get(key)
    first?.fill(0)
    const [second] = await subject.store.getMany([key])
    second?.fill(0)

    assert.equal(await readText(subject.store, key), 'value')
  })

  it('keys are any text', async () => {
    const names = ['é', 'ключ', '鍵', '😀', 'a b', 'a\nb', 'a\0b', '{tag}', '*?[]\\', '__proto__', 'x'.repeat(10_000)]
    const keys = names.map((name) => subject.key(name))

    for (const key of keys) await putText(subject.store, key, key)

    assert.deepEqual((await subject.store.getMany(keys)).map(textOf), keys)
  })
}

function describeConditions(subject: Subject): void {
  const { it } = subject

  it('a write replaces what was there', async () => {
    const key = subject.key('replaced')
    await putText(subject.store, key, 'old')

    assert.equal(await subject.store.set(key, fromText('new'), forever), true)
    assert.equal(await readText(subject.store, key), 'new')
  })

  it("a write when 'absent' stores only where nothing is", async () => {
    const key = subject.key('absent')

    assert.equal(await subject.store.set(key, fromText('first'), { ttlMs: null, when: 'absent' }), true)
    assert.equal(await subject.store.set(key, fromText('second'), { ttlMs: 1000, when: 'absent' }), false)
    assert.equal(await readText(subject.store, key), 'first')
    assert.equal(await subject.store.ttl(key), null)
  })

  it("a write when 'present' stores only where something is", async () => {
    const key = subject.key('present')

    assert.equal(await subject.store.set(key, fromText('first'), { ttlMs: null, when: 'present' }), false)
    assert.equal(await subject.store.has(key), false)
    await putText(subject.store, key, 'there')
    assert.equal(await subject.store.set(key, fromText('second'), { ttlMs: null, when: 'present' }), true)
    assert.equal(await readText(subject.store, key), 'second')
  })

  it("of many writes when 'absent' at once, one stores", async () => {
    const key = subject.key('race')
    const writes = Array.from({ length: 20 }, (_, index) =>
      subject.store.set(key, fromText(String(index)), { ttlMs: null, when: 'absent' }),
    )

    const answers = await Promise.all(writes)

    assert.equal(answers.filter(Boolean).length, 1)
    assert.equal(await readText(subject.store, key), String(answers.indexOf(true)))
  })
}

function describeMany(subject: Subject): void {
  const { it } = subject

  it('nothing to read, write or delete is answered at once', async () => {
    assert.deepEqual(await subject.store.getMany([]), [])
    assert.equal(await subject.store.setMany([], 1000), undefined)
    assert.equal(await subject.store.delete([]), 0)
  })

  it('thousands are written, read and deleted in one call', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => subject.key(`n${index}`))

    await subject.store.setMany(
      keys.map((key) => [key, fromText(key)]),
      60_000,
    )

    assert.deepEqual((await subject.store.getMany(keys)).map(textOf), keys)
    assert.equal(await subject.store.delete(keys), keys.length)
    assert.equal(await subject.store.has(keys[0] ?? ''), false)
  })

  it('of two values for one key the last one stays', async () => {
    const key = subject.key('twice')

    await subject.store.setMany(
      [
        [key, fromText('first')],
        [key, fromText('last')],
      ],
      null,
    )

    assert.equal(await readText(subject.store, key), 'last')
  })
}

function describeDeletes(subject: Subject): void {
  const { it } = subject

  it('deleting counts what was there, each key once', async () => {
    const [a, b, none] = [subject.key('a'), subject.key('b'), subject.key('none')]
    await putText(subject.store, a, 'A')
    await putText(subject.store, b, 'B')

    assert.equal(await subject.store.delete([a, none, b, a]), 2)
    assert.deepEqual(await subject.store.getMany([a, b]), [undefined, undefined])
    assert.equal(await subject.store.delete([a]), 0)
  })

  it('a stored value of no bytes is there', async () => {
    const key = subject.key('empty')
    await putText(subject.store, key, '')

    assert.equal(await subject.store.has(key), true)
    assert.equal(await subject.store.delete([key]), 1)
  })
}

function describeFacts(subject: Subject): void {
  const { it } = subject

  it('connecting is possible at any time', async () => {
    await Promise.all([subject.store.connect(), subject.store.connect()])

    assert.equal(await subject.store.has(subject.key('none')), false)
  })

  it('a store tells its name and facts as numbers and texts', async () => {
    const stats = subject.store.stats()

    assert.equal(typeof stats.store, 'string')
    assert.notEqual(stats.store, '')
    for (const fact of Object.values(stats)) assert.match(typeof fact, /^(number|string)$/)
  })

  it('the client itself is handed out, or the lack of one is an OptionError', async () => {
    const outcome = await subject.store.raw({ write: true }).catch((error: { code: string }) => error.code)

    assert.ok(outcome === 'ERR_OPTION' || (typeof outcome === 'object' && outcome !== null))
  })
}
