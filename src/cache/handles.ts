import type { CollectionHost } from '../collections/place.ts'
import type { LockHost } from '../locks/host.ts'
import { Turns } from '../locks/turns.ts'
import { memoryStore } from '../stores/memory.ts'
import type { Core } from './core.ts'

/** What locks get of a cache. Where nothing is kept, they are kept in this process: a lock that nobody holds is none. */
export function lockHost({ store, keys, monitor }: Core): LockHost {
  return {
    store: store.stats().store === 'dummy' ? memoryStore() : store,
    turns: new Turns(),
    wire: (key, version) => keys.wire(key, version),
    answer: (operation, error, otherwise) => monitor.answer(operation, error, otherwise),
    report: (operation, error) => monitor.ignored(operation, error),
  }
}

/** What collections get of a cache. */
export function collectionHost({ store, keys, codec, monitor }: Core): CollectionHost {
  return {
    commands: store.commands,
    within: (deadlineMs) => store.within(deadlineMs).commands,
    codec,
    wire: (key, version) => keys.wire(key, version),
    user: (wireKey) => keys.user(wireKey),
    pattern: (glob, version) => keys.pattern(glob, version),
    answer: (operation, error, otherwise) => monitor.answer(operation, error, otherwise),
  }
}
