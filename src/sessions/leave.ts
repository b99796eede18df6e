import { view } from '../base/bytes.ts'
import { SessionRevokedError } from '../errors.ts'
import { untilDone } from './attempts.ts'
import type { Created } from './create.ts'
import { type Fields, type Moved, own, sameFields } from './fields.ts'
import type { Found, LeftBehind } from './found.ts'
import { hashed } from './ids.ts'
import { mergeFields } from './merge.ts'
import type { Host } from './state.ts'

/** What this request read, what it made of it, and where that was. */
export interface Old {
  readonly found: Found
  readonly base: Fields
  readonly mine: Fields
}

/** What takes the old record's place. */
export interface Leaving {
  readonly next: Created
  /** What who has the old key is told of the new place; `null` nothing. */
  readonly way: string | null
  /** A login stands whatever becomes of the old key; else a change of the key by somebody else does. */
  readonly isLogin: boolean
}

/** How an old key was left: by us, or it was gone, or somebody else had left it for another one. */
export interface Left {
  readonly end: 'left' | 'gone' | 'moved'
  /** The new record as it is then. */
  readonly last: Found
}

/** Gives up the old record, in one step and only when the new one holds all of it, so that no sibling's save is lost. */
export function leave(host: Host, { found, base, mine }: Old, leaving: Leaving): Promise<Left> {
  const by = markerOf(leaving)
  const giveUp = host.layout.shared === undefined ? stoneOver(host, leaving) : markBeside(host, leaving)
  let last = leaving.next.found
  let seen: Found | undefined = { ...found, fields: base }
  return untilDone('cycleKey', async () => {
    if (seen === undefined) {
      const { found: current, moved } = await host.records.look(found.name)
      if (moved !== undefined && moved.by !== by) return { end: 'moved', last }
      if (moved !== undefined || current === undefined) return { end: 'gone', last }
      seen = current
    }
    const merged = mergeFields(base, mine, seen.fields, host.merge)
    if (!sameFields(merged, last.fields)) {
      const written = await host.records.swap(last, merged, undefined)
      if (typeof written !== 'object') return { end: 'gone', last }
      last = written
    }
    const isDone = await giveUp(seen)
    seen = undefined
    return isDone ? { end: 'left', last } : undefined
  })
}

/** Takes away what a key still holds that was given up; that it was, it says as long as before. */
export async function emptyLeft(host: Host, { name, moved, held }: LeftBehind): Promise<void> {
  const { until, by } = moved
  const emptied: Moved = { to: null, until, ...(by === undefined ? {} : { by }) }
  if (host.layout.shared !== undefined) {
    const ttlMs = Math.max(1, until - host.clock.now())
    await host.records.mark(name, emptied, { over: true, ttlMs })
  } else if (held !== undefined) {
    await host.records.swap(held, new Map([[own.moved, emptied]]), undefined)
  }
}

/**
 * Ends a session whose place that of another user takes; whether it was there. Requests under way by its key get nothing
 * of either, and are told to leave the cookie alone, which is the new one's by then.
 */
export async function giveWay(host: Host, found: Found): Promise<boolean> {
  const moved = movedNow(host, null)
  if (host.layout.shared !== undefined) {
    // Where somebody's mark lies already, the session is to end at the place that it leads to.
    await host.records.mark(found.name, moved, { over: false, ttlMs: host.graceMs })
    return host.records.remove(found)
  }
  try {
    await host.records.compute(found, () => new Map([[own.moved, moved]]), host.graceMs)
    return true
  } catch (error) {
    if (error instanceof SessionRevokedError) return false
    throw error
  }
}

/** Puts a stone in the place of the record; whether that was still as it was seen. */
function stoneOver(host: Host, { way }: Leaving): (seen: Found) => Promise<boolean> {
  return async (seen) => {
    const stone = new Map<string, unknown>([...(way === null ? seen.fields : []), [own.moved, movedNow(host, way)]])
    return typeof (await host.records.swap(seen, stone, host.graceMs)) === 'object'
  }
}

/**
 * Puts a mark beside the record, which then goes; whether that was still as it was seen. Of several that change the key at
 * once, the one whose mark lies goes on; the others wait for what becomes of it.
 */
function markBeside(host: Host, leaving: Leaving): (seen: Found) => Promise<boolean> {
  let isMarked = false
  let over = false
  return async (seen) => {
    const held = leaving.way === null ? { held: view(seen.bytes).toString('base64') } : {}
    const moved = { ...movedNow(host, leaving.way), ...held, by: markerOf(leaving) }
    isMarked ||= await host.records.mark(seen.name, moved, { over, ttlMs: host.graceMs })
    over = leaving.isLogin
    return isMarked && host.records.removeAsSeen(seen)
  }
}

/** Tells a mark of ours from others', and nothing of the new key. */
function markerOf({ next }: Leaving): string {
  return hashed(next.found.name)
}

function movedNow(host: Host, to: string | null): Moved {
  return { to, until: host.clock.now() + host.graceMs }
}
