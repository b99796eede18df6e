import type { Bytes } from '../base/bytes.ts'
import { type DeadlineOption, type Timeout, toDeadlineMs, toTtlMs } from '../base/duration.ts'
import { checkInteger, checkOptions } from '../base/options.ts'
import type { Codec } from '../codecs/codec.ts'
import { CommandError, OptionError } from '../errors.ts'
import type { Command, Reply } from '../redis/link.ts'
import type { Script } from '../redis/script.ts'
import { runCommand } from '../redis/scripts/run-command.ts'
import type { Commands } from '../stores/store.ts'

/** What collections need of the cache that makes them. */
export interface CollectionHost {
  /** `undefined` where no Redis keeps the values. */
  readonly commands: Commands | undefined
  /** The same with this deadline for each call. */
  within(deadlineMs: number): Commands | undefined
  readonly codec: Codec
  /** The key as Redis sees it, and back. */
  wire(key: string | number, version: number | string | undefined): string
  user(wireKey: string): string
  /** A glob over wire keys for the user's glob. */
  pattern(glob: string, version: number | string | undefined): string
  /** `otherwise` where such a failure is ignored; else throws it. */
  answer<T>(operation: string, error: unknown, otherwise: T): T
}

/** Of `setAt`, `hashAt`, `sortedSetAt` and `listAt`. The deadline is that of each call through the handle. */
export interface CollectionOptions extends DeadlineOption {
  /** Instead of the cache's own version. */
  readonly version?: number | string
  /**
   * How long the collection lives after each call that writes to it, set in the same step.
   *
   * @defaultValue none: a new collection lives for ever, as in Redis and django-redis; the cache's timeout is for values
   */
  readonly timeout?: Timeout
}

/** One collection: where it is, and how to reach it. */
export interface Place {
  readonly host: CollectionHost
  readonly commands: Commands
  /** What made the handle, such as `setAt`: named in errors before the method. */
  readonly kind: string
  /** The user's key. */
  readonly key: string
  readonly wireKey: string
  /** Milliseconds that it lives after each write. */
  readonly ttlMs: number | undefined
}

/** @throws OptionError without a Redis, or for options that cannot be. */
export function openPlace(
  host: CollectionHost,
  kind: string,
  key: string | number,
  options: CollectionOptions = {},
): Place {
  checkOptions(options, ['timeout', 'version', 'deadline'], kind)
  const wireKey = host.wire(key, options.version)
  const commands = commandsOf(host, kind, options)
  return { host, commands, kind, key: String(key), wireKey, ttlMs: ttlOf(options.timeout) }
}

/** The place, reached with the deadline of one call where it has one. @throws OptionError */
export function reached(at: Place, options: DeadlineOption): Place {
  return options.deadline === undefined ? at : { ...at, commands: commandsOf(at.host, at.kind, options) }
}

function commandsOf(host: CollectionHost, kind: string, { deadline }: DeadlineOption): Commands {
  const commands = deadline === undefined ? host.commands : host.within(toDeadlineMs(deadline))
  if (commands !== undefined) return commands
  const advice = "create the cache with a location such as 'redis://localhost:6379'"
  throw new OptionError('location', `${kind}: collections are kept by Redis itself, and this cache has none: ${advice}`)
}

function ttlOf(timeout: Timeout | undefined): number | undefined {
  const ttlMs = toTtlMs(timeout ?? null, 'timeout') ?? undefined
  if (ttlMs !== 0) return ttlMs
  throw new OptionError('timeout', 'timeout: a collection lives for some time, or for ever with null; got nothing')
}

/** Asks the server; `undefined` when that failed and failures are ignored. */
export async function ask(at: Place, method: string, command: Command): Promise<Reply | undefined> {
  return answered(at, method, (operation) => at.commands.run(operation, at.wireKey, command))
}

/** As {@link ask} for what writes: the time to live begins anew with it, in one step. A refusal like `missing` is `null`. */
export async function change(
  at: Place,
  method: string,
  command: Command,
  missing?: RegExp,
): Promise<Reply | undefined> {
  const { ttlMs, wireKey, commands } = at
  return answered(at, method, async (operation) => {
    try {
      if (ttlMs === undefined) return await commands.run(operation, wireKey, command)
      return await commands.script(operation, runCommand, [wireKey], [String(ttlMs), ...command])
    } catch (error) {
      if (error instanceof CommandError && missing?.test(error.message) === true) return null
      throw error
    }
  })
}

