import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { SessionUnavailableError } from '../errors.ts'

/**
 * In each round somebody gets through, so as many as write at once get through in as many rounds; who still does not is
 * up against writers that never stop.
 */
const longestMs = 5000

/** From here on those who write at once wait a little, each for another time, to get out of each other's way. */
const patientAttempts = 4
const longestPauseMs = 16

/** Tries until there is an answer; waiting `since` then counts. @throws SessionUnavailableError when there never is one. */
export async function untilDone<T>(
  operation: string,
  attempt: () => Promise<T | undefined>,
  since: number = performance.now(),
): Promise<T> {
  const givenUpAt = since + longestMs
  for (let count = 1; performance.now() < givenUpAt; count++) {
    const answer = await attempt()
    if (answer !== undefined) return answer
    if (count > patientAttempts) await sleep(randomInt(1, Math.min(count, longestPauseMs) + 1))
  }
  throw new SessionUnavailableError(
    operation,
    `The session is not available (${operation}): others have been writing to it for ${longestMs} ms; write to it less often`,
  )
}
