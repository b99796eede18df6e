import type { Bytes } from '../base/bytes.ts'
import type { Command, Reply } from '../redis/link.ts'
import type { Script } from '../redis/script.ts'

/** How to write: for how long, and under which condition. */
export interface Write {
  /** Milliseconds to live, a positive integer; `null` for ever. */
  readonly ttlMs: number | null
  /** Only when the key is absent, or only when it is present. */
  readonly when?: 'absent' | 'present' | undefined
}

/** What a compare-and-swap found. */
export type Swap = 'swapped' | 'changed' | 'missing'

/** What a store tells of itself. */
export interface StoreStats {
  /** Such as `memory` or `redis`. */
  readonly store: string
  readonly [fact: string]: number | string
}

/**
 * The narrow waist: final wire keys and bytes, nothing of prefixes, versions, values or sessions. Every method that may
 * touch the network settles within the store's deadline. One contract suite, `describeStore`, runs against every store.
 */
export interface Store {
  get(key: string): Promise<Bytes | undefined>
  /** One answer for each key, in the order asked. As with all that concerns many keys, a failure of some of them is a PartialError. */
  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]>
  /** Whether the condition held and the value is stored. */
  set(key: string, value: Bytes, write: Write): Promise<boolean>
  /** Stores all; rejects when any was not stored, saying so. */
  setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void>
  /** Puts `value` in the place of `expected`, in one step. `ttlMs` `undefined` keeps the time to live. */
  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap>
  /** Deletes the key only while it holds `expected`, in one step; whether it did. */
  remove(key: string, expected: Bytes): Promise<boolean>
  /** How many were there. */
  delete(keys: readonly string[]): Promise<number>
  has(key: string): Promise<boolean>
  /**
   * Adds to an integer written as decimal text of any size, in one step, keeping its time to live. A missing key is
   * `undefined`, or begins at `delta` when `create` says how long that is to live.
   *
   * @throws CommandError when the value is no integer.
   */
  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined>
  /** Moves a value with its time to live onto another key, replacing what is there; false when there is none. */
  move(from: string, to: string): Promise<boolean>
  /** Milliseconds left; `null` for ever; `undefined` when missing. */
  ttl(key: string): Promise<number | null | undefined>
  /** Gives a new time to live: milliseconds from now (0 or less removes the key) or `null` for ever. Whether it was there. */
  expire(key: string, ttlMs: number | null): Promise<boolean>
  /** The same by the server's clock: milliseconds since 1970. */
  expireAt(key: string, timestampMs: number): Promise<boolean>
  /** Takes the time to live away; false when it is missing or had none. */
  persist(key: string): Promise<boolean>
  /**
   * The keys that match a Redis glob, in pages of about `batch`. Keys that live through the whole walk come at least
   * once; a key may come twice.
   */
  scan(pattern: string, batch: number): AsyncIterable<readonly string[]>
  /** Removes every key of the database, whoever wrote it. */
  flush(): Promise<void>
  /** Connects now instead of at the first call. */
  connect(): Promise<void>
  /** Waits for what is under way, then stops; within the deadline. */
  close(): Promise<void>
  /** The client library's own object, connected. @throws OptionError where there is none. */
  raw(options: { readonly write: boolean }): Promise<unknown>
  stats(): StoreStats
  /** The same store, whose calls have another deadline, in milliseconds. Where nothing is waited for, it is this one. */
  within(deadlineMs: number): Store
  /** Redis' own commands, where a Redis keeps the values. */
  readonly commands?: Commands
}

/** Commands on the server that keeps `key`, each settled within the store's deadline. `operation` names the caller in errors. */
export interface Commands {
  run(operation: string, key: string, command: Command): Promise<Reply>
  /** Several sent together, every answer waited for. */
  runAll(operation: string, key: string, commands: readonly Command[]): Promise<readonly Reply[]>
  script<Keys extends readonly string[], Args extends Command, Answer>(
    operation: string,
    script: Script<Keys, Args, Answer>,
    keys: Keys,
    args: Args,
  ): Promise<Answer>
}
