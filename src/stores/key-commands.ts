import { type Bytes, fromText } from '../base/bytes.ts'
import { integerOf } from '../base/integers.ts'
import { CommandError } from '../errors.ts'
import type { Command, Reply } from '../redis/link.ts'
import type { Script } from '../redis/script.ts'
import { addInteger } from '../redis/scripts/add-integer.ts'
import { removeValue } from '../redis/scripts/remove-value.ts'
import { swapValue } from '../redis/scripts/swap-value.ts'
import type { Swap, Write } from './store.ts'

/** What gets a command to the server of its key. `operation` names the caller in errors. */
export interface Caller {
  run(operation: string, command: Command): Promise<Reply>
  runAll(operation: string, commands: readonly Command[]): Promise<readonly Reply[]>
  script<Keys extends readonly string[], Args extends Command, Answer>(
    operation: string,
    script: Script<Keys, Args, Answer>,
    keys: Keys,
    args: Args,
  ): Promise<Answer>
}

/** What a store does with one key, in Redis' commands. */
export class KeyCommands {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** A key that holds a hash, a list or the like has no value: MGET says so, and a lone read must not differ. */
  get(operation: string, key: string): Promise<Bytes | undefined> {
    return this.#caller.run(operation, ['GET', key]).then(bytesOf, missingIfOther)
  }

  async set(key: string, value: Bytes, write: Write): Promise<boolean> {
    return (await this.#caller.run('set', setCommand(key, value, write))) !== null
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    const ttl = ttlMs === undefined ? '' : String(ttlMs ?? 0)
    return this.#caller.script('swap', swapValue, [key], [expected, value, ttl])
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#caller.script('delete', removeValue, [key], [expected])
  }

  async has(key: string): Promise<boolean> {
    return (await this.#caller.run('has', ['EXISTS', key])) === 1
  }

  async add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    const ttl = create === undefined ? '' : String(create.ttlMs ?? 0)
    try {
      return await this.#caller.script('incr', addInteger, [key], [String(delta), ttl])
    } catch (error) {
      if (!isIntegerRefusal(error)) throw error
      return this.#addBeyond64Bits(key, delta, create)
    }
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const ms = Number(await this.#caller.run('ttl', ['PTTL', key]))
    if (ms === -2) return undefined
    return ms === -1 ? null : ms
  }

  async expire(key: string, ttlMs: number | null): Promise<boolean> {
    if (ttlMs !== null) return (await this.#caller.run('expire', ['PEXPIRE', key, String(ttlMs)])) === 1
    const [, exists] = await this.#caller.runAll('persist', [
      ['PERSIST', key],
      ['EXISTS', key],
    ])
    return exists === 1
  }

  async expireAt(key: string, timestampMs: number): Promise<boolean> {
    return (await this.#caller.run('expireAt', ['PEXPIREAT', key, String(timestampMs)])) === 1
  }

  async persist(key: string): Promise<boolean> {
    return (await this.#caller.run('persist', ['PERSIST', key])) === 1
  }

  /** In one step; both keys are on one server. */
  async rename(from: string, to: string): Promise<boolean> {
    try {
      await this.#caller.run('move', ['RENAME', from, to])
      return true
    } catch (error) {
      if (error instanceof CommandError && error.message.includes('no such key')) return false
      throw error
    }
  }

  /** Redis counts in 64 bits; beyond them we add here, and write only over what we added to. */
  async #addBeyond64Bits(key: string, delta: bigint, create: Write | undefined): Promise<bigint | undefined> {
    for (;;) {
      const found = await this.get('incr', key)
      const sum = found === undefined ? delta : integerOf(found, 'incr') + delta
      const value = fromText(String(sum))
      if (found !== undefined) {
        if ((await this.swap(key, found, value, undefined)) === 'swapped') return sum
      } else if (create === undefined || (await this.set(key, value, { ttlMs: create.ttlMs, when: 'absent' }))) {
        return create === undefined ? undefined : sum
      }
    }
  }
}

export function setCommand(key: string, value: Bytes, write: Write): Command {
  const expiry = write.ttlMs === null ? [] : ['PX', String(write.ttlMs)]
  const condition = write.when === undefined ? [] : [write.when === 'absent' ? 'NX' : 'XX']
  return ['SET', key, value, ...expiry, ...condition]
}

/** Redis takes about a million arguments, and is deaf to others while it works on one command. */
const largestCommand = 10_000

/** One command for all keys, in several where they are many. */
export function inPieces(name: string, keys: readonly string[]): Command[] {
  const commands: Command[] = []
  for (let start = 0; start < keys.length; start += largestCommand) {
    commands.push([name, ...keys.slice(start, start + largestCommand)])
  }
  return commands
}

/** Whether a key was asked for a value and has something else. */
export function isOtherType(error: unknown): boolean {
  return error instanceof CommandError && error.reason === 'WRONGTYPE'
}

function missingIfOther(error: unknown): undefined {
  if (!isOtherType(error)) throw error
}

export function bytesOf(reply: Reply): Bytes | undefined {
  if (reply === null) return undefined
  return reply instanceof Uint8Array ? reply : fromText(String(reply))
}

/** Not an integer, or one that 64 bits cannot hold: only looking at the value tells. */
function isIntegerRefusal(error: unknown): boolean {
  return error instanceof CommandError && /not an integer or out of range|would overflow/.test(error.message)
}
