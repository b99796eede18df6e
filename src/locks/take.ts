import { type Bytes, fromText } from '../base/bytes.ts'
import { OptionError } from '../errors.ts'
import { acquireFencedLock } from '../redis/scripts/acquire-fenced-lock.ts'
import type { Store } from '../stores/store.ts'

/** How a lock is to be taken. */
export interface Claim {
  readonly token: Bytes
  /** `null` for ever. */
  readonly ttlMs: number | null
  readonly fencing: boolean
}

/** A lock that was taken, with its number where one was asked for. */
export interface Taken {
  readonly fence: number | undefined
}

/** Takes the lock as redis-py does: its token under its key, only where there is none. `undefined` when somebody has it. */
export async function take(store: Store, wireKey: string, claim: Claim): Promise<Taken | undefined> {
  const { token, ttlMs, fencing } = claim
  if (fencing) return takeFenced(store, wireKey, claim)
  return (await store.set(wireKey, token, { ttlMs, when: 'absent' })) ? { fence: undefined } : undefined
}

/** Long enough for any clock to be right again; what is kept no longer is made of the clock anew. */
const fenceTtlMs = 86_400_000

async function takeFenced(store: Store, wireKey: string, { token, ttlMs }: Claim): Promise<Taken | undefined> {
  const fenceKey = fenceKeyOf(wireKey)
  if (store.commands === undefined) {
    if (!(await store.set(wireKey, token, { ttlMs, when: 'absent' }))) return undefined
    return { fence: await nextFence(store, fenceKey) }
  }
  const args: [Bytes, string, string] = [token, String(ttlMs ?? 0), String(fenceTtlMs)]
  const fence = await store.commands.script('lock.acquire', acquireFencedLock, [wireKey, fenceKey], args)
  return fence === undefined ? undefined : { fence }
}

/** As the script does it, for a store in this process. */
async function nextFence(store: Store, fenceKey: string): Promise<number> {
  for (;;) {
    const next = await store.add(fenceKey, 1n)
    if (next !== undefined) return Number(next)
    const first = Date.now() * 1000
    if (await store.set(fenceKey, fromText(String(first)), { ttlMs: fenceTtlMs, when: 'absent' })) return first
  }
}

/** In the lock's own slot of a cluster: by the hash tag that it has, else with all of it as the tag. @throws OptionError */
export function fenceKeyOf(wireKey: string): string {
  const open = wireKey.indexOf('{')
  const close = open === -1 ? -1 : wireKey.indexOf('}', open)
  if (close > open + 1) return `${wireKey}:fence`
  if (!wireKey.includes('}')) return `{${wireKey}}:fence`
  throw new OptionError('fencing', 'fencing: the key has a "}" that closes no hash tag; leave it out of the key')
}
