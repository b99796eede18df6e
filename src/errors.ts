/**
 * Every error a user can meet. Each carries a `code` out of a closed union, the facts as fields and the `cause`;
 * a message says what was expected, what came and what to do. Values and secrets are never part of one.
 */

/** What an {@link EverwarmError} can be about. */
export type ErrorCode =
  | 'ERR_OPTION'
  | 'ERR_CONNECTION'
  | 'ERR_DEADLINE'
  | 'ERR_BREAKER_OPEN'
  | 'ERR_OVERLOAD'
  | 'ERR_COMMAND'
  | 'ERR_PARTIAL'
  | 'ERR_DECODE'
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_LOCK'
  | 'ERR_SESSION_UNAVAILABLE'
  | 'ERR_SESSION_REVOKED'
  | 'ERR_SIGNATURE'

/** Shared by every copy of this package in a process, so that {@link isEverwarmError} knows them all. */
const brand = Symbol.for('everwarm.error')

/** The base of all errors of this package. */
export class EverwarmError extends Error {
  readonly code: ErrorCode

  static {
    Object.defineProperty(this.prototype, brand, { value: true })
  }

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Whether `error` is one of this package, also when it comes from another installed copy of it. */
export function isEverwarmError(error: unknown): error is EverwarmError {
  return typeof error === 'object' && error !== null && brand in error
}

/** An option, argument or URL that cannot be: thrown before anything is sent. */
export class OptionError extends EverwarmError {
  /** The name of the option or argument. */
  readonly option: string

  constructor(option: string, message: string, cause?: unknown) {
    super('ERR_OPTION', message, causeOf(cause))
    this.option = option
  }
}

/** The server could not be reached, refused us, or went away with the call under way. */
export class ConnectionError extends EverwarmError {
  /** The server, as a URL without its password. */
  readonly server: string

  constructor(server: string, message: string, cause?: unknown) {
    super('ERR_CONNECTION', message, causeOf(cause))
    this.server = server
  }
}

/** The server was there and did not answer in time. Whether a write took effect is unknown. */
export class DeadlineError extends EverwarmError {
  /** The operation, such as `get`. */
  readonly operation: string
  /** Milliseconds that it was given. */
  readonly deadlineMs: number
  /** The server, as a URL without its password; `undefined` where several were asked. */
  readonly server: string | undefined

  constructor(operation: string, deadlineMs: number, message: string, server?: string) {
    super('ERR_DEADLINE', message)
    this.operation = operation
    this.deadlineMs = deadlineMs
    this.server = server
  }
}

/**
 * Not sent, and answered at once: the server has failed too many calls. It is probed in the background, and calls go to it
 * again as soon as it answers.
 */
export class BreakerOpenError extends EverwarmError {
  /** The operation, such as `get`. */
  readonly operation: string
  /** The server, as a URL without its password. */
  readonly server: string

  constructor(operation: string, server: string, message: string, cause?: unknown) {
    super('ERR_BREAKER_OPEN', message, causeOf(cause))
    this.operation = operation
    this.server = server
  }
}

/** Not sent, and answered at once: as many calls, or bytes, as may wait for the server wait already. */
export class OverloadError extends EverwarmError {
  /** The operation, such as `set`. */
  readonly operation: string
  /** The server, as a URL without its password. */
  readonly server: string

  constructor(operation: string, server: string, message: string) {
    super('ERR_OVERLOAD', message)
    this.operation = operation
    this.server = server
  }
}

/** The server answered with a refusal, such as `OOM` or `WRONGTYPE`. */
export class CommandError extends EverwarmError {
  /** The operation, such as `incr`. */
  readonly operation: string
  /** The first word of the server's answer, such as `WRONGTYPE`. */
  readonly reason: string

