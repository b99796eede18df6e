import type { Bytes } from '../base/bytes.ts'
import { Deadlines } from '../base/deadlines.ts'
import { CommandError, DeadlineError } from '../errors.ts'
import { Budget } from '../redis/budget.ts'
import { walkCluster } from '../redis/cluster-walk.ts'
import type { Cluster, Master, Outcome, SlotCommand } from '../redis/cluster.ts'
import type { Command, Reply } from '../redis/link.ts'
import { firstKeyOf } from '../redis/repeatable.ts'
import { sendScript } from '../redis/script.ts'
import { slotOf } from '../redis/slots.ts'
import { allSettled } from './all-settled.ts'
import { bytesOf, type Caller, inPieces, isOtherType, KeyCommands, setCommand } from './key-commands.ts'
import { moveAcross } from './move-across.ts'
import { checkParts, type Part } from './partial.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'

/**
 * Values in a Redis Cluster. What concerns many keys goes to all nodes at once, those of one slot as one command, and
 * fails for the keys of a node that does without holding up or undoing the others.
 */
export function clusterStore(cluster: Cluster, deadlineMs: number): Store {
  return new ClusterStore(cluster, deadlineMs)
}

class ClusterStore implements Store {
  readonly #cluster: Cluster
  readonly #caller: Caller
  readonly #keys: KeyCommands
  readonly #deadlines: Deadlines
  readonly commands: Commands

  constructor(cluster: Cluster, deadlineMs: number) {
    this.#cluster = cluster
    this.#caller = callerOf(cluster)
    this.#keys = new KeyCommands(this.#caller)
    this.#deadlines = new Deadlines(deadlineMs)
    this.commands = {
      run: (operation, key, command) => cluster.send(operation, { slot: slotOf(key), command }),
      runAll: (operation, _key, commands) => this.#caller.runAll(operation, commands),
      script: (operation, script, keys, args) => this.#caller.script(operation, script, keys, args),
    }
  }

  get(key: string): Promise<Bytes | undefined> {
    return this.#keys.get('get', key)
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    const values = Array.from<Bytes | undefined>({ length: keys.length })
    const groups = bySlot(keys).flatMap((group) => readsOf(group, keys))
    const outcomes = await this.#cluster.sendAll('getMany', groups)
    await Promise.all(
      groups.map(async ({ indices }, place) => {
        const found = await this.#valuesIn(outcomes[place] as Outcome, indices, keys)
        for (const [at, index] of indices.entries()) values[index] = found[at]
      }),
    )
    return values
  }

  set(key: string, value: Bytes, write: Write): Promise<boolean> {
    return this.#keys.set(key, value, write)
  }

  async setMany(entries: readonly (readonly [key: string, value: Bytes])[], ttlMs: number | null): Promise<void> {
    const commands = entries.map(([key, value]) => ({
      slot: slotOf(key),
      command: setCommand(key, value, { ttlMs }),
    }))
    const outcomes = await this.#cluster.sendAll('setMany', commands)
    checkParts(
      'setMany',
      entries.map(([key], index) => ({ keys: [key], error: errorOf(outcomes[index]) })),
    )
  }

  swap(key: string, expected: Bytes, value: Bytes, ttlMs: number | null | undefined): Promise<Swap> {
    return this.#keys.swap(key, expected, value, ttlMs)
  }

  remove(key: string, expected: Bytes): Promise<boolean> {
    return this.#keys.remove(key, expected)
  }

  async delete(keys: readonly string[]): Promise<number> {
    const groups = bySlot(keys).flatMap((group) => deletesOf(group, keys))
    const outcomes = await this.#cluster.sendAll('delete', groups)
    let count = 0
    const parts = await Promise.all(
      groups.map(async ({ indices }, place): Promise<Part> => {
        const names = indices.map((index) => keys[index] as string)
        try {
          const deleted = await this.#deletedIn(outcomes[place] as Outcome, names)
          count += deleted
          return { keys: names, error: undefined }
        } catch (error) {
          return { keys: names, error: error as Error }
        }
      }),
    )
    checkParts('delete', parts)
    return count
  }

  has(key: string): Promise<boolean> {
    return this.#keys.has(key)
  }

  add(key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    return this.#keys.add(key, delta, create)
  }

  /**
   * Between keys of one slot in one step. From one slot to another it is copied, then removed from where it was: for a
   * moment both are there, and after a failure both may stay.
   */
  move(from: string, to: string): Promise<boolean> {
    if (slotOf(from) === slotOf(to)) return this.#keys.rename(from, to)
    const { ms } = this.#deadlines
    const late = () => new DeadlineError('move', ms, `move: not done within ${ms} ms: a node hangs`)
    return this.#deadlines.race(this.#moveAcross(from, to), late, (error) => error as Error)
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#keys.ttl(key)
  }

  expire(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#keys.expire(key, ttlMs)
  }

  expireAt(key: string, timestampMs: number): Promise<boolean> {
    return this.#keys.expireAt(key, timestampMs)
  }

  persist(key: string): Promise<boolean> {
    return this.#keys.persist(key)
  }

