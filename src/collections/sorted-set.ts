import { checkChoice, checkOptions } from '../base/options.ts'
import { batchArgument, Collection, type IterateOptions, refuseMatch } from './collection.ts'
import { combine, combineInto, type CombineOptions } from './combining.ts'
import {
  ask,
  change,
  changeMany,
  countArgument,
  decodeAll,
  decodeOne,
  encode,
  encodeAll,
  indexArgument,
  type Place,
  reached,
} from './place.ts'
import { bytesListOf, bytesOf, countOf, flagOf, listOf, numberOf, pageOf, scoreOf } from './replies.ts'
import {
  conditionArguments,
  lexBounds,
  type LexRange,
  pageArguments,
  type PageOptions,
  type RangeOptions,
  scoreArgument,
  scoreBounds,
  type ScoreConditions,
  type ScoreRange,
  type SetScoresOptions,
  type WithScores,
} from './score-ranges.ts'
import { decodeScored, readRange, type Scored, scoredPairs } from './scored.ts'

/** One other sorted set, or several. */
export type SortedSets<T> = SortedSetHandle<T> | readonly SortedSetHandle<T>[]

/**
 * A sorted set in Redis: members by their scores, lowest first. Scores are JavaScript's numbers, exactly; members are
 * told apart by their encoded bytes, and those of equal score are in the order of these.
 */
export class SortedSetHandle<T = unknown> extends Collection implements AsyncIterable<Scored<T>> {
  readonly #at: Place

  /** Use `cache.sortedSetAt`. */
  constructor(at: Place) {
    super(at)
    this.#at = at
  }

  /** Gives a member its score; whether it is new or its score changed. */
  async set(member: T, score: number, options: ScoreConditions = {}): Promise<boolean> {
    checkOptions(options, ['when', 'only', 'deadline'], 'sortedSetAt.set')
    return this.#set('set', member, score, options)
  }

