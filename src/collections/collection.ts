import { type DeadlineOption, type Timeout, toTtlMs } from '../base/duration.ts'
import { checkInteger, checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { ask, type Place } from './place.ts'
import { flagOf, numberOf } from './replies.ts'

/** Of what walks over a collection. The deadline is that of each step. */
export interface IterateOptions extends DeadlineOption {
  /** About how many the server looks at in one step. @defaultValue 500 */
  readonly batch?: number
}

/** What every collection can, whatever it holds. */
export class Collection {
  readonly #at: Place

  constructor(at: Place) {
    this.#at = at
  }

  /** The key, as the user wrote it. */
  get key(): string {
    return this.#at.key
  }

  /** Whether it has anything in it: an empty collection is none. */
  async exists(): Promise<boolean> {
    return flagOf(await ask(this.#at, 'exists', ['EXISTS', this.#at.wireKey]))
  }

  /** Removes all of it; whether it was there. */
  async clear(): Promise<boolean> {
    return flagOf(await ask(this.#at, 'clear', ['UNLINK', this.#at.wireKey]))
  }

  /** Seconds left, rounded up; 0 when missing; `null` for ever. */
  async ttl(): Promise<number | null> {
    const ms = await this.#timeLeft('ttl')
    return ms === null ? null : Math.ceil(ms / 1000)
  }

  /** Milliseconds left; 0 when missing; `null` for ever. */
  pttl(): Promise<number | null> {
    return this.#timeLeft('pttl')
  }

  /** Gives it this time to live, or `null` for ever; whether it was there. */
  async expire(timeout: Timeout): Promise<boolean> {
    const ttlMs = toTtlMs(timeout, 'timeout')
    const { wireKey } = this.#at
    if (ttlMs !== null) return flagOf(await ask(this.#at, 'expire', ['PEXPIRE', wireKey, String(ttlMs)]))
    const persisted = await ask(this.#at, 'expire', ['PERSIST', wireKey])
    return persisted !== undefined && flagOf(await ask(this.#at, 'expire', ['EXISTS', wireKey]))
  }

  /** Lets it end at `date`; one in the past removes it. Whether it was there. */
  async expireAt(date: Date): Promise<boolean> {
    const timestampMs = date instanceof Date ? date.getTime() : Number.NaN
    if (Number.isNaN(timestampMs)) throw new OptionError('date', `expireAt: expected a valid Date, got ${kindOf(date)}`)
    return flagOf(await ask(this.#at, 'expireAt', ['PEXPIREAT', this.#at.wireKey, String(timestampMs)]))
  }

  /** Lets it live for ever; false when it is missing or did so already. */
  async persist(): Promise<boolean> {
    return flagOf(await ask(this.#at, 'persist', ['PERSIST', this.#at.wireKey]))
  }

  async #timeLeft(method: string): Promise<number | null> {
    const ms = numberOf(await ask(this.#at, method, ['PTTL', this.#at.wireKey])) ?? -2
    if (ms === -1) return null
    return Math.max(0, ms)
  }
}

/** How many the server looks at in one step, as an argument. @throws OptionError */
export function batchArgument(options: IterateOptions, where: string, known: readonly string[] = []): string {
  checkOptions(options, ['batch', 'deadline', ...known], where)
  return String(checkInteger(options.batch ?? 500, [1, 1_000_000], 'batch'))
}

/** @throws OptionError: a pattern would be held against encoded bytes, where it means nothing that a user could have meant. */
export function refuseMatch(options: object): void {
  if (!('match' in options)) return
  throw new OptionError(
    'match',
    'match: members are kept encoded, so Redis cannot match their text; filter what comes instead',
  )
}
