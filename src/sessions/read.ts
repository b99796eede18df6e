import { SessionUnavailableError } from '../errors.ts'
import { absoluteEnd } from './expiry.ts'
import { gone, unavailable } from './failures.ts'
import { own } from './fields.ts'
import { type LeftBehind, type Look, nowhere } from './found.ts'
import type { KnownEnd } from './remembered.ts'
import { type Host, noteEnd, reset, type SessionState, takeOver } from './state.ts'

/** Reads the session that the cookie names, once; one round trip. @throws SessionUnavailableError */
export async function readOnce(state: SessionState): Promise<void> {
  const { host, cookie } = state
  if (state.phase !== 'unread' || cookie.key === undefined) return
  try {
    const name = host.layout.nameOf(cookie.key)
    const now = host.clock.now()
    const known = host.refreshTimes.get(name)
    const look = await host.records.look(name, !isEndKnown(host, known, now))
    // Somebody else who asked for the same meanwhile was faster.
    if (state.phase !== 'unread') return
    const { moved, found: held } = look
    if (moved === undefined) takeLook(state, cookie.key, { look, known, now })
    else await readMoved(state, cookie.key, { name, moved, held })
  } catch (error) {
    if (!(error instanceof SessionUnavailableError) || host.onOutage === 'error') throw error
    state.phase = 'offline'
  }
}

/** As {@link readOnce}, for what cannot be done without the store. */
export async function readForChange(state: SessionState, operation: string): Promise<void> {
  await readOnce(state)
  if (state.phase === 'offline') throw unavailable(operation, new Error('it could not be loaded for this request'))
}

/** Reads it anew, whatever was changed. @throws SessionRevokedError when it is gone. */
export async function reread(state: SessionState): Promise<void> {
  if (state.phase === 'offline') beUnread(state)
  if (state.phase === 'unread') return readForChange(state, 'reload')
  if (state.phase === 'new') return reset(state)
  const found = state.found && (await state.host.records.follow(state.found.name))
  if (found === undefined) throw gone('reload')
  takeOver(state, found)
}

/** What stood in for the session while the store failed is no part of it. */
function beUnread(state: SessionState): void {
  reset(state)
  state.phase = 'unread'
}

interface Looked {
  readonly look: Look
  readonly known: KnownEnd | undefined
  readonly now: number
}

function takeLook(state: SessionState, key: string, { look, known, now }: Looked): void {
  const { host } = state
  const { found, ttlMs, isUnreadable } = look
  if (found === undefined) return notFound(state, isUnreadable)
  const limit = absoluteEnd(found.fields, host.lifetimes)
  if (limit !== null && limit <= now) return notFound(state)

  state.key = key
  takeOver(state, found)
  if (ttlMs !== undefined) noteEnd(state, found.fields, ttlMs === null ? null : now + ttlMs)
  else if (known?.expiry === found.fields.get(own.expiry)) state.endsAt = known?.endsAt
}

/** Whether its time to live need not be asked for: no use could prolong it yet. */
function isEndKnown({ lifetimes }: Host, known: KnownEnd | undefined, now: number): boolean {
  if (lifetimes.refreshAfter === 0) return true
  if (known === undefined) return lifetimes.idleMs === null
  return known.dueAt === null || now < known.dueAt
}

/**
 * A key that was not handed out, or whose session is over: it never becomes one. The cookie stays where others who share
 * the records may still find a session by it.
 */
function notFound(state: SessionState, isUnreadable: boolean = false): void {
  const isNowhere = state.host.layout.shared?.isWhole !== false
  state.phase = 'new'
  state.stale = isNowhere && !isUnreadable
}

/** An old key within its grace. Its response leaves the cookie alone, since another one hands out the new key. */
async function readMoved(state: SessionState, key: string, stone: LeftBehind): Promise<void> {
  const { records, clock } = state.host
  const { to, until } = stone.moved
  const isOver = until <= clock.now()
  const { found, left } = isOver ? nowhere : to === null ? { found: undefined, left: stone } : await records.trail(to)
  if (state.phase !== 'unread') return
  const seen = found ?? left?.held
  if (seen !== undefined) takeOver(state, seen)
  if (found === undefined) {
    state.phase = left === undefined ? 'new' : 'left'
    state.stale = isOver
    state.own.delete(own.moved)
  }
  if (state.phase === 'new') return
  state.key = key
  state.endsAt = null
}