  /** Gives many members their scores; how many are new or changed, or new alone, as `count` says. */
  async setMany(
    entries: Iterable<readonly [member: T, score: number]>,
    options: SetScoresOptions = {},
  ): Promise<number> {
    checkOptions(options, ['when', 'only', 'count', 'deadline'], 'sortedSetAt.setMany')
    const counted = checkChoice(options.count ?? 'changed', ['added', 'changed'], 'count') === 'changed' ? ['CH'] : []
    const groups: [string, Uint8Array][] = []
    for (const [member, score] of scoredPairs(entries))
      groups.push([scoreArgument(score), await encode(this.#at, member)])
    const command = ['ZADD', this.#at.wireKey, ...conditionArguments(options), ...counted]
    return changeMany(reached(this.#at, options), 'setMany', command, groups)
  }

  /** Gives a member its score only where it has none; whether it did. */
  add(member: T, score: number): Promise<boolean> {
    return this.#set('add', member, score, { when: 'absent' })
  }

  /** Adds to a score, a missing one counting as 0; the new score, `undefined` when a condition did not hold. */
  async incr(member: T, delta: number = 1, options: ScoreConditions = {}): Promise<number | undefined> {
    checkOptions(options, ['when', 'only', 'deadline'], 'sortedSetAt.incr')
    const pair = [scoreArgument(delta, 'delta'), await encode(this.#at, member)]
    const command = ['ZADD', this.#at.wireKey, ...conditionArguments(options), 'INCR', ...pair]
    return scoreOf(await change(reached(this.#at, options), 'incr', command))
  }

  async score(member: T): Promise<number | undefined> {
    return this.#score('score', member)
  }

  /** One answer for each, in the order asked. */
  async scores(members: Iterable<T>): Promise<(number | undefined)[]> {
    const encoded = await encodeAll(this.#at, members)
    if (encoded.length === 0) return []
    const found = listOf(await ask(this.#at, 'scores', ['ZMSCORE', this.#at.wireKey, ...encoded]))
    return encoded.map((_, index) => scoreOf(found[index]))
  }

  async has(member: T): Promise<boolean> {
    return (await this.#score('has', member)) !== undefined
  }

  /** How many members come before it, or behind it with `reverse`. */
  async rank(member: T, options: RangeOptions = {}): Promise<number | undefined> {
    checkOptions(options, ['reverse', 'deadline'], 'sortedSetAt.rank')
    const command = options.reverse === true ? 'ZREVRANK' : 'ZRANK'
    return numberOf(
      await ask(reached(this.#at, options), 'rank', [command, this.#at.wireKey, await encode(this.#at, member)]),
    )
  }

  async size(): Promise<number> {
    return countOf(await ask(this.#at, 'size', ['ZCARD', this.#at.wireKey]))
  }

  /** How many have such a score. */
  async count(range: ScoreRange = {}): Promise<number> {
    const bounds = scoreBounds(range, 'sortedSetAt.count')
    return countOf(await ask(this.#at, 'count', ['ZCOUNT', this.#at.wireKey, ...bounds]))
  }

  /** How many are within such a range of members. */
  async countByLex(range: LexRange<T> = {}): Promise<number> {
    return countOf(await ask(this.#at, 'countByLex', ['ZLEXCOUNT', this.#at.wireKey, ...(await this.#lex(range))]))
  }

  /** The members from one place to another, both included; -1 is the last. */
  async range(start?: number, end?: number, options?: RangeOptions): Promise<T[]>
  async range(start: number, end: number, options: RangeOptions & WithScores): Promise<Scored<T>[]>
  async range(
    start: number = 0,
    end: number = -1,
    options: RangeOptions & Partial<WithScores> = {},
  ): Promise<T[] | Scored<T>[]> {
    checkOptions(options, ['reverse', 'withScores', 'deadline'], 'sortedSetAt.range')
    const bounds = [indexArgument(start, 'start'), indexArgument(end, 'end')]
    const command = ['ZRANGE', this.#at.wireKey, ...bounds, ...pageArguments(options)]
    return readRange<T>(this.#at, { method: 'range', command, options })
  }

  /** The members with such a score. */
  async rangeByScore(range?: ScoreRange, options?: PageOptions): Promise<T[]>
  async rangeByScore(range: ScoreRange, options: PageOptions & WithScores): Promise<Scored<T>[]>
  async rangeByScore(
    range: ScoreRange = {},
    options: PageOptions & Partial<WithScores> = {},
  ): Promise<T[] | Scored<T>[]> {
    checkOptions(options, ['reverse', 'limit', 'offset', 'withScores', 'deadline'], 'sortedSetAt.rangeByScore')
    const bounds = inOrder(scoreBounds(range, 'sortedSetAt.rangeByScore'), options)
    const command = ['ZRANGE', this.#at.wireKey, ...bounds, 'BYSCORE', ...pageArguments(options)]
    return readRange<T>(this.#at, { method: 'rangeByScore', command, options })
  }

  /** The members within such a range of members. */
  async rangeByLex(range: LexRange<T> = {}, options: PageOptions = {}): Promise<T[]> {
    checkOptions(options, ['reverse', 'limit', 'offset', 'deadline'], 'sortedSetAt.rangeByLex')
    const bounds = inOrder(await this.#lex(range), options)
    const command = ['ZRANGE', this.#at.wireKey, ...bounds, 'BYLEX', ...pageArguments(options)]
    return decodeAll<T>(
      this.#at,
      'rangeByLex',
      bytesListOf(await ask(reached(this.#at, options), 'rangeByLex', command)),
    )
  }

  /** All members with their scores, page by page, in no order; one may come twice while others are written. */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<Scored<T>, void, undefined> {
    refuseMatch(options)
    const batch = batchArgument(options, 'sortedSetAt.iterate')
    const at = reached(this.#at, options)
    let cursor = '0'
    do {
      const page = pageOf(await ask(at, 'iterate', ['ZSCAN', this.#at.wireKey, cursor, 'COUNT', batch]))
      cursor = page.cursor
      yield* await decodeScored<T>(this.#at, 'iterate', page.items)
    } while (cursor !== '0')
  }

  [Symbol.asyncIterator](): AsyncGenerator<Scored<T>, void, undefined> {
    return this.iterate()
  }

  /** Any member, or up to `count` of them. */
  async random(): Promise<T | undefined>
  async random(count: number): Promise<T[]>
  async random(count?: number): Promise<T | T[] | undefined> {
    const command = ['ZRANDMEMBER', this.#at.wireKey]
    if (count === undefined) return decodeOne<T>(this.#at, 'random', bytesOf(await ask(this.#at, 'random', command)))
    const reply = await ask(this.#at, 'random', [...command, countArgument(count)])
    return decodeAll<T>(this.#at, 'random', bytesListOf(reply))
  }

  /** Whether it was there. */
  async delete(member: T): Promise<boolean> {
    return flagOf(await change(this.#at, 'delete', ['ZREM', this.#at.wireKey, await encode(this.#at, member)]))
  }

  /** How many were there. */
  async deleteMany(members: Iterable<T>): Promise<number> {
    const groups = (await encodeAll(this.#at, members)).map((member) => [member])
    return changeMany(this.#at, 'deleteMany', ['ZREM', this.#at.wireKey], groups)
  }

  /** Removes the members from one place to another, both included; how many. */
  async deleteRange(start: number, end: number): Promise<number> {
    const bounds = [indexArgument(start, 'start'), indexArgument(end, 'end')]
    return countOf(await change(this.#at, 'deleteRange', ['ZREMRANGEBYRANK', this.#at.wireKey, ...bounds]))
  }

  /** Removes the members with such a score; how many. */
  async deleteRangeByScore(range: ScoreRange): Promise<number> {
    const bounds = scoreBounds(range, 'sortedSetAt.deleteRangeByScore')
    return countOf(await change(this.#at, 'deleteRangeByScore', ['ZREMRANGEBYSCORE', this.#at.wireKey, ...bounds]))
  }

  /** Removes the members within such a range of members; how many. */
  async deleteRangeByLex(range: LexRange<T>): Promise<number> {
    const command = ['ZREMRANGEBYLEX', this.#at.wireKey, ...(await this.#lex(range))]
    return countOf(await change(this.#at, 'deleteRangeByLex', command))
  }

  /** Takes the member with the lowest score, or the `count` lowest, lowest first. */
  async popMin(): Promise<Scored<T> | undefined>
  async popMin(count: number): Promise<Scored<T>[]>
  async popMin(count?: number): Promise<Scored<T> | Scored<T>[] | undefined> {
    return this.#pop('popMin', 'ZPOPMIN', count)
  }

  /** Takes the member with the highest score, or the `count` highest, highest first. */
  async popMax(): Promise<Scored<T> | undefined>
  async popMax(count: number): Promise<Scored<T>[]>
  async popMax(count?: number): Promise<Scored<T> | Scored<T>[] | undefined> {
    return this.#pop('popMax', 'ZPOPMAX', count)
  }

  /** What is in any of the sets, with the scores put together. */
  union(others: SortedSets<T>, options: CombineOptions = {}): Promise<Scored<T>[]> {
    return combine(this.#at, { method: 'union', command: 'ZUNION', others: this.#places(others), options })
  }

  /** What is in all of the sets, with the scores put together. */
  intersection(others: SortedSets<T>, options: CombineOptions = {}): Promise<Scored<T>[]> {
    return combine(this.#at, { method: 'intersection', command: 'ZINTER', others: this.#places(others), options })
  }

  /** What is in this set and in none of the others, with the scores of this one. */
  difference(others: SortedSets<T>): Promise<Scored<T>[]> {
    return combine(this.#at, {
      method: 'difference',
      command: 'ZDIFF',
      others: this.#places(others),
      options: undefined,
    })
  }

  /** As {@link union}, put in the place of `destination`; its size. */
  unionInto(destination: SortedSetHandle<T>, others: SortedSets<T>, options: CombineOptions = {}): Promise<number> {
    const combination = { method: 'unionInto', command: 'ZUNIONSTORE', others: this.#places(others), options }
    return combineInto(this.#at, destination.#at, combination)
  }

  /** As {@link intersection}, put in the place of `destination`; its size. */
  intersectionInto(
    destination: SortedSetHandle<T>,
    others: SortedSets<T>,
    options: CombineOptions = {},
  ): Promise<number> {
    const combination = { method: 'intersectionInto', command: 'ZINTERSTORE', others: this.#places(others), options }
    return combineInto(this.#at, destination.#at, combination)
  }

  /** As {@link difference}, put in the place of `destination`; its size. */
  differenceInto(destination: SortedSetHandle<T>, others: SortedSets<T>): Promise<number> {
    const combination = {
      method: 'differenceInto',
      command: 'ZDIFFSTORE',
      others: this.#places(others),
      options: undefined,
    }
    return combineInto(this.#at, destination.#at, combination)
  }

  async #set(method: string, member: T, score: number, options: ScoreConditions): Promise<boolean> {
    const pair = [scoreArgument(score), await encode(this.#at, member)]
    const command = ['ZADD', this.#at.wireKey, ...conditionArguments(options), 'CH', ...pair]
    return flagOf(await change(reached(this.#at, options), method, command))
  }

  async #score(method: string, member: T): Promise<number | undefined> {
    return scoreOf(await ask(this.#at, method, ['ZSCORE', this.#at.wireKey, await encode(this.#at, member)]))
  }

  async #pop(method: string, command: string, count: number | undefined): Promise<Scored<T> | Scored<T>[] | undefined> {
    const counted = count === undefined ? [] : [countArgument(count)]
    const reply = await change(this.#at, method, [command, this.#at.wireKey, ...counted])
    const scored = await decodeScored<T>(this.#at, method, reply)
    return count === undefined ? scored[0] : scored
  }

  #places(others: SortedSets<T>): Place[] {
    const list = others instanceof SortedSetHandle ? [others] : others
    return list.map((other) => other.#at)
  }

  #lex(range: LexRange<T>): Promise<[string | Uint8Array, string | Uint8Array]> {
    return lexBounds(range, 'sortedSetAt', (member) => encode(this.#at, member))
  }
}

/** Backwards, Redis wants the upper bound first. */
function inOrder<Bound>([min, max]: readonly [Bound, Bound], { reverse }: RangeOptions): [Bound, Bound] {
  return reverse === true ? [max, min] : [min, max]
}
