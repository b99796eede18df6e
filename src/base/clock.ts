/** Time handed in, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
