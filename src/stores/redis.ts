import { type Bytes, fromText, toText } from '../base/bytes.ts'
import { integerOf } from '../base/integers.ts'
import { CommandError } from '../errors.ts'
import type { Guard } from '../redis/guard.ts'
import type { Command, Reply } from '../redis/link.ts'
import { ReadBatch } from '../redis/read-batch.ts'
import { addInteger } from '../redis/scripts/add-integer.ts'
import { removeValue } from '../redis/scripts/remove-value.ts'
import { swapValue } from '../redis/scripts/swap-value.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'

/** Values in one Redis or Valkey server. */
export class RedisStore implements Store {
  readonly #guard: Guard
  readonly #reads: ReadBatch
  readonly commands: Commands

  constructor(guard: Guard) {
    this.#guard = guard
    this.#reads = new ReadBatch((keys) => this.#readMany('get', keys))
    this.commands = {
      run: (operation, _key, command) => guard.run(operation, command),
      runAll: (operation, _key, commands) => guard.runAll(operation, commands),
      script: (operation, script, keys, args) => guard.script(operation, script, keys, args),
    }
  }

  get(key: string): Promise<Bytes | undefined> {
    return this.#reads.read(key)
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return keys.length === 0 ? [] : this.#readMany('getMany', keys)
  }

  async set(key: string, value: Bytes, write: Write): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return (await this.#guard.run('set', setCommand(key, value, write))) !== null
  }

  async setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    if (entries.length === 0) return
    this.#reads.flush()
    await this.#guard.transaction(
      'setMany',
      entries.map(([key, value]) => setCommand(key, value, { ttlMs })),
    )
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    this.#reads.beforeWrite(key)
    return this.#guard.script(
      'swap',
      swapValue,
      [key],
      [expected, value, ttlMs === undefined ? '' : String(ttlMs ?? 0)],
    )
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return this.#guard.script('delete', removeValue, [key], [expected])
  }

  async delete(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0
    this.#reads.flush()
    const counts = await this.#guard.runAll('delete', inPieces('UNLINK', keys))
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  async has(key: string): Promise<boolean> {
    return (await this.#guard.run('has', ['EXISTS', key])) === 1
  }

  async add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    this.#reads.beforeWrite(key)
    const ttl = create === undefined ? '' : String(create.ttlMs ?? 0)
    try {
      return await this.#guard.script('incr', addInteger, [key], [String(delta), ttl])
    } catch (error) {
      if (!isIntegerRefusal(error)) throw error
      return this.#addBeyond64Bits(key, delta, create)
    }
  }

  async move(from: string, to: string): Promise<boolean> {
    this.#reads.flush()
    try {
      await this.#guard.run('move', ['RENAME', from, to])
      return true
    } catch (error) {
      if (error instanceof CommandError && error.message.includes('no such key')) return false
      throw error
    }
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const ms = Number(await this.#guard.run('ttl', ['PTTL', key]))
    if (ms === -2) return undefined
    return ms === -1 ? null : ms
  }

  async expire(key: string, ttlMs: number | null): Promise<boolean> {
    this.#reads.beforeWrite(key)
    if (ttlMs !== null) return (await this.#guard.run('expire', ['PEXPIRE', key, String(ttlMs)])) === 1
    const [, exists] = await this.#guard.runAll('persist', [
      ['PERSIST', key],
      ['EXISTS', key],
    ])
    return exists === 1
  }

  async expireAt(key: string, timestampMs: number): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return (await this.#guard.run('expireAt', ['PEXPIREAT', key, String(timestampMs)])) === 1
  }

  async persist(key: string): Promise<boolean> {
    return (await this.#guard.run('persist', ['PERSIST', key])) === 1
  }

  async *scan(pattern: string, batch: number): AsyncGenerator<readonly string[], void, undefined> {
    let cursor = '0'
    do {
      const reply = await this.#guard.run('keys', ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(batch)])
      const [next, keys] = reply as readonly [Reply, readonly Reply[]]
      cursor = textOf(next)
      if (keys.length > 0) yield keys.map(textOf)
    } while (cursor !== '0')
  }

  async flush(): Promise<void> {
    this.#reads.flush()
    await this.#guard.run('clear', ['FLUSHDB', 'ASYNC'])
  }

  connect(): Promise<void> {
    return this.#guard.connect()
  }

  close(): Promise<void> {
    this.#reads.flush()
    return this.#guard.close()
  }

  raw(): Promise<unknown> {
    return this.#guard.raw()
  }

  stats(): StoreStats {
    return { store: 'redis', ...this.#guard.stats() }
  }

  async #readMany(operation: string, keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const [first] = keys
    if (keys.length === 1 && first !== undefined) return [await this.#readOne(operation, first)]
    const replies = (await this.#guard.runAll(operation, inPieces('MGET', keys))) as readonly (readonly Reply[])[]
    return replies.flatMap((reply) => reply.map(bytesOf))
  }

  /** A key that holds a hash, a list or the like has no value: MGET says so, and a lone read must not differ. */
  async #readOne(operation: string, key: string): Promise<Bytes | undefined> {
    try {
      return bytesOf(await this.#guard.run(operation, ['GET', key]))
    } catch (error) {
      if (error instanceof CommandError && error.reason === 'WRONGTYPE') return undefined
      throw error
    }
  }

  /** Redis counts in 64 bits; beyond them we add here, and write only over what we added to. */
  async #addBeyond64Bits(key: string, delta: bigint, create: Write | undefined): Promise<bigint | undefined> {
    for (;;) {
      const [found] = await this.#readMany('incr', [key])
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

/** Redis takes about a million arguments, and is deaf to others while it works on one command. */
const largestCommand = 10_000

function inPieces(name: string, keys: readonly string[]): Command[] {
  const commands: Command[] = []
  for (let start = 0; start < keys.length; start += largestCommand) {
    commands.push([name, ...keys.slice(start, start + largestCommand)])
  }
  return commands
}

function setCommand(key: string, value: Bytes, write: Write): Command {
  const expiry = write.ttlMs === null ? [] : ['PX', String(write.ttlMs)]
  const condition = write.when === undefined ? [] : [write.when === 'absent' ? 'NX' : 'XX']
  return ['SET', key, value, ...expiry, ...condition]
}

/** Not an integer, or one that 64 bits cannot hold: only looking at the value tells. */
function isIntegerRefusal(error: unknown): boolean {
  return error instanceof CommandError && /not an integer or out of range|would overflow/.test(error.message)
}

function bytesOf(reply: Reply): Bytes | undefined {
  if (reply === null) return undefined
  return reply instanceof Uint8Array ? reply : fromText(String(reply))
}

function textOf(reply: Reply): string {
  return reply instanceof Uint8Array ? toText(reply) : String(reply)
}
