import type { Cache } from '../../src/cache/cache.ts'
import type { HashHandle } from '../../src/collections/hash.ts'
import type { ListHandle } from '../../src/collections/list.ts'
import type { SetHandle } from '../../src/collections/set.ts'
import type { SortedSetHandle } from '../../src/collections/sorted-set.ts'
import type { HeldLock } from '../../src/locks/held-lock.ts'
import type { Lock } from '../../src/locks/lock.ts'

/** One call of a method, and what comes of it while Redis fails. */
export interface Row {
  readonly call: (on: Subjects) => Promise<unknown>
  /** With `ignoreErrors`. */
  readonly answer?: unknown
  /** Named in the event; the method itself unless it is made of another. */
  readonly operation?: string
  /** `always`: the same answer without `ignoreErrors`. `never`: there is none even with it. `cannot`: it does not fail. */
  readonly ignored?: 'always' | 'never' | 'cannot'
  /** The code with which it rejects instead of answering. */
  readonly rejects?: string
  /** Needs no answer of a server that it is connected to. */
  readonly whenConnected?: 'answers'
}

export type Rows = Readonly<Record<string, Row>>

/** What the methods are called on. */
export interface Subjects {
  readonly cache: Cache
  readonly free: Lock
  /** One for each method that ends it, each held. */
  readonly locks: ReadonlyMap<string, Lock>
  readonly held: ReadonlyMap<string, HeldLock>
  readonly set: SetHandle
  readonly otherSet: SetHandle
  readonly hash: HashHandle<Record<string, number>>
  readonly list: ListHandle
  readonly sorted: SortedSetHandle
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Methods of a class, also those that have a symbol for a name; without accessors. */
export function methodsOf(prototype: object): string[] {
  return Reflect.ownKeys(prototype)
    .filter((name) => name !== 'constructor')
    .filter((name) => typeof Reflect.getOwnPropertyDescriptor(prototype, name)?.value === 'function')
    .map(String)
    .sort()
}

/** Methods that ask nobody. */
export const askNobody: readonly string[] = [
  'makeKey',
  'stats',
  'on',
  'lock',
  'hashAt',
  'setAt',
  'sortedSetAt',
  'listAt',
]

export const cacheRows: Rows = {
  get: { call: ({ cache }) => cache.get('key', 'fallback'), answer: 'fallback' },
  getMany: { call: ({ cache }) => cache.getMany(['a', 'b']), answer: new Map() },
  set: { call: ({ cache }) => cache.set('key', 1), answer: false },
  setMany: { call: ({ cache }) => cache.setMany({ a: 1 }), answer: undefined },
  add: { call: ({ cache }) => cache.add('key', 1), answer: false },
  getOrSet: { call: ({ cache }) => cache.getOrSet('key', () => 'loaded'), answer: 'loaded', ignored: 'always' },
  touch: { call: ({ cache }) => cache.touch('key'), answer: false },
  delete: { call: ({ cache }) => cache.delete('key'), answer: false },
  deleteMany: { call: ({ cache }) => cache.deleteMany(['a']), answer: 0 },
  has: { call: ({ cache }) => cache.has('key'), answer: false },
  incr: { call: ({ cache }) => cache.incr('n', 1, { create: true }), answer: Number.NaN },
  decr: { call: ({ cache }) => cache.decr('n'), answer: Number.NaN },
  incrVersion: { call: ({ cache }) => cache.incrVersion('key'), answer: Number.NaN },
  decrVersion: { call: ({ cache }) => cache.decrVersion('key'), answer: Number.NaN },
  ttl: { call: ({ cache }) => cache.ttl('key'), answer: 0 },
  pttl: { call: ({ cache }) => cache.pttl('key'), answer: 0 },
  expire: { call: ({ cache }) => cache.expire('key', 5), answer: false },
  expireAt: { call: ({ cache }) => cache.expireAt('key', new Date(4e12)), answer: false },
  persist: { call: ({ cache }) => cache.persist('key'), answer: false },
  keys: { call: ({ cache }) => cache.keys('*'), answer: [] },
  iterKeys: { call: ({ cache }) => collect(cache.iterKeys('*')), answer: [] },
  deletePattern: { call: ({ cache }) => cache.deletePattern('*'), answer: 0 },
  clear: { call: ({ cache }) => cache.clear({ everything: true }), answer: undefined },
  raw: { call: ({ cache }) => cache.raw(), ignored: 'never', whenConnected: 'answers' },
  connect: { call: ({ cache }) => cache.connect(), answer: undefined, whenConnected: 'answers' },
  // These come last, see the test.
  close: { call: ({ cache }) => cache.close(), answer: undefined, ignored: 'cannot' },
  [String(Symbol.asyncDispose)]: {
    call: ({ cache }) => cache[Symbol.asyncDispose](),
    answer: undefined,
    ignored: 'cannot',
  },
}

export const lockRows: Rows = {
  acquire: { call: ({ free }) => free.acquire(), answer: false },
  hold: { call: ({ free }) => free.hold(), rejects: 'ERR_LOCK' },
  run: { call: ({ free }) => free.run(() => 'ran'), rejects: 'ERR_LOCK', operation: 'hold' },
  release: { call: async ({ locks }) => locks.get('release')?.release(), answer: false },
  extend: { call: async ({ locks }) => locks.get('extend')?.extend(5), answer: false },
  reacquire: { call: async ({ locks }) => locks.get('reacquire')?.reacquire(), answer: false },
  owned: { call: async ({ locks }) => locks.get('owned')?.owned(), answer: false },
  locked: { call: ({ free }) => free.locked(), answer: false },
  [String(Symbol.asyncDispose)]: {
    call: async ({ locks }) => locks.get('dispose')?.[Symbol.asyncDispose](),
    answer: undefined,
    operation: 'release',
  },
}

export const heldLockRows: Rows = {
  release: { call: async ({ held }) => held.get('release')?.release(), answer: false },
  extend: { call: async ({ held }) => held.get('extend')?.extend(5), answer: false },
  reacquire: { call: async ({ held }) => held.get('reacquire')?.reacquire(), answer: false },
  owned: { call: async ({ held }) => held.get('owned')?.owned(), answer: false },
  [String(Symbol.asyncDispose)]: {
    call: async ({ held }) => held.get('dispose')?.[Symbol.asyncDispose](),
    answer: undefined,
    operation: 'release',
  },
}

export const collectionRows: Rows = {
  exists: { call: ({ set }) => set.exists(), answer: false },
  clear: { call: ({ set }) => set.clear(), answer: false },
  ttl: { call: ({ set }) => set.ttl(), answer: 0 },
  pttl: { call: ({ set }) => set.pttl(), answer: 0 },
  expire: { call: ({ set }) => set.expire(null), answer: false },
  expireAt: { call: ({ set }) => set.expireAt(new Date(4e12)), answer: false },
  persist: { call: ({ set }) => set.persist(), answer: false },
}

export const setRows: Rows = {
  add: { call: ({ set }) => set.add(1), answer: false },
  addMany: { call: ({ set }) => set.addMany(Array.from({ length: 5000 }, (_, n) => n)), answer: 0 },
  has: { call: ({ set }) => set.has(1), answer: false },
  hasMany: { call: ({ set }) => set.hasMany([1, 2]), answer: [false, false] },
  delete: { call: ({ set }) => set.delete(1), answer: false },
  deleteMany: { call: ({ set }) => set.deleteMany([1]), answer: 0 },
  size: { call: ({ set }) => set.size(), answer: 0 },
  members: { call: ({ set }) => set.members(), answer: new Set() },
  iterate: { call: ({ set }) => collect(set.iterate()), answer: [] },
  [String(Symbol.asyncIterator)]: { call: ({ set }) => collect(set), answer: [], operation: 'iterate' },
  pop: { call: ({ set }) => set.pop(), answer: undefined },
  random: { call: ({ set }) => set.random(2), answer: [] },
  moveTo: { call: ({ set, otherSet }) => set.moveTo(otherSet, 1), answer: false },
  union: { call: ({ set, otherSet }) => set.union(otherSet), answer: new Set() },
  intersection: { call: ({ set, otherSet }) => set.intersection(otherSet), answer: new Set() },
  intersectionSize: { call: ({ set, otherSet }) => set.intersectionSize(otherSet), answer: 0 },
  difference: { call: ({ set, otherSet }) => set.difference(otherSet), answer: new Set() },
  unionInto: { call: ({ set, otherSet }) => set.unionInto(otherSet, set), answer: 0 },
  intersectionInto: { call: ({ set, otherSet }) => set.intersectionInto(otherSet, set), answer: 0 },
  differenceInto: { call: ({ set, otherSet }) => set.differenceInto(otherSet, set), answer: 0 },
}

export const hashRows: Rows = {
  get: { call: ({ hash }) => hash.get('a'), answer: undefined },
  getMany: { call: ({ hash }) => hash.getMany(['a']), answer: new Map() },
  set: { call: ({ hash }) => hash.set('a', 1), answer: false },
  setMany: { call: ({ hash }) => hash.setMany({ a: 1 }), answer: 0 },
  add: { call: ({ hash }) => hash.add('a', 1), answer: false },
  delete: { call: ({ hash }) => hash.delete('a'), answer: false },
  deleteMany: { call: ({ hash }) => hash.deleteMany(['a']), answer: 0 },
  has: { call: ({ hash }) => hash.has('a'), answer: false },
  size: { call: ({ hash }) => hash.size(), answer: 0 },
  keys: { call: ({ hash }) => hash.keys(), answer: [] },
  values: { call: ({ hash }) => hash.values(), answer: [] },
  entries: { call: ({ hash }) => hash.entries(), answer: new Map() },
  iterate: { call: ({ hash }) => collect(hash.iterate()), answer: [] },
  [String(Symbol.asyncIterator)]: { call: ({ hash }) => collect(hash), answer: [], operation: 'iterate' },
  randomKey: { call: ({ hash }) => hash.randomKey(), answer: undefined },
  incr: { call: ({ hash }) => hash.incr('a'), answer: Number.NaN },
  incrFloat: { call: ({ hash }) => hash.incrFloat('a', 0.5), answer: Number.NaN },
}

export const listRows: Rows = {
  pushLeft: { call: ({ list }) => list.pushLeft(...Array.from({ length: 9000 }, (_, n) => n)), answer: 0 },
  pushRight: { call: ({ list }) => list.pushRight(), answer: 0 },
  pushLeftIfPresent: { call: ({ list }) => list.pushLeftIfPresent(1), answer: 0 },
  pushRightIfPresent: { call: ({ list }) => list.pushRightIfPresent(1), answer: 0 },
  popLeft: { call: ({ list }) => list.popLeft(), answer: undefined },
  popRight: { call: ({ list }) => list.popRight(2), answer: [] },
  get: { call: ({ list }) => list.get(0), answer: undefined },
  set: { call: ({ list }) => list.set(0, 1), answer: false },
  range: { call: ({ list }) => list.range(), answer: [] },
  iterate: { call: ({ list }) => collect(list.iterate()), answer: [] },
  [String(Symbol.asyncIterator)]: { call: ({ list }) => collect(list), answer: [], operation: 'iterate' },
  size: { call: ({ list }) => list.size(), answer: 0 },
  insertBefore: { call: ({ list }) => list.insertBefore(1, 2), answer: undefined },
  insertAfter: { call: ({ list }) => list.insertAfter(1, 2), answer: undefined },
  remove: { call: ({ list }) => list.remove(1), answer: 0 },
  trim: { call: ({ list }) => list.trim(0, 1), answer: undefined },
  moveTo: { call: ({ list }) => list.moveTo(list), answer: undefined },
  position: { call: ({ list }) => list.position(1), answer: undefined },
  positions: { call: ({ list }) => list.positions(1), answer: [] },
}

export const sortedSetRows: Rows = {
  set: { call: ({ sorted }) => sorted.set('a', 1), answer: false },
  setMany: { call: ({ sorted }) => sorted.setMany([['a', 1]]), answer: 0 },
  add: { call: ({ sorted }) => sorted.add('a', 1), answer: false },
  incr: { call: ({ sorted }) => sorted.incr('a'), answer: undefined },
  score: { call: ({ sorted }) => sorted.score('a'), answer: undefined },
  scores: { call: ({ sorted }) => sorted.scores(['a']), answer: [undefined] },
  has: { call: ({ sorted }) => sorted.has('a'), answer: false },
  rank: { call: ({ sorted }) => sorted.rank('a'), answer: undefined },
  size: { call: ({ sorted }) => sorted.size(), answer: 0 },
  count: { call: ({ sorted }) => sorted.count(), answer: 0 },
  countByLex: { call: ({ sorted }) => sorted.countByLex(), answer: 0 },
  range: { call: ({ sorted }) => sorted.range(), answer: [] },
  rangeByScore: { call: ({ sorted }) => sorted.rangeByScore(), answer: [] },
  rangeByLex: { call: ({ sorted }) => sorted.rangeByLex(), answer: [] },
  iterate: { call: ({ sorted }) => collect(sorted.iterate()), answer: [] },
  [String(Symbol.asyncIterator)]: { call: ({ sorted }) => collect(sorted), answer: [], operation: 'iterate' },
  random: { call: ({ sorted }) => sorted.random(), answer: undefined },
  delete: { call: ({ sorted }) => sorted.delete('a'), answer: false },
  deleteMany: { call: ({ sorted }) => sorted.deleteMany(['a']), answer: 0 },
  deleteRange: { call: ({ sorted }) => sorted.deleteRange(0, 1), answer: 0 },
  deleteRangeByScore: { call: ({ sorted }) => sorted.deleteRangeByScore({ min: 1 }), answer: 0 },
  deleteRangeByLex: { call: ({ sorted }) => sorted.deleteRangeByLex({ min: 'a' }), answer: 0 },
  popMin: { call: ({ sorted }) => sorted.popMin(), answer: undefined },
  popMax: { call: ({ sorted }) => sorted.popMax(2), answer: [] },
  union: { call: ({ sorted }) => sorted.union(sorted), answer: [] },
  intersection: { call: ({ sorted }) => sorted.intersection(sorted), answer: [] },
  difference: { call: ({ sorted }) => sorted.difference(sorted), answer: [] },
  unionInto: { call: ({ sorted }) => sorted.unionInto(sorted, sorted), answer: 0 },
  intersectionInto: { call: ({ sorted }) => sorted.intersectionInto(sorted, sorted), answer: 0 },
  differenceInto: { call: ({ sorted }) => sorted.differenceInto(sorted, sorted), answer: 0 },
}