/** As {@link ask} for several collections, which have to be on one server. */
export async function askTogether(
  at: Place,
  method: string,
  keys: readonly string[],
  command: Command,
): Promise<Reply | undefined> {
  const [first = at.wireKey, ...others] = keys
  return answered(at, method, (operation) =>
    at.commands.script(operation, runCommand, [first, ...others], ['', ...command]),
  )
}

/** As {@link change} for several collections, `at` being written to. */
export async function changeTogether(
  at: Place,
  method: string,
  keys: readonly string[],
  command: Command,
): Promise<Reply | undefined> {
  const ttl = String(at.ttlMs ?? '')
  return answered(at, method, (operation) =>
    at.commands.script(operation, runCommand, [at.wireKey, ...keys], [ttl, ...command]),
  )
}

export async function askScript<Args extends Command, Answer>(
  at: Place,
  method: string,
  script: Script<[key: string], Args, Answer>,
  args: Args,
): Promise<Answer | undefined> {
  return answered(at, method, (operation) => at.commands.script(operation, script, [at.wireKey], args))
}

/** How many arguments a command may have, so that a script can hand them on: Lua takes about 8000. */
const mostArguments = 4000

/** As {@link change} for any number of members, in several commands where they are many; the sum of the answers. */
export async function changeMany(
  at: Place,
  method: string,
  command: Command,
  groups: readonly Command[],
): Promise<number> {
  let sum = 0
  for (const part of inParts(groups, Math.floor(mostArguments / (groups[0]?.length ?? 1)))) {
    const count = await change(at, method, [...command, ...part.flat()])
    // A failure was ignored: the rest would only cost a deadline each.
    if (count === undefined) break
    sum += Number(count)
  }
  return sum
}

/** The items, so many at a time. */
export function* inParts<Item>(
  items: readonly Item[],
  most: number = mostArguments,
): Generator<readonly Item[], void, undefined> {
  for (let from = 0; from < items.length; from += most) yield items.slice(from, from + most)
}

async function answered<T>(at: Place, method: string, work: (operation: string) => Promise<T>): Promise<T | undefined> {
  const operation = `${at.kind}.${method}`
  try {
    return await work(operation)
  } catch (error) {
    return at.host.answer(operation, error, undefined)
  }
}

export async function encode(at: Place, value: unknown): Promise<Bytes> {
  return at.host.codec.encode(value)
}

export async function encodeAll(at: Place, values: Iterable<unknown>): Promise<Bytes[]> {
  const encoded: Bytes[] = []
  for (const value of values) encoded.push(await encode(at, value))
  return encoded
}

/** Stands for bytes that could not be read where that is a miss. */
export const unreadable: unique symbol = Symbol('unreadable')

/** The value in these bytes. @throws DecodeError, unless it is a miss */
export async function decode<T>(at: Place, method: string, bytes: Bytes): Promise<T | typeof unreadable> {
  try {
    return (await at.host.codec.decode(bytes, at.key)) as T
  } catch (error) {
    return at.host.answer(`${at.kind}.${method}`, error, unreadable)
  }
}

/** The values, without those that cannot be read where that is a miss. */
export async function decodeAll<T>(at: Place, method: string, items: readonly Bytes[]): Promise<T[]> {
  const values: T[] = []
  for (const bytes of items) {
    const value = await decode<T>(at, method, bytes)
    if (value !== unreadable) values.push(value)
  }
  return values
}

/** The value, or `undefined` where there is none. */
export async function decodeOne<T>(at: Place, method: string, bytes: Bytes | undefined): Promise<T | undefined> {
  if (bytes === undefined) return undefined
  const value = await decode<T>(at, method, bytes)
  return value === unreadable ? undefined : value
}

/** Keys of one cache alone: others may be on another server or written by another codec. @throws OptionError */
export function keysTogether(at: Place, others: readonly Place[]): string[] {
  for (const other of others) {
    if (other.host === at.host) continue
    throw new OptionError(
      at.kind,
      `${at.kind}: collections are combined with those of the same cache; "${other.key}" is of another`,
    )
  }
  return [at.wireKey, ...others.map(({ wireKey }) => wireKey)]
}

/** A count of members, as an argument. @throws OptionError */
export function countArgument(count: number): string {
  return String(checkInteger(count, [0, Number.MAX_SAFE_INTEGER], 'count'))
}

/** A place in an order, counted from the end when negative, as an argument. @throws OptionError */
export function indexArgument(index: number, name: string): string {
  return String(checkInteger(index, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], name))
}
