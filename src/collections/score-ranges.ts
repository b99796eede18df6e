import type { DeadlineOption } from '../base/duration.ts'
import { checkChoice, checkInteger, checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** Scores from `min` to `max`, both included unless said otherwise; what is left out has no bound. */
export interface ScoreRange {
  /** @defaultValue -Infinity */
  readonly min?: number
  /** @defaultValue Infinity */
  readonly max?: number
  readonly minExclusive?: boolean
  readonly maxExclusive?: boolean
}

/** Members by the order of their encoded bytes, which means something only where all scores are equal. */
export interface LexRange<T> {
  readonly min?: T
  readonly max?: T
  readonly minExclusive?: boolean
  readonly maxExclusive?: boolean
}

/** Of what reads a range. */
export interface RangeOptions extends DeadlineOption {
  /** From the highest to the lowest. @defaultValue false */
  readonly reverse?: boolean
}

/** Of what reads a range of scores or members. */
export interface PageOptions extends RangeOptions {
  /** How many at most. @defaultValue all */
  readonly limit?: number
  /** How many to pass over first. @defaultValue 0 */
  readonly offset?: number
}

/** Answers pairs of member and score instead of members. */
export interface WithScores {
  readonly withScores: true
}

/** When a score is written. */
export interface ScoreConditions extends DeadlineOption {
  /** Only members that are not there yet, or only those that are. */
  readonly when?: 'absent' | 'present'
  /** Members that are there get a new score only when it is greater, or less, than theirs. */
  readonly only?: 'greater' | 'less'
}

/** Of {@link SortedSetHandle.setMany}. */
export interface SetScoresOptions extends ScoreConditions {
  /** What the answer counts: members that are new, or also those whose score changed. @defaultValue 'changed' */
  readonly count?: 'added' | 'changed'
}

const rangeNames = ['min', 'max', 'minExclusive', 'maxExclusive'] as const

/** The two bounds, the lower one first, as arguments. @throws OptionError */
export function scoreBounds(range: ScoreRange, where: string): [min: string, max: string] {
  checkOptions(range, rangeNames, where)
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range
  const open = [range.minExclusive === true ? '(' : '', range.maxExclusive === true ? '(' : '']
  return [`${open[0]}${scoreArgument(min, 'min')}`, `${open[1]}${scoreArgument(max, 'max')}`]
}

type Bound = string | Uint8Array

/** The same for members; `encode` makes the bytes that they are ordered by. @throws OptionError */
export async function lexBounds<T>(
  range: LexRange<T>,
  where: string,
  encode: (member: T) => Promise<Uint8Array>,
): Promise<[min: Bound, max: Bound]> {
  checkOptions(range, rangeNames, where)
  const bound = async (member: T | undefined, isExclusive: boolean | undefined, none: string): Promise<Bound> =>
    member === undefined ? none : Buffer.concat([Buffer.from(isExclusive === true ? '(' : '['), await encode(member)])
  return [await bound(range.min, range.minExclusive, '-'), await bound(range.max, range.maxExclusive, '+')]
}

/** A score; every number but NaN is one. @throws OptionError */
export function scoreArgument(score: number, name: string = 'score'): string {
  if (typeof score !== 'number' || Number.isNaN(score)) {
    throw new OptionError(name, `${name}: expected a number or ±Infinity, got ${kindOf(score)}`)
  }
  if (Number.isFinite(score)) return String(score)
  return score > 0 ? '+inf' : '-inf'
}

/** How the order is read, as arguments. @throws OptionError */
export function pageArguments(options: PageOptions): string[] {
  const reverse = options.reverse === true ? ['REV'] : []
  if (options.limit === undefined && options.offset === undefined) return reverse
  const most = Number.MAX_SAFE_INTEGER
  const offset = checkInteger(options.offset ?? 0, [0, most], 'offset')
  const limit = options.limit === undefined ? -1 : checkInteger(options.limit, [0, most], 'limit')
  return [...reverse, 'LIMIT', String(offset), String(limit)]
}

/** @throws OptionError for conditions that exclude each other. */
export function conditionArguments({ when, only }: ScoreConditions): string[] {
  if (when === 'absent' && only !== undefined) {
    throw new OptionError(
      'only',
      "only: a member that is absent has no score to compare with; leave when: 'absent' out",
    )
  }
  const condition = when === undefined ? [] : [checkChoice(when, ['absent', 'present'], 'when')]
  const comparison = only === undefined ? [] : [checkChoice(only, ['greater', 'less'], 'only')]
  return [...condition, ...comparison].map((word) => words[word])
}

const words = { absent: 'NX', present: 'XX', greater: 'GT', less: 'LT' } as const
