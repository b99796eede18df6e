import { type Bytes, toText } from '../base/bytes.ts'
import type { Guard } from '../redis/guard.ts'
import type { Reply } from '../redis/link.ts'
import { type BatchReading, ReadBatch } from '../redis/read-batch.ts'
import { bytesOf, inPieces, KeyCommands, setCommand } from './key-commands.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'
import { Views } from './views.ts'

/** Values in one Redis or Valkey server. */
export class RedisStore implements Store {
  readonly #guard: Guard
  readonly #keys: KeyCommands
  readonly #reads: ReadBatch
  readonly #views = new Views((deadlineMs: number) => new RedisStore(this.#guard.within(deadlineMs), this.#reads))
  readonly #isView: boolean
  readonly commands: Commands

  /** `readsBefore`: reads that wait in the store that this one is a view of, and go before what this one writes. */
  constructor(guard: Guard, readsBefore?: ReadBatch) {
    this.#guard = guard
    this.#keys = new KeyCommands(guard)
    this.#isView = readsBefore !== undefined
    this.#reads = readsBefore ?? new ReadBatch(this.#reading())
    this.commands = {
      run: (operation, _key, command) => guard.run(operation, command),
      runAll: (operation, _key, commands) => guard.runAll(operation, commands),
      script: (operation, script, keys, args) => guard.script(operation, script, keys, args),
    }
  }

  get(key: string): Promise<Bytes | undefined> {
    // Those that have a deadline of their own do not share a command with others.
    return this.#isView ? this.#keys.get('get', key) : this.#reads.read(key)
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return keys.length === 0 ? [] : this.#readMany('getMany', keys)
  }

  set(key: string, value: Bytes, write: Write): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return this.#keys.set(key, value, write)
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
    return this.#keys.swap(key, expected, value, ttlMs)
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return this.#keys.remove(key, expected)
  }

  async delete(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0
    this.#reads.flush()
    const counts = await this.#guard.runAll('delete', inPieces('UNLINK', keys))
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  has(key: string): Promise<boolean> {
    return this.#keys.has(key)
  }

  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    this.#reads.beforeWrite(key)
    return this.#keys.add(key, delta, create)
  }

  move(from: string, to: string): Promise<boolean> {
    this.#reads.flush()
    return this.#keys.rename(from, to)
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#keys.ttl(key)
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return this.#keys.expire(key, ttlMs)
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    this.#reads.beforeWrite(key)
    return this.#keys.expireAt(key, timestampMs)
  }

  persist(key: string): Promise<boolean> {
    return this.#keys.persist(key)
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

  within(deadlineMs: number): Store {
    return this.#views.of(deadlineMs)
  }

  stats(): StoreStats {
    return { store: 'redis', ...this.#guard.stats() }
  }

  #reading(): BatchReading {
    return { one: (key) => this.#keys.get('get', key), many: (keys) => this.#readMany('get', keys) }
  }

  async #readMany(operation: string, keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const [first] = keys
    if (keys.length === 1 && first !== undefined) return [await this.#keys.get(operation, first)]
    const replies = (await this.#guard.runAll(operation, inPieces('MGET', keys))) as readonly (readonly Reply[])[]
    return replies.flatMap((reply) => reply.map(bytesOf))
  }
}

function textOf(reply: Reply): string {
  return reply instanceof Uint8Array ? toText(reply) : String(reply)
}
