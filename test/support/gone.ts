import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `isThere` is false; a value with a short time to live on a real server has no hand-moved clock. */
export async function gone(isThere: () => Promise<boolean>): Promise<void> {
  const givenUpAt = Date.now() + 5000
  while (await isThere()) {
    if (Date.now() > givenUpAt) throw new Error('Still there after 5 seconds')
    await sleep(5)
  }
}
