import type { DeadlineOption } from '../base/duration.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { batchArgument, Collection, type IterateOptions } from './collection.ts'
import {
  ask,
  change,
  changeTogether,
  countArgument,
  decodeAll,
  decodeOne,
  encode,
  encodeAll,
  indexArgument,
  inParts,
  keysTogether,
  type Place,
  reached,
} from './place.ts'
import { bytesListOf, bytesOf, countOf, listOf, numberOf } from './replies.ts'

/** An end of a list: the left one is its beginning. */
export type Side = 'left' | 'right'

/** Of {@link ListHandle.moveTo}. */
export interface MoveOptions extends DeadlineOption {
  /** Which end to take from. @defaultValue 'left' */
  readonly from?: Side
  /** Which end to put it at. @defaultValue 'right' */
  readonly to?: Side
}

/** Of {@link ListHandle.position}. */
export interface PositionOptions extends DeadlineOption {
  /** Which of several that are equal: 1 the first, -1 the last. @defaultValue 1 */
  readonly rank?: number
  /** How many items to look at; 0 all. @defaultValue 0 */
  readonly atMost?: number
}

/** A list in Redis. Items are held against each other by their encoded bytes. */
export class ListHandle<T = unknown> extends Collection implements AsyncIterable<T> {
  readonly #at: Place

  /** Use `cache.listAt`. */
  constructor(at: Place) {
    super(at)
    this.#at = at
  }

  /** Puts items before the first, one after the other, so that the last one given is the first of the list; its length. */
  pushLeft(...items: T[]): Promise<number> {
    return this.#push('pushLeft', 'LPUSH', items)
  }

  /** Puts items behind the last; the list's length. */
  pushRight(...items: T[]): Promise<number> {
    return this.#push('pushRight', 'RPUSH', items)
  }

  /** As {@link pushLeft}, only where there is a list; its length, 0 when there is none. */
  pushLeftIfPresent(...items: T[]): Promise<number> {
    return this.#push('pushLeftIfPresent', 'LPUSHX', items)
  }

  /** As {@link pushRight}, only where there is a list; its length, 0 when there is none. */
  pushRightIfPresent(...items: T[]): Promise<number> {
    return this.#push('pushRightIfPresent', 'RPUSHX', items)
  }

  /** Takes the first item, or the first `count` of them. */
  async popLeft(): Promise<T | undefined>
  async popLeft(count: number): Promise<T[]>
  async popLeft(count?: number): Promise<T | T[] | undefined> {
    return this.#pop('popLeft', 'LPOP', count)
  }

  /** Takes the last item, or the last `count` of them, the last one first. */
  async popRight(): Promise<T | undefined>
  async popRight(count: number): Promise<T[]>
  async popRight(count?: number): Promise<T | T[] | undefined> {
    return this.#pop('popRight', 'RPOP', count)
  }

