/** Python's collections that JavaScript has no word for. Each is written back as the type it came from. */

import type { PyExtension, PyObject } from './objects.ts'
import type { PyGlobal } from './values.ts'

/** A `tuple`: an array that is frozen. Its methods that make arrays make plain ones. */
export class PyTuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  static override of<T>(...items: T[]): PyTuple<T> {
    return asTuple(items)
  }

  static override from<T>(items: Iterable<T> | ArrayLike<T>): PyTuple<T>
  static override from<T, U>(items: Iterable<T> | ArrayLike<T>, map: (item: T, index: number) => U): PyTuple<U>
  static override from<T, U>(items: Iterable<T> | ArrayLike<T>, map?: (item: T, index: number) => U): PyTuple<T | U> {
    return asTuple<T | U>(map === undefined ? Array.from(items) : Array.from(items, map))
  }

  constructor(items: Iterable<T> = []) {
    super()
    for (const item of items) this.push(item)
    Object.freeze(this)
  }
}

/** Makes `items` itself a tuple, which takes a fraction of the time that the constructor does. */
export function asTuple<T>(items: T[]): PyTuple<T> {
  return Object.freeze(Object.setPrototypeOf(items, PyTuple.prototype) as PyTuple<T>)
}

/** A `frozenset`: a set that refuses to be changed. */
export class PyFrozenSet<T = unknown> extends Set<T> {
  constructor(items: Iterable<T> = []) {
    super()
    for (const item of items) super.add(item)
  }

  /** @throws TypeError always. */
  override add(): never {
    throw new TypeError('A frozenset cannot be changed')
  }

  /** @throws TypeError always. */
  override delete(): never {
    throw new TypeError('A frozenset cannot be changed')
  }

  /** @throws TypeError always. */
  override clear(): never {
    throw new TypeError('A frozenset cannot be changed')
  }
}

/** A `bytearray`. */
export class PyByteArray extends Uint8Array {}

/** A `collections.OrderedDict`. */
export class PyOrderedDict<K = unknown, V = unknown> extends Map<K, V> {}

/** A `collections.Counter`. */
export class PyCounter<K = unknown> extends Map<K, unknown> {}

/** A `collections.defaultdict`. What its factory would make is for Python to make: here a missing key is missing. */
export class PyDefaultDict<K = unknown, V = unknown> extends Map<K, V> {
  /** Such as `builtins.list`; `null` for none. */
  readonly factory: PyGlobal | PyObject | PyExtension | null

  constructor(factory: PyGlobal | PyObject | PyExtension | null, entries: Iterable<readonly [K, V]> = []) {
    super(entries)
    this.factory = factory
  }
}

/** A `collections.deque`. */
export class PyDeque<T = unknown> {
  readonly items: readonly T[]
  /** How many it may hold; `null` for any number. */
  readonly maxLength: number | null

  /** @throws RangeError when there are more items than it may hold. */
  constructor(items: Iterable<T> = [], maxLength: number | null = null) {
    this.items = [...items]
    this.maxLength = maxLength
    if (maxLength !== null && this.items.length > maxLength) throw new RangeError('A deque holds maxLength items')
  }

  get length(): number {
    return this.items.length
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]()
  }

  toJSON(): readonly T[] {
    return this.items
  }
}
