import { type Bytes, fromText, toText } from '../base/bytes.ts'

/** What is kept of a session in the list of its user. Times are milliseconds since 1970. */
export interface Entry {
  readonly device: string | undefined
  readonly created: number
  readonly seen: number
  /** `null` never. */
  readonly endsAt: number | null
  /** The name it had before its key changed. */
  readonly from: string | undefined
  /** Whether a revocation has begun to end it. */
  readonly isEnding: boolean
}

/** By the name of the session's record. */
export type Entries = Map<string, Entry>

/** As written: `d`evice, `c`reated, `s`een, `e`nds at, `f`rom, `x` ending. */
interface Written {
  readonly d?: string
  readonly c: number
  readonly s: number
  readonly e: number | null
  readonly f?: string
  readonly x?: 1
}

/** What is over by that much is dropped: the clocks of those who write differ a little. */
const slackMs = 60_000

export function writeEntries(entries: Entries): Bytes {
  const written = [...entries].map(([name, { device, created, seen, endsAt, from, isEnding }]) => [
    name,
    {
      ...(device === undefined ? {} : { d: device }),
      c: created,
      s: seen,
      e: endsAt,
      ...(from === undefined ? {} : { f: from }),
      ...(isEnding ? { x: 1 } : {}),
    } satisfies Written,
  ])
  return fromText(JSON.stringify(written))
}

/** Without those that are over. Whatever else is there is no entry. */
export function readEntries(bytes: Bytes, now: number): Entries {
  const entries: Entries = new Map()
  for (const pair of parsed(bytes)) {
    const [name, written] = Array.isArray(pair) ? (pair as readonly unknown[]) : []
    if (typeof name !== 'string' || !isWritten(written)) continue
    const { d, c, s, e, f, x } = written
    if (e === null || e + slackMs > now) {
      entries.set(name, { device: d, created: c, seen: s, endsAt: e, from: f, isEnding: x === 1 })
    }
  }
  return entries
}

/** How long the list is to live: as long as what it lists, in whole milliseconds. */
export function lifeOf(entries: Entries, now: number): number | null {
  let last = now
  for (const { endsAt } of entries.values()) {
    if (endsAt === null) return null
    last = Math.max(last, endsAt)
  }
  return Math.ceil(last - now) + slackMs
}

function parsed(bytes: Bytes): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(toText(bytes))
    return Array.isArray(value) ? (value as readonly unknown[]) : []
  } catch {
    return []
  }
}

function isWritten(value: unknown): value is Written {
  if (typeof value !== 'object' || value === null) return false
  const { d, c, s, e, f } = value as Partial<Record<keyof Written, unknown>>
  const areTexts = [d, f].every((text) => text === undefined || typeof text === 'string')
  return areTexts && isTime(c) && isTime(s) && (e === null || isTime(e))
}

/** What `new Date` takes. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15
}
