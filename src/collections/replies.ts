import { type Bytes, fromText, toText } from '../base/bytes.ts'
import type { Reply } from '../redis/link.ts'

/** What came, or `undefined` when a failure was ignored: then each of these gives what is natural for nothing. */
export type Came = Reply | undefined

/** A client may speak RESP2 or RESP3 and turn sets and maps into what it likes: lists are read out of all of these. */
export function listOf(reply: Came): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[]
  const other: unknown = reply
  return other instanceof Set ? [...(other as ReadonlySet<Reply>)] : []
}

/** Two by two: RESP3 has pairs where RESP2 has one list. */
export function pairsOf(reply: Came): [Reply, Reply][] {
  const list = listOf(reply)
  if (Array.isArray(list[0])) return list.map((pair) => pairOf(listOf(pair)))
  return Array.from({ length: Math.floor(list.length / 2) }, (_, index) => pairOf(list.slice(index * 2, index * 2 + 2)))
}

function pairOf([first = null, second = null]: readonly Reply[]): [Reply, Reply] {
  return [first, second]
}

export function countOf(reply: Came): number {
  return reply === undefined || reply === null ? 0 : Number(isBytes(reply) ? toText(reply) : reply)
}

/** As {@link countOf}, where nothing is an answer of its own. */
export function numberOf(reply: Came): number | undefined {
  return reply === undefined || reply === null ? undefined : countOf(reply)
}

export function flagOf(reply: Came): boolean {
  return reply === 1 || reply === true || reply === 1n
}

export function bytesOf(reply: Came): Bytes | undefined {
  if (reply === undefined || reply === null) return undefined
  return isBytes(reply) ? reply : fromText(String(reply))
}

export function bytesListOf(reply: Came): Bytes[] {
  return listOf(reply).map((item) => bytesOf(item) ?? fromText(''))
}

export function textOf(reply: Came): string {
  return isBytes(reply) ? toText(reply) : String(reply ?? '')
}

/** A score: a number in RESP3, text such as `1.5`, `inf` and `-inf` in RESP2; `undefined` for none. */
export function scoreOf(reply: Came): number | undefined {
  if (reply === undefined || reply === null) return undefined
  if (typeof reply === 'number') return reply
  const text = textOf(reply)
  if (text === 'inf') return Number.POSITIVE_INFINITY
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

/** One step of a walk: where it goes on, `0` at its end, and what it found. */
export function pageOf(reply: Came): { readonly cursor: string; readonly items: Reply } {
  const [cursor = '0', items = []] = listOf(reply)
  return { cursor: textOf(cursor), items }
}

function isBytes(reply: Came): reply is Bytes {
  return reply instanceof Uint8Array
}
