import { type DeadlineOption, toDeadlineMs } from '../base/duration.ts'
import type { Store } from '../stores/store.ts'
import type { Turns } from './turns.ts'

/** What locks need of the cache that makes them. */
export interface LockHost {
  readonly store: Store
  readonly turns: Turns
  /** The key as Redis sees it. */
  wire(key: string | number, version: number | string | undefined): string
  /** `otherwise` where such a failure is ignored; else throws it. */
  answer<T>(operation: string, error: unknown, otherwise: T): T
  /** Tells of a failure that nobody waits for. */
  report(operation: string, error: unknown): void
}

/** The host's store, with the deadline of one call where it has one. @throws OptionError */
export function storeOf({ store }: LockHost, { deadline }: DeadlineOption): Store {
  return deadline === undefined ? store : store.within(toDeadlineMs(deadline))
}
