import type { DeadlineOption } from '../base/duration.ts'
import { kindOf } from '../base/options.ts'
import type { Command } from '../redis/link.ts'
import { ask, decode, decodeAll, type Place, reached, unreadable } from './place.ts'
import { bytesListOf, bytesOf, type Came, pairsOf, scoreOf } from './replies.ts'
import type { WithScores } from './score-ranges.ts'

/** A member with its score. */
export type Scored<T> = [member: T, score: number]

/** Members with their scores, out of an answer. @throws DecodeError */
export async function decodeScored<T>(at: Place, method: string, reply: Came): Promise<Scored<T>[]> {
  const scored: Scored<T>[] = []
  for (const [bytes, score] of pairsOf(reply)) {
    const member = await decode<T>(at, method, bytesOf(bytes) ?? new Uint8Array())
    if (member !== unreadable) scored.push([member, scoreOf(score) ?? Number.NaN])
  }
  return scored
}

interface RangeCall {
  readonly method: string
  readonly command: Command
  readonly options: Partial<WithScores> & DeadlineOption
}

/** A range of members, with their scores where these are asked for. */
export async function readRange<T>(place: Place, { method, command, options }: RangeCall): Promise<T[] | Scored<T>[]> {
  const at = reached(place, options)
  if (options.withScores === true) return decodeScored<T>(at, method, await ask(at, method, [...command, 'WITHSCORES']))
  return decodeAll<T>(at, method, bytesListOf(await ask(at, method, command)))
}

/** @throws TypeError for what is no list of pairs, such as the mapping that redis-py takes. */
export function scoredPairs<P>(entries: Iterable<P>): Iterable<P> {
  if (typeof entries === 'object' && entries !== null && Symbol.iterator in entries) return entries
  const advice = 'of an object they are Object.entries(...)'
  throw new TypeError(
    `sortedSetAt.setMany: expected a Map or pairs of member and score, got ${kindOf(entries)}: ${advice}`,
  )
}
