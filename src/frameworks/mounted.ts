import { OptionError } from '../errors.ts'
import type { Session, Sessions } from '../sessions/index.ts'

/** A session that a middleware gave to a request. */
export interface Mounted {
  readonly session: Session
  /** Whose it is. */
  readonly sessions: Sessions
}

/**
 * Whether a request has its session already, as `mounted` tells. `there` is what it has in the session's place.
 *
 * @throws OptionError when that is not of these sessions.
 */
export function isMounted(there: unknown, mounted: Mounted | undefined, sessions: Sessions, place: string): boolean {
  if (there === undefined) return false
  if (mounted !== undefined && there === mounted.session && sessions === mounted.sessions) return true
  throw taken(place, 'what other sessions or another middleware put there')
}

export function taken(place: string, what: string): OptionError {
  return new OptionError('session', `${place}: expected it to be free, got ${what}: use one of the two`)
}
