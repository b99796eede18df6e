import { Unwritable } from '../unwritable.ts'
import { isHashable } from './dicts.ts'
import { globals, isNative, knownGlobal } from './names.ts'
import { op } from './opcodes.ts'
import type { PickleConfig } from './options.ts'
import { bytesSizes, Output } from './output.ts'
import { mostIntegerBytes } from './read-scalars.ts'
import type { PyGlobal } from './values.ts'

/** As many as CPython puts on the stack at once. */
const batch = 1000

/** How objects of a kind are written: by their prototype. */
export type WriteObject = (pickler: Pickler, value: object) => void

/**
 * One pickle while it is written, in the steps of CPython's `_pickle.c`: `save` and its like are called there for every
 * object, `memo` there holds objects by identity. Where Python's identity has no equal in JavaScript, equal values stand in:
 * the keys of dicts, names, texts of one Latin-1 character and bytes of length 0 and 1 are single objects there.
 */
export class Pickler {
  readonly config: PickleConfig
  readonly out: Output
  readonly #writeObject: WriteObject
  readonly #memo = new Map<unknown, number>()
  readonly #ones = new Map<string, object>()
  #memoized = 0
  #depth = 0

  constructor(config: PickleConfig, writeObject: WriteObject) {
    this.config = config
    this.#writeObject = writeObject
    this.out = new Output(config.maxBytes)
  }

  save(value: unknown): void {
    this.out.boundary()
    switch (typeof value) {
      case 'string':
        return this.#text(value, this.config.sharedStrings === 'all')
      case 'number':
        return this.#number(value)
      case 'boolean':
        return this.out.byte(value ? op.NEWTRUE : op.NEWFALSE)
      case 'bigint':
        return this.#integer(value)
      case 'object':
        return value === null ? this.out.byte(op.NONE) : this.#object(value)
      case 'undefined':
        if (this.config.undefinedAs === 'none') return this.out.byte(op.NONE)
        throw new Unwritable(value, "undefined is nothing that Python has; leave it out, or set undefinedAs: 'none'")
      default:
        throw new Unwritable(value, `a ${typeof value} cannot be pickled`)
    }
  }

  /** A text that is one object in Python wherever it stands. */
  saveName(text: string): void {
    this.out.boundary()
    this.#text(text, true)
  }

  /** A text that is an object of its own in Python. */
  saveFreshText(text: string): void {
    this.out.boundary()
    this.out.text(text)
    this.memoize()
  }

  /** What must be hashable in Python: an item of a set, or a key that is no text. */
  saveKey(key: unknown): void {
    const isFit = typeof key !== 'object' || key === null || isHashable(key)
    if (!isFit) throw new Unwritable(key, 'Python takes no list, dict, set, deque or bytearray as a key or into a set')
    this.save(key)
  }

  saveBytes(bytes: Uint8Array): void {
    this.out.boundary()
    // Python has one object for each of these.
    const single = bytes.length > 1 ? undefined : (bytes[0] ?? -1)
    if (single !== undefined && this.recall(single)) return
    this.out.sized(bytesSizes, bytes)
    this.memoize(single)
  }

  /** A class or function; those written in C make their names anew each time they are asked. */
  saveGlobal(named: PyGlobal): void {
    this.out.boundary()
    const global = knownGlobal(named.module, named.name) ?? this.one(`global ${named.module} ${named.name}`, named)
    if (this.recall(global)) return
    // CPython keeps the module of a builtin function apart from the one of builtin types.
    if (global === globals.getattr) this.saveFreshText(global.module)
    else this.saveName(global.module)
    if (isNative(global)) this.saveFreshText(global.name)
    else this.saveName(global.name)
    this.out.byte(op.STACK_GLOBAL)
    this.memoize(global)
  }

  /** The object that stands for all that are the same in Python: the first that came with this key. */
  one<T extends object>(key: string, value: T): T {
    const first = this.#ones.get(key)
    if (first !== undefined) return first as T
    this.#ones.set(key, value)
    return value
  }

  /** A tuple made for the purpose, which nothing else refers to. */
  saveArgs(args: readonly (() => void)[]): void {
    this.out.boundary()
    if (args.length === 0) return this.out.byte(op.EMPTY_TUPLE)
    if (args.length > 3) this.out.byte(op.MARK)
    for (const save of args) save()
    this.out.byte(tupleOpcodes[args.length] ?? op.TUPLE)
    this.memoize()
  }