  constructor(operation: string, reason: string, message: string, cause?: unknown) {
    super('ERR_COMMAND', message, causeOf(cause))
    this.operation = operation
    this.reason = reason
  }
}

/** What became of the parts of a call on many keys. */
export interface PartialOutcome {
  readonly done: readonly string[]
  readonly failed: readonly string[]
  readonly errors: readonly Error[]
}

/** A call on many keys that was done for some and failed for others, as when one node of a Cluster is away. */
export class PartialError extends EverwarmError {
  /** The operation, such as `setMany`. */
  readonly operation: string
  /** The keys that it was done for: as the user wrote them, or as Redis has them where a pattern found them. */
  readonly done: readonly string[]
  /** The keys that it was not done for, or perhaps was: their errors tell. */
  readonly failed: readonly string[]
  /** Why it failed, in no order. */
  readonly errors: readonly Error[]

  constructor(operation: string, { done, failed, errors }: PartialOutcome) {
    const all = done.length + failed.length
    const reason = errors[0]?.message ?? 'no reason given'
    super('ERR_PARTIAL', `${operation}: done for ${done.length} of ${all} keys; the others failed: ${reason}`, {
      cause: errors[0],
    })
    this.operation = operation
    this.done = done
    this.failed = failed
    this.errors = errors
  }
}

/** Bytes that are there and cannot be read back into a value. */
export class DecodeError extends EverwarmError {
  /** The key whose value it is; empty while only a format is being read. */
  readonly key: string
  /** The format or formats that were tried, such as `json`. */
  readonly format: string

  constructor(key: string, format: string, reason: string, cause?: unknown) {
    super(
      'ERR_DECODE',
      key === '' ? `Not readable as ${format}: ${reason}` : decodeMessage(key, format, reason),
      causeOf(cause),
    )
    this.key = key
    this.format = format
  }
}

/** Counting or moving something that is not there. */
export class KeyNotFoundError extends EverwarmError {
  /** The key, as the user wrote it. */
  readonly key: string

  constructor(key: string, message: string) {
    super('ERR_KEY_NOT_FOUND', message)
    this.key = key
  }
}

/** Why a {@link LockError} came about. */
export type LockReason = 'timeout' | 'not-owned' | 'not-held' | 'no-timeout'

/**
 * A lock that was not to be had in time (`timeout`), is somebody else's or nobody's by now (`not-owned`), was never
 * acquired or was released already (`not-held`), or has no end that could be moved (`no-timeout`).
 */
export class LockError extends EverwarmError {
  /** The lock's key, as the user wrote it. */
  readonly key: string
  readonly reason: LockReason

  constructor(key: string, reason: LockReason, message: string, cause?: unknown) {
    super('ERR_LOCK', message, causeOf(cause))
    this.key = key
    this.reason = reason
  }
}

/** A session could not be loaded or saved because its store fails. Whether a save took effect is unknown; nobody is logged out. */
export class SessionUnavailableError extends EverwarmError {
  /** What was to be done, such as `load`. */
  readonly operation: string
  /** For web frameworks: Service Unavailable. */
  readonly status: number = 503

  constructor(operation: string, message: string, cause?: unknown) {
    super('ERR_SESSION_UNAVAILABLE', message, causeOf(cause))
    this.operation = operation
  }
}

/** The session ended while this request had it: by a logout or a revocation, or somebody else's login under its key. Nothing was saved. */
export class SessionRevokedError extends EverwarmError {
  /** What was to be done, such as `save`. */
  readonly operation: string

  constructor(operation: string, message: string) {
    super('ERR_SESSION_REVOKED', message)
    this.operation = operation
  }
}

/** Why a {@link SignatureError} came about. */
export type SignatureReason = 'invalid' | 'expired'

/**
 * A signed text that none of the keys signed, or that does not hold what its signer puts there (`invalid`), or that was
 * signed too long ago (`expired`).
 */
export class SignatureError extends EverwarmError {
  readonly reason: SignatureReason

  constructor(reason: SignatureReason, message: string, cause?: unknown) {
    super('ERR_SIGNATURE', message, causeOf(cause))
    this.reason = reason
  }
}

function decodeMessage(key: string, format: string, reason: string): string {
  return `The value of "${key}" is not readable as ${format}: ${reason}`
}

function causeOf(cause: unknown): ErrorOptions | undefined {
  return cause === undefined ? undefined : { cause }
}