  scan(pattern: string, batch: number): AsyncGenerator<readonly string[], void, undefined> {
    return walkCluster(this.#cluster, pattern, { batch, budget: () => new Budget(this.#deadlines.ms) })
  }

  async flush(): Promise<void> {
    const { ms } = this.#deadlines
    const late = () =>
      new DeadlineError('clear', ms, `clear: not done on every node within ${ms} ms: one of them hangs`)
    await this.#deadlines.race(this.#flushAll(), late, (error) => error as Error)
  }

  connect(): Promise<void> {
    return this.#cluster.connect()
  }

  close(): Promise<void> {
    return this.#cluster.close()
  }

  /** A client of the whole Cluster: the one handed in, or one of the library's, made when it is first asked for. */
  raw(): Promise<unknown> {
    return this.#cluster.raw()
  }

  within(): Store {
    return this
  }

  stats(): StoreStats {
    return { store: 'cluster', ...this.#cluster.stats() }
  }

  /** The values of one group; one whose keys are half on another node by now is read key by key. */
  async #valuesIn(
    outcome: Outcome,
    indices: readonly number[],
    keys: readonly string[],
  ): Promise<readonly (Bytes | undefined)[]> {
    const error = errorOf(outcome)
    if (error === undefined) return repliesIn(outcome, indices.length).map(bytesOf)
    if (isOtherType(error)) return [undefined]
    if (indices.length === 1 || !isApart(error)) throw error
    return allSettled(indices.map((index) => this.#keys.get('getMany', keys[index] as string)))
  }

  async #deletedIn(outcome: Outcome, keys: readonly string[]): Promise<number> {
    const error = errorOf(outcome)
    if (error === undefined) return Number((outcome as { readonly reply: Reply }).reply)
    if (keys.length === 1 || !isApart(error)) throw error
    const counts = await allSettled(keys.map((key) => this.#caller.run('delete', ['UNLINK', key])))
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  async #moveAcross(from: string, to: string): Promise<boolean> {
    if (await moveAcross({ source: this, from, target: this, to })) return true
    if (!(await this.has(from))) return false
    const advice = 'only values go from one slot to another; a collection does when both keys have the same {tag}'
    throw new CommandError('move', 'WRONGTYPE', `move: the key holds a collection: ${advice}`)
  }

  async #flushAll(): Promise<void> {
    const flushed = await Promise.allSettled((await this.#cluster.masters('clear')).map(flushMaster))
    const failures = flushed.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
    const [other] = failures.filter((error) => !(error instanceof CommandError && error.reason === 'READONLY'))
    if (other !== undefined) throw other
    if (failures.length === 0) return
    // Their replicas have taken their places.
    await allSettled((await this.#cluster.masters('clear')).map(flushMaster))
  }
}

interface Group extends SlotCommand {
  /** Of the keys in the list that was given. */
  readonly indices: readonly number[]
}

function bySlot(keys: readonly string[]): [slot: number, indices: number[]][] {
  const groups = new Map<number, number[]>()
  for (const [index, key] of keys.entries()) {
    const slot = slotOf(key)
    const group = groups.get(slot)
    if (group === undefined) groups.set(slot, [index])
    else group.push(index)
  }
  return [...groups]
}

function readsOf([slot, indices]: [number, number[]], keys: readonly string[]): Group[] {
  const names = indices.map((index) => keys[index] as string)
  if (names.length === 1) return [{ slot, command: ['GET', ...names], indices }]
  return pieces('MGET', slot, indices, names)
}

function deletesOf([slot, indices]: [number, number[]], keys: readonly string[]): Group[] {
  return pieces(
    'UNLINK',
    slot,
    indices,
    indices.map((index) => keys[index] as string),
  )
}

function pieces(name: string, slot: number, indices: readonly number[], keys: readonly string[]): Group[] {
  let start = 0
  return inPieces(name, keys).map((command) => {
    const end = start + command.length - 1
    const part = { slot, command, indices: indices.slice(start, end) }
    start = end
    return part
  })
}

function repliesIn(outcome: Outcome, count: number): readonly Reply[] {
  const { reply } = outcome as { readonly reply: Reply }
  return count === 1 && !Array.isArray(reply) ? [reply] : (reply as readonly Reply[])
}

function errorOf(outcome: Outcome | undefined): Error | undefined {
  return outcome !== undefined && 'error' in outcome ? outcome.error : undefined
}

/** Half of the keys of a slot are on another node already. */
function isApart(error: Error): boolean {
  return error.message.includes('TRYAGAIN')
}

function flushMaster(master: Master): Promise<Reply> {
  return master.run('clear', ['FLUSHDB', 'ASYNC'])
}

function callerOf(cluster: Cluster): Caller {
  const placed = (command: Command): SlotCommand => ({ slot: slotOf(firstKeyOf(command) ?? ''), command })
  return {
    run: (operation, command) => cluster.send(operation, placed(command)),
    runAll: async (operation, commands) =>
      (await cluster.sendAll(operation, commands.map(placed))).map((outcome) => {
        if ('error' in outcome) throw outcome.error
        return outcome.reply
      }),
    script: async (operation, script, keys, args) => {
      const [first = ''] = keys
      const slot = slotOf(first)
      if (keys.some((key) => slotOf(key) !== slot)) throw apart(operation)
      return sendScript((command) => cluster.send(operation, { slot, command }), script, keys, args)
    },
  }
}

function apart(operation: string): CommandError {
  const advice = "write the part that decides where they are in braces, the same in each: 'cart:{42}' and 'list:{42}'"
  return new CommandError(
    operation,
    'CROSSSLOT',
    `${operation}: the keys are in different slots of the Cluster: ${advice}`,
  )
}
