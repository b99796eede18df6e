import { DecodeError } from '../../errors.ts'
import { KeyGuard } from '../key-guard.ts'
import type { DictPlan } from './dicts.ts'
import type { PickleConfig } from './options.ts'
import { readUtf8 } from './text.ts'

/** One instruction at work. */
export type Operation = (machine: Machine) => void

/** Instructions by their opcode. */
export type Operations = Readonly<Record<number, Operation>>

/** What no pickle can hold: a place of the memo that was never filled. */
const vacant: unique symbol = Symbol('vacant')

/** Names come again and again, in one pickle and the next: to find one is several times faster than to make it. */
const names: string[] = Array.from({ length: 512 }, () => '')
const longestName = 24

/**
 * The pickle machine while it reads one pickle: where it is, its stack with the marks on it, and its memo. Every read
 * is checked against the bytes that are there before anything is allocated for it.
 */
export class Machine {
  readonly config: PickleConfig
  readonly plan: DictPlan
  readonly bytes: Buffer
  readonly stack: unknown[] = []
  position = 0
  finished = false
  /** Instances made that still wait for their state. */
  unbuilt = 0
  /** Containers and instances made so far. */
  objects = 0
  /** Dicts made so far. */
  dicts = 0
  readonly #guard = new KeyGuard()
  readonly #view: Uint8Array
  readonly #memo: unknown[] = []
  readonly #marks: number[] = []
  /** The stack up to here belongs to what came before the last mark. */
  #fence = 0
  #puts = 0
  #copied = 0

  constructor(bytes: Buffer, config: PickleConfig, plan: DictPlan) {
    this.bytes = bytes
    this.config = config
    this.plan = plan
    this.#view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  fail(reason: string): DecodeError {
    return new DecodeError('', 'pickle', `${reason} (at byte ${this.position})`)
  }

  /** Steps over `length` bytes and tells where they begin. */
  take(length: number): number {
    const start = this.position
    if (!(length <= this.bytes.length - start)) throw this.fail('it is cut short')
    this.position = start + length
    return start
  }

  byte(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw this.fail('it is cut short')
    this.position++
    return byte
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.take(2))
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4))
  }

  /** A length of eight bytes; what is beyond all memory fails in {@link take}. */
  length8(): number {
    return Number(this.bytes.readBigUInt64LE(this.take(8)))
  }

  /** UTF-8 of so many bytes, with lone surrogates as Python has them. */
  string(length: number): string {
    const start = this.take(length)
    const name = length <= longestName ? this.#name(start) : undefined
    if (name !== undefined) return name
    return readUtf8(this.bytes, start, this.position) ?? this.#refuseText()
  }

  /** A copy, so that a few bytes do not keep the whole pickle. */
  copy(length: number): Uint8Array {
    const start = this.take(length)
    return this.#view.slice(start, this.position)
  }

  /** The bytes up to the next line feed, as Latin-1. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position)
    if (end === -1) throw this.fail('it is cut short')
    const start = this.position
    this.position = end + 1
    return this.bytes.toString('latin1', start, end)
  }

  push(value: unknown): void {
    this.stack.push(value)
  }

  /** As {@link push}, counted: what takes memory of its own. */
  pushNew(value: unknown): void {
    if (++this.objects > this.config.maxObjects) throw this.fail('it holds more objects than maxObjects allows')
    this.stack.push(value)
  }

  /**
   * Counts what a call copies out of its arguments. CPython makes them anew for each call, and at most two copy the same
   * (bytes out of text, a bytearray out of those); arguments that are shared could make megabytes of every few bytes.
   */
  copies(count: number): void {
    this.#copied += count
    if (this.#copied > this.bytes.length * 2) throw this.fail('its calls copy more than it holds')
  }

  /** Before a key of a Map, or an item of a Set: refuses those that are chosen to be slow. */
  checkKey(container: Map<unknown, unknown> | Set<unknown>, key: unknown): void {
    if (this.#guard.isCrowded(container, key)) throw this.fail('too many keys have the same hash')
  }

  pop(): unknown {
    if (this.stack.length <= this.#fence) throw this.fail('its stack is empty')
    return this.stack.pop()
  }

  top(): unknown {
    if (this.stack.length <= this.#fence) throw this.fail('its stack is empty')
    return this.stack[this.stack.length - 1]
  }

  /** Each level of nesting has one mark at most. */
  mark(): void {
    this.#fence = this.stack.length
    if (this.#marks.push(this.#fence) > this.config.maxDepth)
      throw this.fail('it is nested more deeply than maxDepth allows')
  }

  /** Where on the stack the items since the last mark begin; the mark is gone. */
  unmark(): number {
    const start = this.#marks.pop()
    if (start === undefined) throw this.fail('a mark is missing')
    this.#fence = this.#marks[this.#marks.length - 1] ?? 0
    return start
  }

  /** The items since the last mark, taken off the stack. */
  popMarked(): unknown[] {
    return this.stack.splice(this.unmark())
  }

  /** Takes off what is on top, be it a value or a mark. */
  discard(): void {
    if (this.#marks.length > 0 && this.stack.length === this.#fence) this.unmark()
    else this.pop()
  }

  /** What is below the item at `start`, which must not belong to what came before the last mark. */
  below(start: number): unknown {
    if (start <= this.#fence) throw this.fail('its stack is empty')
    return this.stack[start - 1]
  }

  memoize(): void {
    this.#puts++
    this.#memo.push(this.top())
  }

  /** CPython numbers without gaps; a stranger's few are borne, so that one index cannot ask for all memory. */
  memoizeAt(index: number): void {
    const value = this.top()
    if (!(index <= ++this.#puts + 1024)) throw this.fail('its memo has a gap')
    while (this.#memo.length < index) this.#memo.push(vacant)
    this.#memo[index] = value
  }

  recall(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : vacant
    if (value === vacant) throw this.fail('it refers to something that its memo does not hold')
    this.stack.push(value)
  }

  /** A short text, when it is ASCII. */
  #name(start: number): string | undefined {
    let hash = 0
    for (let index = start; index < this.position; index++) {
      const byte = this.#view[index] as number
      if (byte >= 0x80) return undefined
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    const slot = (hash ^ (hash >>> 9)) & 511
    const known = names[slot] as string
    if (known.length === this.position - start && this.#reads(known, start)) return known
    const name = this.bytes.toString('latin1', start, this.position)
    names[slot] = name
    return name
  }

  #reads(text: string, start: number): boolean {
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== this.#view[start + index]) return false
    }
    return true
  }

  #refuseText(): never {
    throw this.fail('a text is not UTF-8')
  }
}
