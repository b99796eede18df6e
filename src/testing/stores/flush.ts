import assert from 'node:assert/strict'

import { putText, readText, type Subject, walk } from './subject.ts'

export function describeFlush(subject: Subject): void {
  subject.it('a flush removes every key, and the store goes on', async () => {
    const key = subject.key('flushed')
    await putText(subject.store, key, 'value', 60_000)

    await subject.store.flush()

    assert.deepEqual(await walk(subject.store, '*', 1000), [])
    await putText(subject.store, key, 'again')
    assert.equal(await readText(subject.store, key), 'again')
  })
}
