import { setTimeout as sleep } from 'node:timers/promises'

export interface Waiting {
  /** What is waited for, as it stands in the error. */
  readonly what: string
  readonly withinMs?: number
}

/** Asks until it is so; a question that fails is asked again. @throws Error when the time is up */
export async function eventually(isSo: () => Promise<boolean>, { what, withinMs = 20_000 }: Waiting): Promise<void> {
  const end = Date.now() + withinMs
  let failure: unknown
  while (Date.now() < end) {
    try {
      if (await isSo()) return
    } catch (error) {
      failure = error
    }
    await sleep(20)
  }
  throw new Error(`${what}: not so within ${withinMs} ms`, { cause: failure })
}
