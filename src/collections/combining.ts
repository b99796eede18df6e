import type { DeadlineOption } from '../base/duration.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import { askTogether, changeTogether, keysTogether, type Place, reached } from './place.ts'
import { countOf } from './replies.ts'
import { scoreArgument } from './score-ranges.ts'
import { decodeScored, type Scored } from './scored.ts'

/** How the scores of several sorted sets become one. */
export interface CombineOptions extends DeadlineOption {
  /** What the scores of each set are multiplied by, this one's first. @defaultValue 1 for each */
  readonly weights?: readonly number[]
  /** @defaultValue 'sum' */
  readonly aggregate?: 'sum' | 'min' | 'max'
}

/** One way of combining sorted sets, and which. */
export interface Combination {
  readonly method: string
  /** Redis' command, such as `ZUNION`. */
  readonly command: string
  readonly others: readonly Place[]
  /** `undefined` for what takes none. */
  readonly options: CombineOptions | undefined
}

/** Members with the scores that came out. */
export async function combine<T>(at: Place, combination: Combination): Promise<Scored<T>[]> {
  const { method, others } = combination
  const keys = keysTogether(at, others)
  const command = [combination.command, ...inputs(keys, combination), 'WITHSCORES']
  return decodeScored<T>(at, method, await askTogether(reached(at, combination.options ?? {}), method, keys, command))
}

/** The same, put in the place of `destination`; its size. */
export async function combineInto(at: Place, destination: Place, combination: Combination): Promise<number> {
  const { method, others } = combination
  const [, target = ''] = keysTogether(at, [destination])
  const keys = keysTogether(at, others)
  const command = [combination.command, target, ...inputs(keys, combination)]
  return countOf(await changeTogether(reached(destination, combination.options ?? {}), method, keys, command))
}

function inputs(keys: readonly string[], { options }: Combination): string[] {
  return [String(keys.length), ...keys, ...(options === undefined ? [] : scoreArguments(options))]
}

/** @throws OptionError */
function scoreArguments(options: CombineOptions): string[] {
  checkOptions(options, ['weights', 'aggregate', 'deadline'], 'sortedSetAt')
  const { weights, aggregate = 'sum' } = options
  const weighed = weights === undefined ? [] : ['WEIGHTS', ...weights.map((weight) => scoreArgument(weight, 'weights'))]
  return [...weighed, 'AGGREGATE', checkChoice(aggregate, ['sum', 'min', 'max'], 'aggregate').toUpperCase()]
}
