/** How a call ended, and after how many milliseconds. */
export interface Ending {
  readonly ms: number
  readonly value?: unknown
  readonly error?: { readonly code?: string; readonly message: string; readonly name: string }
}

/** Waits for a call, however it ends. */
export async function ending(call: Promise<unknown>): Promise<Ending> {
  const begun = performance.now()
  try {
    const value = await call
    return { ms: performance.now() - begun, value }
  } catch (error) {
    return { ms: performance.now() - begun, error: error as NonNullable<Ending['error']> }
  }
}

/** Calls until one succeeds; how long that took. */
export async function firstSuccess(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const { error } = await ending(call())
    if (error === undefined) return performance.now() - begun
    if (performance.now() - begun > 10_000) throw new Error('No success within 10 seconds', { cause: error })
  }
}
