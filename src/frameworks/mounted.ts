import { OptionError } from '../errors.ts'
import type { Session, Sessions } from '../sessions/index.ts'

const givenBy = new WeakMap<object, Sessions>()

/** Notes whose session a request has. */
export function noteMounted(session: Session, sessions: Sessions): void {
  givenBy.set(session, sessions)
}

/** Whether a request has its session already. @throws OptionError when what is there is not of these sessions. */
export function isMounted(there: unknown, sessions: Sessions, place: string): boolean {
  if (there === undefined) return false
  if (typeof there === 'object' && there !== null && givenBy.get(there) === sessions) return true
  throw taken(place, 'what other sessions or another middleware put there')
}

export function taken(place: string, what: string): OptionError {
  return new OptionError('session', `${place}: expected it to be free, got ${what}: use one of the two`)
}
