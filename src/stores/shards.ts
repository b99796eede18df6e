import type { Bytes } from '../base/bytes.ts'
import { Deadlines } from '../base/deadlines.ts'
import { CommandError, DeadlineError } from '../errors.ts'
import { allSettled } from './all-settled.ts'
import { moveAcross } from './move-across.ts'
import { checkParts, type Part, partOf } from './partial.ts'
import { createRing, type Ring } from './ring.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'
import { Views } from './views.ts'

/** One of the servers that values are spread over. */
export interface Shard {
  /** What its share of the keys depends on: the same text on every side, such as the server's URL in Django's LOCATION. */
  readonly name: string
  readonly store: Store
}

/** Makes what chooses a shard, out of their names. */
export type RingMaker = (names: readonly string[]) => Ring

/**
 * Values spread over independent stores, each key on one of them, by django-redis' hash ring unless told otherwise. What
 * concerns many keys is asked of all stores at once, and fails for the keys of one that does without undoing the others.
 */
export function shardedStore(shards: readonly Shard[], deadlineMs: number, ringOf: RingMaker = createRing): Store {
  return new ShardedStore(shards, deadlineMs, ringOf(shards.map((shard) => shard.name)))
}

class ShardedStore implements Store {
  readonly #shards: readonly Shard[]
  readonly #stores: readonly Store[]
  readonly #ring: Ring
  readonly #deadlines: Deadlines
  readonly #views = new Views((deadlineMs: number) => {
    const shards = this.#shards.map(({ name, store }) => ({ name, store: store.within(deadlineMs) }))
    return new ShardedStore(shards, deadlineMs, this.#ring)
  })
  readonly commands?: Commands

  constructor(shards: readonly Shard[], deadlineMs: number, ring: Ring) {
    this.#shards = shards
    this.#stores = shards.map((shard) => shard.store)
    this.#ring = ring
    this.#deadlines = new Deadlines(deadlineMs)
    const commands = this.#stores.map((store) => store.commands)
    if (commands.every((known) => known !== undefined)) this.commands = this.#routed(commands)
  }

  get(key: string): Promise<Bytes | undefined> {
    return this.#of(key).get(key)
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const values = Array.from<Bytes | undefined>({ length: keys.length })
    const parts = await this.#inParts(keys, async (store, own, indices) => {
      const found = await store.getMany(own)
      for (const [place, index] of indices.entries()) values[index] = found[place]
    })
    checkParts('getMany', parts, { values })
    return values
  }

  set(key: string, value: Bytes, write: Write): Promise<boolean> {
    return this.#of(key).set(key, value, write)
  }

  async setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    const keys = entries.map(([key]) => key)
    const parts = await this.#inParts(keys, (store, _own, indices) =>
      store.setMany(
        indices.map((index) => entries[index] as readonly [string, Bytes]),
        ttlMs,
      ),
    )
    checkParts('setMany', parts)
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    return this.#of(key).swap(key, expected, value, ttlMs)
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#of(key).remove(key, expected)
  }

  async delete(keys: readonly string[]): Promise<number> {
    let deleted = 0
    const parts = await this.#inParts(keys, async (store, own) => {
      const count = await store.delete(own)
      deleted += count
    })
    checkParts('delete', parts, { deleted })
    return deleted
  }

  has(key: string): Promise<boolean> {
    return this.#of(key).has(key)
  }

  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    return this.#of(key).add(key, delta, create)
  }

  /**
   * Within one shard in one step. From one to another it is copied, then removed from where it was: for a moment both
   * are there, and after a failure both may stay.
   */
  move(from: string, to: string): Promise<boolean> {
    const [source, target] = [this.#of(from), this.#of(to)]
    if (source === target) return source.move(from, to)
    const late = () =>
      new DeadlineError('move', this.#deadlines.ms, `move: not done within ${this.#deadlines.ms} ms: a shard hangs`)
    return this.#deadlines.race(moveAcross({ source, from, target, to }), late, asError)
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#of(key).ttl(key)
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#of(key).expire(key, ttlMs)
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    return this.#of(key).expireAt(key, timestampMs)
  }

  persist(key: string): Promise<boolean> {
    return this.#of(key).persist(key)
  }

  async *scan(pattern: string, batch: number): AsyncGenerator<readonly string[], void, undefined> {
    for (const store of this.#stores) yield* store.scan(pattern, batch)
  }

  async flush(): Promise<void> {
    await allSettled(this.#stores.map((store) => store.flush()))
  }

  async connect(): Promise<void> {
    await allSettled(this.#stores.map((store) => store.connect()))
  }

  async close(): Promise<void> {
    await allSettled(this.#stores.map((store) => store.close()))
  }

  /** The client of each shard, in the order of the locations. */
  raw(options: { readonly write: boolean }): Promise<unknown[]> {
    return allSettled(this.#stores.map((store) => store.raw(options)))
  }

  within(deadlineMs: number): Store {
    return this.#views.of(deadlineMs)
  }

  stats(): StoreStats {
    return { ...summed(this.#stores.map((store) => store.stats())), store: 'shards', shards: this.#stores.length }
  }

  #of(key: string): Store {
    return this.#stores[this.#ring.indexOf(key)] as Store
  }

  /** Does `work` with each store that has some of the keys, at once, and says of each whether it was done. */
  #inParts(
    keys: readonly string[],
    work: (store: Store, own: readonly string[], indices: readonly number[]) => Promise<void>,
  ): Promise<Part[]> {
    return Promise.all(
      [...this.#grouped(keys)].map(([store, indices]) => {
        const own = indices.map((index) => keys[index] as string)
        return partOf(own, () => work(store, own, indices))
      }),
    )
  }

  /** The places of the keys in their list, by the store that keeps them. */
  #grouped(keys: readonly string[]): Map<Store, number[]> {
    const groups = new Map<Store, number[]>()
    for (const [index, key] of keys.entries()) {
      const store = this.#of(key)
      const group = groups.get(store)
      if (group === undefined) groups.set(store, [index])
      else group.push(index)
    }
    return groups
  }

  #routed(commands: readonly Commands[]): Commands {
    const on = (key: string | undefined) => commands[key === undefined ? 0 : this.#ring.indexOf(key)] as Commands
    return {
      run: (operation, key, command) => on(key).run(operation, key, command),
      runAll: (operation, key, several) => on(key).runAll(operation, key, several),
      script: (operation, script, keys, args) => {
        const [first] = keys
        if (keys.some((key) => on(key) !== on(first))) return Promise.reject(apart(operation))
        return on(first).script(operation, script, keys, args)
      },
    }
  }
}

function apart(operation: string): CommandError {
  const advice = 'give keys that go together the same {tag} at their end'
  return new CommandError(operation, 'CROSSSLOT', `${operation}: the keys are on different shards: ${advice}`)
}

/** Facts that are numbers, added up. */
function summed(all: readonly StoreStats[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [fact, value] of all.flatMap((stats) => Object.entries(stats))) {
    if (typeof value === 'number') sums[fact] = (sums[fact] ?? 0) + value
  }
  return sums
}

function asError(error: unknown): Error {
  return error as Error
}
