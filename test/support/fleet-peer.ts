import type { CacheOptions } from '../../src/cache/options.ts'
import { startChild } from './fleet-child.ts'

/** How an operation went, by {@link machineNow}. */
export interface Outcome {
  readonly begun: number
  readonly ended: number
  /** The key that was handed out, and the session's name in the list. */
  readonly key?: string
  readonly id?: string
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Operation {
  readonly op: 'login' | 'cycle' | 'logout' | 'revoke'
  /** When to begin, by {@link machineNow}. */
  readonly at?: number
  readonly user?: string
  readonly key?: string | undefined
  readonly except?: string | undefined
}

/** Sessions in a process of their own. */
export interface Peer {
  call(operation: Operation): Promise<Outcome>
  stop(): Promise<void>
}

export async function startPeer(cache: CacheOptions): Promise<Peer> {
  const child = startChild('peer.mjs', { PEER: JSON.stringify(cache) })
  const waiting = new Map<unknown, (outcome: Outcome) => void>()
  let last = 0
  child.process.on('message', ({ call, outcome }: { readonly call?: number; readonly outcome: Outcome }) => {
    waiting.get(call)?.(outcome)
    waiting.delete(call)
  })
  await child.until(({ ready }) => ready)
  return {
    call: (operation) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve)
        child.process.send({ call: last, at: 0, ...operation })
      }),
    stop: child.stop,
  }
}

/** Milliseconds of the clock that all processes of the machine share. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
