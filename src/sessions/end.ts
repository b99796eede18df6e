import { readForChange } from './read.ts'
import { isForwarded, reset, type SessionState, userOf } from './state.ts'

/**
 * Ends the session: its record goes, wherever it moved to, its fields and its key. What is set afterwards begins a new
 * one. Requests that still have it can save nothing.
 */
export async function endSession(state: SessionState): Promise<void> {
  await readForChange(state, 'end')
  const { host, found, key } = state
  if (found !== undefined) {
    if (state.phase === 'left') await host.records.end([found.name])
    else await host.records.remove(found)
    if (key !== undefined && isForwarded(state)) await host.records.end([host.layout.nameOf(key)])
    const user = userOf(state.own)
    if (user !== undefined && state.phase === 'live') await host.devices.drop(user, [found.name])
  }
  reset(state)
  state.stale = state.cookie.came
}
