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
import { bytesOf, type Caller, isOtherType, KeyCommands, setCommand } from './key-commands.ts'
import { moveAcross } from './move-across.ts'
import { checkParts, type Part, partOf } from './partial.ts'
import { deletesOf, readsOf, type SlotGroup } from './slot-groups.ts'
import type { Commands, Store, StoreStats, Swap, Write } from './store.ts'
import { Views } from './views.ts'

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
  readonly #views = new Views((deadlineMs: number) => clusterStore(this.#cluster.within(deadlineMs), deadlineMs))
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
    const parts = await this.#inParts('getMany', readsOf(keys), async (outcome, group) => {
      const found = await this.#valuesIn(outcome, group.keys)
      for (const [at, index] of group.indices.entries()) values[index] = found[at]
    })
    checkParts('getMany', parts, { values })
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
    let deleted = 0
    const parts = await this.#inParts('delete', deletesOf(keys), async (outcome, group) => {
      const count = await this.#deletedIn(outcome, group.keys)
      deleted += count
    })
    checkParts('delete', parts, { deleted })
    return deleted
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
    const late = () =>
      new DeadlineError('move', ms, `move: not done within ${ms} ms: a node hangs`, this.#cluster.server)
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
    const message = `clear: not done on every node within ${ms} ms: one of them hangs`
    const late = () => new DeadlineError('clear', ms, message, this.#cluster.server)
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

  within(deadlineMs: number): Store {
    return this.#views.of(deadlineMs)
  }

  stats(): StoreStats {
    return { store: 'cluster', ...this.#cluster.stats() }
  }

  /** Sends all, and says of each group whether what came of it could be taken. */
  async #inParts(
    operation: string,
    groups: readonly SlotGroup[],
    take: (outcome: Outcome, group: SlotGroup) => Promise<void>,
  ): Promise<Part[]> {
    const outcomes = await this.#cluster.sendAll(operation, groups)
    return Promise.all(groups.map((group, place) => partOf(group.keys, () => take(outcomes[place] as Outcome, group))))
  }

  /** The values of one group; one whose keys are half on another node by now is read key by key. */
  async #valuesIn(outcome: Outcome, keys: readonly string[]): Promise<readonly (Bytes | undefined)[]> {
    const error = errorOf(outcome)
    if (error === undefined) return repliesIn(outcome, keys.length).map(bytesOf)
    if (isOtherType(error)) return [undefined]
    if (keys.length === 1 || !isApart(error)) throw error
    return allSettled(keys.map((key) => this.#keys.get('getMany', key)))
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
