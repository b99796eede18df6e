import assert from 'node:assert/strict'

import { fromText } from '../../base/bytes.ts'
import { escapeGlob } from '../../base/glob.ts'
import { putText, readText, type Subject, walk } from './subject.ts'

export function describeWalks(subject: Subject): void {
  const { it } = subject

  for (const batch of [1, 7, 10_000]) {
    it(`a walk in batches of ${batch} finds what matches and nothing else`, async () => {
      const [base, other] = [subject.key('walk'), subject.key('other')]
      const keys = Array.from({ length: 40 }, (_, index) => `${base}:${index}`)
      await fill(subject, [...keys, other])

      assert.deepEqual(sorted(await walk(subject.store, `${escapeGlob(base)}:*`, batch)), keys.toSorted())
    })
  }

  it('a walk misses none of a thousand keys, with reads and writes between its pages', async () => {
    const base = subject.key('thousand')
    const keys = Array.from({ length: 1000 }, (_, index) => `${base}:${index}`)
    await fill(subject, keys)

    const found = new Set<string>()
    for await (const page of subject.store.scan(`${base}:*`, 100)) {
      for (const key of page) found.add(key)
      await subject.store.getMany(page)
      await putText(subject.store, `${base}-more:${found.size}`, 'value')
    }

    assert.deepEqual(sorted(found), keys.toSorted())
  })

  it('what a walk finds may be deleted on the way', async () => {
    const base = subject.key('delete')
    await fill(
      subject,
      Array.from({ length: 1000 }, (_, index) => `${base}:${index}`),
    )

    let deleted = 0
    for await (const page of subject.store.scan(`${base}:*`, 50)) deleted += await subject.store.delete(page)

    assert.equal(deleted, 1000)
    assert.deepEqual(await walk(subject.store, `${base}:*`, 1000), [])
  })

  it('a walk may be left early', async () => {
    const base = subject.key('early')
    await fill(subject, [`${base}:1`, `${base}:2`, `${base}:3`])

    for await (const page of subject.store.scan(`${base}:*`, 1)) {
      assert.ok(page.length > 0)
      break
    }

    assert.equal(await readText(subject.store, `${base}:1`), 'value')
  })

  it('where nothing matches there is no key', async () => {
    assert.deepEqual(await walk(subject.store, `${subject.key('none')}*`, 1000), [])
  })

  describePatterns(subject)
}

function describePatterns(subject: Subject): void {
  const names = ['a', 'b', 'ab', 'a*b', 'a?b', 'a[b]', 'a\\b', 'a^b', 'a-b', 'a]b', 'é', '😀', 'a\nb', 'AB']
  const cases: readonly (readonly [pattern: string, expected: readonly string[]])[] = [
    ['*', names],
    ['?', ['a', 'b']],
    ['??', ['ab', 'AB', 'é']],
    ['[ab]', ['a', 'b']],
    ['[^b]', ['a']],
    ['a[*\\-]b', ['a*b', 'a-b']],
    ['a\\*b', ['a*b']],
    ['*b', ['b', 'ab', 'a*b', 'a?b', 'a\\b', 'a^b', 'a-b', 'a]b', 'a\nb']],
    ['????', ['a[b]', '😀']],
  ]
  for (const [pattern, expected] of cases) {
    subject.it(`the pattern ${JSON.stringify(pattern)} finds what it finds in Redis`, async () => {
      const base = subject.key('glob:')
      await fill(
        subject,
        names.map((name) => base + name),
      )

      const found = await walk(subject.store, base + pattern, 1000)

      assert.deepEqual(sorted(found), expected.map((name) => base + name).toSorted())
    })
  }

  subject.it('an escaped name finds itself and no other', async () => {
    const base = subject.key('escaped:')
    await fill(
      subject,
      names.map((name) => base + name),
    )

    for (const name of names) {
      assert.deepEqual(await walk(subject.store, base + escapeGlob(name), 1000), [base + name])
    }
  })
}

async function fill(subject: Subject, keys: readonly string[]): Promise<void> {
  await subject.store.setMany(
    keys.map((key) => [key, fromText('value')]),
    600_000,
  )
}

/** A key may come twice. */
function sorted(keys: Iterable<string>): string[] {
  return [...new Set(keys)].toSorted()
}