  /** Writes one reference when `key` was written before. */
  recall(key: unknown): boolean {
    const index = this.#memo.get(key)
    if (index === undefined) return false
    if (index <= 0xff) this.out.byte2(op.BINGET, index)
    else this.out.uint32(op.LONG_BINGET, index)
    return true
  }

  /** Numbers what was just written; `key`, when given, refers to it from now on. */
  memoize(key?: unknown): void {
    this.out.byte(op.MEMOIZE)
    if (key !== undefined) this.#memo.set(key, this.#memoized)
    this.#memoized++
  }

  hasMemo(key: unknown): boolean {
    return this.#memo.has(key)
  }

  /** The items of a list: one alone, or in batches. */
  listItems(items: readonly unknown[]): void {
    if (items.length === 1) {
      this.save(items[0])
      return this.out.byte(op.APPEND)
    }
    for (let start = 0; start < items.length; start += batch) {
      this.out.byte(op.MARK)
      const end = Math.min(start + batch, items.length)
      for (let index = start; index < end; index++) this.save(items[index])
      this.out.byte(op.APPENDS)
    }
  }

  /** The entries of a dict, each saved by its index. */
  dictItems(count: number, saveEntry: (index: number) => void): void {
    if (count === 1) {
      saveEntry(0)
      this.out.byte(op.SETITEM)
    } else if (count > 1) {
      this.#batches(count, saveEntry, op.SETITEMS)
    }
  }

  setItems(items: ReadonlySet<unknown>): void {
    const list = [...items]
    if (list.length > 0) this.#batches(list.length, (index) => this.saveKey(list[index]), op.ADDITEMS)
  }

  /** The rest of an iterator, as CPython takes it: two are needed to open a batch. */
  iterated<T>(items: readonly T[], save: (item: T) => void, opcodes: readonly [one: number, many: number]): void {
    for (let start = 0; start < items.length; start += batch) {
      const part = items.slice(start, start + batch)
      if (part.length > 1) this.out.byte(op.MARK)
      for (const item of part) save(item)
      this.out.byte(part.length > 1 ? opcodes[1] : opcodes[0])
    }
  }

  entry([key, value]: readonly [unknown, unknown]): void {
    if (typeof key === 'string') this.saveName(key)
    else this.saveKey(key)
    this.save(value)
  }

  /** A full last batch is followed by an empty one, as CPython has it for dicts and sets. */
  #batches(count: number, save: (index: number) => void, opcode: number): void {
    for (let start = 0; start <= count; start += batch) {
      if (start === count && start % batch !== 0) return
      this.out.byte(op.MARK)
      const end = Math.min(start + batch, count)
      for (let index = start; index < end; index++) save(index)
      this.out.byte(opcode)
    }
  }

  #object(value: object): void {
    if (this.recall(value)) return
    if (++this.#depth > this.config.maxDepth)
      throw new Unwritable(value, 'it is nested more deeply than maxDepth allows')
    this.#writeObject(this, value)
    this.#depth--
  }

  #text(text: string, shared: boolean): void {
    const isOne = shared || (text.length <= 1 && !(text.charCodeAt(0) > 0xff))
    if (isOne && this.recall(text)) return
    this.out.text(text)
    this.memoize(isOne ? text : undefined)
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.out.double(op.BINFLOAT, value)
    if (value >= 0 && value <= 0xff) return this.out.byte2(op.BININT1, value)
    if (value >= 0 && value <= 0xffff) return this.out.uint16(op.BININT2, value)
    if (value === (value | 0)) return this.out.int32(op.BININT, value)
    this.#long(BigInt(value))
  }

  #integer(value: bigint): void {
    if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return this.#number(Number(value))
    this.#long(value)
  }

  /** The fewest bytes of two's complement. */
  #long(value: bigint): void {
    const digits = (value < 0n ? ~value : value).toString(16)
    const bits = digits.length * 4 - Math.clz32(Number.parseInt(digits[0] as string, 16)) + 28
    const length = (bits >> 3) + 1
    if (length > mostIntegerBytes) throw new Unwritable(value, `it has more than ${mostIntegerBytes} bytes`)
    const hex = BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0')
    if (length <= 0xff) this.out.byte2(op.LONG1, length)
    else this.out.uint32(op.LONG4, length)
    this.out.bytes(Buffer.from(hex, 'hex').toReversed())
  }
}

const tupleOpcodes: Readonly<Record<number, number>> = { 1: op.TUPLE1, 2: op.TUPLE2, 3: op.TUPLE3 }
