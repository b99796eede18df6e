import { HTTPException } from 'hono/http-exception'

import { type ErrorCode, SessionUnavailableError } from '../errors.ts'

/**
 * A {@link SessionUnavailableError}, its `cause`, as Hono's own error: Hono answers it with 503, and `isEverwarmError`
 * knows it.
 */
export class SessionUnavailableException extends HTTPException {
  readonly code: ErrorCode
  /** What was to be done, such as `load`. */
  readonly operation: string

  static {
    Object.defineProperty(this.prototype, Symbol.for('everwarm.error'), { value: true })
  }

  constructor(cause: SessionUnavailableError) {
    super(503, { message: cause.message, cause })
    this.name = new.target.name
    this.code = cause.code
    this.operation = cause.operation
  }

  /** Without the message, which may name servers. */
  override getResponse(): Response {
    return new Response('Service Unavailable', { status: this.status })
  }
}

/** The error as Hono's error handlers take it. */
export function answerable(error: unknown): unknown {
  return error instanceof SessionUnavailableError ? new SessionUnavailableException(error) : error
}
