import type { Found } from './found.ts'
import { emptyLeft, giveWay } from './leave.ts'
import { readForChange } from './read.ts'
import { type Host, isForwarded, reset, type SessionState, userOf } from './state.ts'

/**
 * Ends the session: its record goes, wherever it moved to, its fields and its key. What is set afterwards begins a new
 * one. Requests that still have it can save nothing.
 *
 * By a key that a login gave up there is no way to what the login began: the end counts as the first of the two, and takes
 * what the old key held.
 */
export function endSession(state: SessionState): Promise<void> {
  return end(state, (host, found) => host.records.remove(found))
}

/** The same where another user logs in: the response hands a new key out, which no request under way is to take away. */
export function endForOther(state: SessionState): Promise<void> {
  return end(state, giveWay)
}

type Remove = (host: Host, found: Found) => Promise<boolean>

async function end(state: SessionState, remove: Remove): Promise<void> {
  await readForChange(state, 'end')
  const isLeft = await endRecords(state, remove)
  reset(state)
  // Nothing that this request does touches the cookie: the login's response hands another one out.
  if (isLeft) state.phase = 'left'
  else state.stale = state.ended = state.cookie.came
}

/** Whether the key was given up by a login. */
async function endRecords(state: SessionState, remove: Remove): Promise<boolean> {
  const { host, found, key, phase } = state
  if (phase === 'left') {
    if (key !== undefined) await emptyEnd(state, host.layout.nameOf(key))
    return true
  }
  if (found === undefined) return false
  const isRemoved = await remove(host, found)
  if (!isRemoved && (await emptyEnd(state, found.name))) return true
  if (key !== undefined && isForwarded(state)) await host.records.end([host.layout.nameOf(key)])
  const user = userOf(state.own)
  if (user !== undefined) await host.devices.drop(user, [found.name])
  return false
}

/** Takes away what is held where the way from this name ends, if it was given up there. */
async function emptyEnd({ host }: SessionState, name: string): Promise<boolean> {
  const { left } = await host.records.trail(name)
  if (left !== undefined) await emptyLeft(host, left)
  return left !== undefined
}
