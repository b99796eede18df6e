import type { MaybePromise } from '../codecs/codec.ts'
import { SessionRevokedError } from '../errors.ts'
import { clearCookie, writeCookie } from './cookie.ts'
import { endsWithBrowser } from './expiry.ts'
import { type Saved, saveChanges } from './save.ts'
import { isForwarded, lifeOf, type SessionState } from './state.ts'

/** What an adapter tells of the response that is about to go. */
export interface ResponseFacts {
  /** Its HTTP status: from 500 on nothing is saved. */
  readonly status: number
  /** Whether the request came safely: by TLS, or through a proxy that is trusted and says so. */
  readonly secure: boolean
  /** Whether the headers are gone already, as at the end of a stream: no cookie can be set any more. @defaultValue false */
  readonly headersSent?: boolean
}

/** What an adapter is to do with the response. */
export interface Commit {
  /** A value for a `Set-Cookie` header of its own, beside those of others. */
  readonly setCookie: string | undefined
  /** Whether `Vary` is to name `Cookie`. */
  readonly vary: boolean
  /** What became of the session. `refused`: it ended meanwhile, and nothing was saved. */
  readonly outcome: Saved | 'refused'
}

/** Saves what the request changed and says what the response needs. @throws SessionUnavailableError */
export async function commitState(state: SessionState, facts: ResponseFacts): Promise<Commit> {
  const saving = saved(state, facts)
  const outcome = saving instanceof Promise ? await saving.catch(refusedIfRevoked) : saving
  const setCookie = facts.headersSent === true ? undefined : cookieFor(state, facts, outcome)
  return { setCookie, vary: state.looked || setCookie !== undefined, outcome }
}

function saved(state: SessionState, { status, headersSent = false }: ResponseFacts): MaybePromise<Saved> {
  const cannotBeKnown = state.phase === 'new' && headersSent
  if (status >= 500 || state.phase === 'offline' || cannotBeKnown) return 'untouched'
  return saveChanges(state)
}

function refusedIfRevoked(error: unknown): 'refused' {
  if (error instanceof SessionRevokedError) return 'refused'
  throw error
}

function isToBeCleared({ stale, key, looked, ended }: SessionState, status: number): boolean {
  return stale && key === undefined && looked && (status < 500 || ended)
}

/**
 * What was awaited is done, also when the response is a failure: its cookie goes along. A session that ended meanwhile
 * leaves the cookie alone: the response of the logout has taken it away, and by now there may be one of a new login.
 */
function cookieFor(state: SessionState, facts: ResponseFacts, outcome: Commit['outcome']): string | undefined {
  const { host, key } = state
  if (outcome === 'refused' || state.phase === 'unread' || state.phase === 'offline') return undefined
  if (state.handOut && key !== undefined && !isForwarded(state)) {
    state.handOut = false
    const until = endsWithBrowser(state.own, host.lifetimes) ? 'browser' : lifeOf(host, state.own).endsAt
    return writeCookie(key, host.cookie, { until, now: host.clock.now(), secure: facts.secure })
  }
  if (!isToBeCleared(state, facts.status)) return undefined
  state.stale = false
  return clearCookie(host.cookie, facts.secure)
}
