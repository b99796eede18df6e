/** How Node's libraries want to be told: the error first. */
export type Callback<T> = (error?: unknown, value?: T) => void

/** What comes after the other arguments of a call: a callback, an `undefined` in its place, or nothing at all. */
export type Rest<T> = readonly [callback?: Callback<T> | null | undefined]

/**
 * Tells the callback how `work` ended: once, and never before the caller has gone on. What the callback throws is an
 * uncaught exception, as anywhere in Node. Without a callback the promise is the answer.
 */
export function answer<T>(work: Promise<T>, rest: Rest<T>): Promise<T> | undefined {
  const [callback] = rest
  if (typeof callback === 'function') {
    work.then(
      (value) => process.nextTick(callback, null, value),
      (error: unknown) => process.nextTick(callback, error),
    )
    return undefined
  }
  // `req.session.destroy()` hands on a callback that nobody gave it and drops the promise. That the store failed is told
  // by the cache; it is no reason to end the process.
  if (rest.length > 0) work.catch(() => {})
  return work
}