  /** The item at this place, from 0; -1 is the last. */
  async get(index: number): Promise<T | undefined> {
    const reply = await ask(this.#at, 'get', ['LINDEX', this.#at.wireKey, indexArgument(index, 'index')])
    return decodeOne<T>(this.#at, 'get', bytesOf(reply))
  }

  /** Replaces the item at this place; false when there is none. */
  async set(index: number, item: T): Promise<boolean> {
    const command = ['LSET', this.#at.wireKey, indexArgument(index, 'index'), await encode(this.#at, item)]
    return ((await change(this.#at, 'set', command, /no such key|index out of range/)) ?? null) !== null
  }

  /** The items from one place to another, both included. */
  async range(start: number = 0, end: number = -1): Promise<T[]> {
    const bounds = [indexArgument(start, 'start'), indexArgument(end, 'end')]
    const reply = await ask(this.#at, 'range', ['LRANGE', this.#at.wireKey, ...bounds])
    return decodeAll<T>(this.#at, 'range', bytesListOf(reply))
  }

  /** All items in their order, page by page; when others write meanwhile, some may come twice or not at all. */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<T, void, undefined> {
    const batch = Number(batchArgument(options, 'listAt.iterate'))
    const at = reached(this.#at, options)
    for (let start = 0; ; start += batch) {
      const bounds = [String(start), String(start + batch - 1)]
      const items = bytesListOf(await ask(at, 'iterate', ['LRANGE', this.#at.wireKey, ...bounds]))
      yield* await decodeAll<T>(this.#at, 'iterate', items)
      if (items.length < batch) return
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.iterate()
  }

  async size(): Promise<number> {
    return countOf(await ask(this.#at, 'size', ['LLEN', this.#at.wireKey]))
  }

  /** Puts an item before the first that equals `pivot`; the list's length, `undefined` when there is no such. */
  insertBefore(pivot: T, item: T): Promise<number | undefined> {
    return this.#insert('insertBefore', 'BEFORE', pivot, item)
  }

  /** Puts an item behind the first that equals `pivot`; the list's length, `undefined` when there is no such. */
  insertAfter(pivot: T, item: T): Promise<number | undefined> {
    return this.#insert('insertAfter', 'AFTER', pivot, item)
  }

  /** Removes items equal to this one: all, the first `count`, or with a negative count the last; how many were there. */
  async remove(item: T, count: number = 0): Promise<number> {
    const wanted = indexArgument(count, 'count')
    return countOf(await change(this.#at, 'remove', ['LREM', this.#at.wireKey, wanted, await encode(this.#at, item)]))
  }

  /** Removes all but the items from one place to another, both included. */
  async trim(start: number, end: number): Promise<void> {
    const bounds = [indexArgument(start, 'start'), indexArgument(end, 'end')]
    await change(this.#at, 'trim', ['LTRIM', this.#at.wireKey, ...bounds])
  }

  /** Takes an item from one end and puts it at one of `destination`, in one step. A list may be its own destination. */
  async moveTo(destination: ListHandle<T>, options: MoveOptions = {}): Promise<T | undefined> {
    checkOptions(options, ['from', 'to', 'deadline'], 'listAt.moveTo')
    const ends = [sideArgument(options.from ?? 'left', 'from'), sideArgument(options.to ?? 'right', 'to')]
    const command = ['LMOVE', ...keysTogether(this.#at, [destination.#at]), ...ends]
    const reply = await changeTogether(reached(destination.#at, options), 'moveTo', [this.#at.wireKey], command)
    return decodeOne<T>(this.#at, 'moveTo', bytesOf(reply))
  }

  /** The place of the first item equal to this one. */
  async position(item: T, options: PositionOptions = {}): Promise<number | undefined> {
    return numberOf(await ask(reached(this.#at, options), 'position', await this.#positionCommand(item, options)))
  }

  /** The places of all items equal to this one, or of the first `count`. */
  async positions(item: T, count: number = 0, options: PositionOptions = {}): Promise<number[]> {
    const command = [...(await this.#positionCommand(item, options)), 'COUNT', countArgument(count)]
    return listOf(await ask(reached(this.#at, options), 'positions', command)).map(countOf)
  }

  async #push(method: string, command: string, items: readonly T[]): Promise<number> {
    const encoded = await encodeAll(this.#at, items)
    if (encoded.length === 0) return countOf(await ask(this.#at, method, ['LLEN', this.#at.wireKey]))
    let length = 0
    for (const part of inParts(encoded)) {
      const reply = await change(this.#at, method, [command, this.#at.wireKey, ...part])
      if (reply === undefined) break
      length = countOf(reply)
    }
    return length
  }

  async #pop(method: string, command: string, count: number | undefined): Promise<T | T[] | undefined> {
    const start = [command, this.#at.wireKey]
    if (count === undefined) return decodeOne<T>(this.#at, method, bytesOf(await change(this.#at, method, start)))
    if (count === 0) return []
    const reply = await change(this.#at, method, [...start, countArgument(count)])
    return decodeAll<T>(this.#at, method, bytesListOf(reply))
  }

  async #insert(method: string, where: string, pivot: T, item: T): Promise<number | undefined> {
    const [pivotBytes, itemBytes] = [await encode(this.#at, pivot), await encode(this.#at, item)]
    const length = countOf(await change(this.#at, method, ['LINSERT', this.#at.wireKey, where, pivotBytes, itemBytes]))
    return length > 0 ? length : undefined
  }

  async #positionCommand(item: T, options: PositionOptions): Promise<(string | Uint8Array)[]> {
    checkOptions(options, ['rank', 'atMost', 'deadline'], 'listAt.position')
    if (options.rank === 0)
      throw new OptionError('rank', 'rank: 1 is the first and -1 the last of those that are equal, got 0')
    const rank = ['RANK', indexArgument(options.rank ?? 1, 'rank')]
    const atMost = ['MAXLEN', countArgument(options.atMost ?? 0)]
    return ['LPOS', this.#at.wireKey, await encode(this.#at, item), ...rank, ...atMost]
  }
}

function sideArgument(side: Side, option: string): string {
  return checkChoice(side, ['left', 'right'], option).toUpperCase()
}
