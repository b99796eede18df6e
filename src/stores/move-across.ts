import { CommandError } from '../errors.ts'
import type { Store } from './store.ts'

/** What moving needs of a store. */
export type Movable = Pick<Store, 'get' | 'ttl' | 'set' | 'remove'>

/** From where to where; the two may be the same store when it keeps the keys apart. */
export interface Across {
  readonly source: Movable
  readonly from: string
  readonly target: Movable
  readonly to: string
}

/** How often a move is begun again because somebody wrote to the value while it was copied. */
const moveAttempts = 3

/**
 * Copies a value with its time to live, then removes it from where it was, unless it was written to meanwhile: for a
 * moment both are there, and after a failure both may stay. Whether it was there.
 */
export async function moveAcross({ source, from, target, to }: Across): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const value = await source.get(from)
    const ttlMs = await source.ttl(from)
    if (value === undefined || ttlMs === undefined) return attempt > 1
    await target.set(to, value, { ttlMs: ttlMs === null ? null : Math.max(1, ttlMs) })
    if (await source.remove(from, value)) return true
    if (attempt === moveAttempts) throw contended()
  }
}

function contended(): CommandError {
  const advice = 'it was copied and stays where it was too; move it again'
  return new CommandError('move', 'CONTENDED', `move: the value is written to all the time: ${advice}`)
}
