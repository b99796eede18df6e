import { SessionUnavailableError } from '../../errors.ts'

/** What the store failed. */
interface Failure {
  readonly error: SessionUnavailableError
  /** Until when it is not worth another try, by `performance.now()`. */
  readonly until: number
}

/**
 * With the very response that says it could not be saved, both libraries save or touch a session once more, which would take
 * as long again. So what the store failed is not tried again for as long as it took to fail.
 */
export class Failures {
  readonly #last = new WeakMap<object, Failure>()

  async guard(session: object, work: () => Promise<void>): Promise<void> {
    const begun = performance.now()
    const last = this.#last.get(session)
    if (last !== undefined && begun < last.until) throw last.error
    try {
      await work()
    } catch (error) {
      const now = performance.now()
      if (error instanceof SessionUnavailableError) this.#last.set(session, { error, until: now + (now - begun) })
      throw error
    }
  }
}
