import assert from 'node:assert/strict'

import { fromText } from '../../base/bytes.ts'
import type { Store } from '../../stores/store.ts'
import { assertRejects, forever, type Subject, walk } from './subject.ts'

export function describeClosing(subject: Subject): void {
  const { it } = subject

  it('closing waits for what is under way', async () => {
    const store = await subject.open()
    const key = subject.key('under way')
    await store.connect()

    const write = store.set(key, fromText('value'), forever)
    const read = store.get(key)
    await store.close()

    assert.equal(await write, true)
    assert.equal((await read)?.byteLength, 5)
  })

  it('a closed store rejects every call and does nothing more', async () => {
    const store = await subject.open()
    await store.connect()
    await store.close()

    for (const [method, call] of Object.entries(calls(store, subject.key('closed')))) {
      await assertRejects(call(), 'ERR_CONNECTION', method)
    }
  })

  it('a store that was never used closes, more than once', async () => {
    const store = await subject.open()

    await store.close()
    await store.close()

    await assertRejects(store.get(subject.key('never')), 'ERR_CONNECTION')
    assert.equal(typeof store.stats().store, 'string')
  })
}

/** Every method that touches the keys, once. */
function calls(store: Store, key: string): Record<string, () => Promise<unknown>> {
  const value = fromText('1')
  return {
    get: () => store.get(key),
    getMany: () => store.getMany([key, key]),
    set: () => store.set(key, value, forever),
    setMany: () => store.setMany([[key, value]], null),
    swap: () => store.swap(key, value, value, undefined),
    delete: () => store.delete([key]),
    has: () => store.has(key),
    add: () => store.add(key, 1n, forever),
    move: () => store.move(key, `${key}:2`),
    ttl: () => store.ttl(key),
    expire: () => store.expire(key, 1000),
    expireForever: () => store.expire(key, null),
    expireAt: () => store.expireAt(key, Date.now() + 1000),
    persist: () => store.persist(key),
    scan: () => walk(store, `${key}*`, 10),
    flush: () => store.flush(),
    connect: () => store.connect(),
    raw: () => store.raw({ write: false }),
  }
}
