import { isStoreFailure } from '../cache/events.ts'
import { SessionRevokedError, SessionUnavailableError } from '../errors.ts'

/** It ended while somebody had it. */
export function gone(operation: string): SessionRevokedError {
  return new SessionRevokedError(
    operation,
    `The session ended while this request had it, so it was not changed (${operation}): log in again`,
  )
}

/** Some frameworks answer visitors with the message; what a store says of itself, such as its server, is in the cause. */
export function unavailable(operation: string, cause: unknown): SessionUnavailableError {
  const reason =
    cause instanceof Error && !isStoreFailure(cause) ? cause.message : 'its store fails, as the cause tells'
  return new SessionUnavailableError(operation, `The session is not available (${operation}): ${reason}`, cause)
}
