import type { DeadlineOption } from '../base/duration.ts'
import { checkInteger, checkOptions } from '../base/options.ts'
import { batchArgument, Collection, type IterateOptions, refuseMatch } from './collection.ts'
import {
  ask,
  askTogether,
  change,
  changeMany,
  changeTogether,
  countArgument,
  decodeAll,
  decodeOne,
  encode,
  encodeAll,
  keysTogether,
  type Place,
  reached,
} from './place.ts'
import { bytesListOf, bytesOf, type Came, countOf, flagOf, listOf, pageOf } from './replies.ts'

/** One other set, or several. */
export type Sets<T> = SetHandle<T> | readonly SetHandle<T>[]

/** Of {@link SetHandle.random}. */
export interface RandomOptions extends DeadlineOption {
  /** A member may come more than once, so that as many come as asked for. @defaultValue false */
  readonly repeats?: boolean
}

/**
 * A set in Redis. Members are told apart by their encoded bytes: `1` and `'1'` are two members, and so are objects whose
 * properties stand in another order.
 */
export class SetHandle<T = unknown> extends Collection implements AsyncIterable<T> {
  readonly #at: Place

  /** Use `cache.setAt`. */
  constructor(at: Place) {
    super(at)
    this.#at = at
  }

  /** Whether it is new. */
  async add(member: T): Promise<boolean> {
    return flagOf(await change(this.#at, 'add', ['SADD', this.#at.wireKey, await encode(this.#at, member)]))
  }

  /** How many are new. */
  async addMany(members: Iterable<T>): Promise<number> {
    return changeMany(this.#at, 'addMany', ['SADD', this.#at.wireKey], await this.#grouped(members))
  }

  async has(member: T): Promise<boolean> {
    return flagOf(await ask(this.#at, 'has', ['SISMEMBER', this.#at.wireKey, await encode(this.#at, member)]))
  }

  /** One answer for each, in the order asked. */
  async hasMany(members: Iterable<T>): Promise<boolean[]> {
    const encoded = await encodeAll(this.#at, members)
    if (encoded.length === 0) return []
    const flags = listOf(await ask(this.#at, 'hasMany', ['SMISMEMBER', this.#at.wireKey, ...encoded]))
    return encoded.map((_, index) => flagOf(flags[index]))
  }

  /** Whether it was there. */
  async delete(member: T): Promise<boolean> {
    return flagOf(await change(this.#at, 'delete', ['SREM', this.#at.wireKey, await encode(this.#at, member)]))
  }

  /** How many were there. */
  async deleteMany(members: Iterable<T>): Promise<number> {
    return changeMany(this.#at, 'deleteMany', ['SREM', this.#at.wireKey], await this.#grouped(members))
  }

  async size(): Promise<number> {
    return countOf(await ask(this.#at, 'size', ['SCARD', this.#at.wireKey]))
  }

  /** All members at once; {@link iterate} for large sets. @throws DecodeError */
  async members(): Promise<Set<T>> {
    return this.#asSet('members', await ask(this.#at, 'members', ['SMEMBERS', this.#at.wireKey]))
  }

  /** All members, page by page; one may come twice while others are written. Breaking off ends the walk. @throws DecodeError */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<T, void, undefined> {
    refuseMatch(options)
    const batch = batchArgument(options, 'setAt.iterate')
    const at = reached(this.#at, options)
    let cursor = '0'
    do {
      const page = pageOf(await ask(at, 'iterate', ['SSCAN', this.#at.wireKey, cursor, 'COUNT', batch]))
      cursor = page.cursor
      yield* await decodeAll<T>(this.#at, 'iterate', bytesListOf(page.items))
    } while (cursor !== '0')
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.iterate()
  }

  /** Takes any member out, or up to `count` of them. */
  async pop(): Promise<T | undefined>
  async pop(count: number): Promise<T[]>
  async pop(count?: number): Promise<T | T[] | undefined> {
    const command = ['SPOP', this.#at.wireKey]
    if (count === undefined) return decodeOne<T>(this.#at, 'pop', bytesOf(await change(this.#at, 'pop', command)))
    const reply = await change(this.#at, 'pop', [...command, countArgument(count)])
    return decodeAll<T>(this.#at, 'pop', bytesListOf(reply))
  }

  /** Any member, or up to `count` of them, which stay. */
  async random(): Promise<T | undefined>
  async random(count: number, options?: RandomOptions): Promise<T[]>
  async random(count?: number, options: RandomOptions = {}): Promise<T | T[] | undefined> {
    checkOptions(options, ['repeats', 'deadline'], 'setAt.random')
    const at = reached(this.#at, options)
    const command = ['SRANDMEMBER', this.#at.wireKey]
    if (count === undefined) return decodeOne<T>(at, 'random', bytesOf(await ask(at, 'random', command)))
    const wanted = `${options.repeats === true && count > 0 ? '-' : ''}${countArgument(count)}`
    return decodeAll<T>(at, 'random', bytesListOf(await ask(at, 'random', [...command, wanted])))
  }

  /** Moves a member to another set, of whatever version, in one step; whether it was there. */
  async moveTo(destination: SetHandle<T>, member: T): Promise<boolean> {
    const [from = '', to = ''] = keysTogether(this.#at, [destination.#at])
    const command = ['SMOVE', from, to, await encode(this.#at, member)]
    return flagOf(await changeTogether(destination.#at, 'moveTo', [from], command))
  }

  /** What is in any of the sets. */
  async union(others: Sets<T>): Promise<Set<T>> {
    return this.#combined('union', 'SUNION', others)
  }

  /** What is in all of the sets. */
  async intersection(others: Sets<T>): Promise<Set<T>> {
    return this.#combined('intersection', 'SINTER', others)
  }

  /** How many are in all of the sets, counted up to `limit`. Needs Redis 7. */
  async intersectionSize(others: Sets<T>, options: DeadlineOption & { readonly limit?: number } = {}): Promise<number> {
    checkOptions(options, ['limit', 'deadline'], 'setAt.intersectionSize')
    const keys = this.#keysWith(others)
    const limit = checkInteger(options.limit ?? 0, [0, Number.MAX_SAFE_INTEGER], 'limit')
    const command = ['SINTERCARD', String(keys.length), ...keys, 'LIMIT', String(limit)]
    return countOf(await askTogether(reached(this.#at, options), 'intersectionSize', keys, command))
  }

  /** What is in this set and in none of the others. */
  async difference(others: Sets<T>): Promise<Set<T>> {
    return this.#combined('difference', 'SDIFF', others)
  }

  /** As {@link union}, put in the place of `destination`; its size. */
  async unionInto(destination: SetHandle<T>, others: Sets<T>): Promise<number> {
    return this.#into('unionInto', 'SUNIONSTORE', destination, others)
  }

  /** As {@link intersection}, put in the place of `destination`; its size. */
  async intersectionInto(destination: SetHandle<T>, others: Sets<T>): Promise<number> {
    return this.#into('intersectionInto', 'SINTERSTORE', destination, others)
  }

  /** As {@link difference}, put in the place of `destination`; its size. */
  async differenceInto(destination: SetHandle<T>, others: Sets<T>): Promise<number> {
    return this.#into('differenceInto', 'SDIFFSTORE', destination, others)
  }

  async #combined(method: string, command: string, others: Sets<T>): Promise<Set<T>> {
    const keys = this.#keysWith(others)
    return this.#asSet(method, await askTogether(this.#at, method, keys, [command, ...keys]))
  }

  async #into(method: string, command: string, destination: SetHandle<T>, others: Sets<T>): Promise<number> {
    const [, target = ''] = keysTogether(this.#at, [destination.#at])
    const keys = this.#keysWith(others)
    return countOf(await changeTogether(destination.#at, method, keys, [command, target, ...keys]))
  }

  async #asSet(method: string, reply: Came): Promise<Set<T>> {
    return new Set(await decodeAll<T>(this.#at, method, bytesListOf(reply)))
  }

  #keysWith(others: Sets<T>): string[] {
    const list = others instanceof SetHandle ? [others] : others
    return keysTogether(
      this.#at,
      list.map((other) => other.#at),
    )
  }

  async #grouped(members: Iterable<T>): Promise<Uint8Array[][]> {
    return (await encodeAll(this.#at, members)).map((member) => [member])
  }
}
