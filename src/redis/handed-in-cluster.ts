import type { Cluster, ClusterStats, Master, Outcome, SlotCommand } from './cluster.ts'
import type { Guard } from './guard.ts'
import type { ClusterLink } from './handed-in.ts'
import type { Command, Link, Reply } from './link.ts'
import { commandFailure } from './refusal.ts'
import { slotCount } from './slots.ts'

/**
 * A Cluster over a client that the user made: it finds the nodes and follows what they say by rules of its own; the
 * deadline is ours. `guard` is over the client's link.
 */
export function handedInCluster(client: ClusterLink, guard: Guard): Cluster {
  return new HandedInCluster(client, guard)
}

class HandedInCluster implements Cluster {
  readonly server: string
  readonly #client: ClusterLink
  readonly #guard: Guard

  constructor(client: ClusterLink, guard: Guard) {
    this.server = client.link.server
    this.#client = client
    this.#guard = guard
  }

  send(operation: string, { command }: SlotCommand): Promise<Reply> {
    return this.#guard.run(operation, command)
  }

  /** What came before the time was up counts, also when something else did not come. */
  async sendAll(operation: string, commands: readonly SlotCommand[]): Promise<readonly Outcome[]> {
    const outcomes = Array.from<Outcome>({ length: commands.length })
    await Promise.all(
      byRange(commands).map(async (indices) => {
        const own = await this.#sendPart(
          operation,
          indices.map((index) => (commands[index] as SlotCommand).command),
        )
        for (const [place, index] of indices.entries()) outcomes[index] = own[place] as Outcome
      }),
    )
    return outcomes
  }

  async masters(operation: string): Promise<readonly Master[]> {
    const masters = await this.#guard.call(operation, async () => this.#client.masters())
    return masters.map(({ name, send }) => ({
      name,
      run: (wanted, command) => this.#guard.call(wanted, () => send(command)),
    }))
  }

  connect(): Promise<void> {
    return this.#guard.connect()
  }

  close(): Promise<void> {
    return this.#guard.close()
  }

  raw(): Promise<unknown> {
    return this.#guard.raw()
  }

  stats(): ClusterStats {
    const stats = this.#guard.stats()
    const openBreakers = stats.breaker === 'open' || stats.breaker === 'half-open' ? 1 : 0
    return { ...stats, openBreakers, nodes: this.#client.masters().length }
  }

  within(deadlineMs: number): Cluster {
    return new HandedInCluster(this.#client, this.#guard.within(deadlineMs))
  }

  async #sendPart(operation: string, commands: readonly Command[]): Promise<readonly Outcome[]> {
    const outcomes = Array.from<Outcome | undefined>({ length: commands.length })
    const sent = this.#guard.call(operation, (link) =>
      Promise.all(
        commands.map(async (command, place) => {
          outcomes[place] = await outcomeOf(link, operation, command)
        }),
      ),
    )
    const failure = await sent.then(
      () => undefined,
      (error: unknown) => ({ error: error as Error }),
    )
    return outcomes.map((outcome) => outcome ?? (failure as Outcome))
  }
}

const slotsInRange = slotCount / 16

/**
 * The places of the commands in their list, by ranges of slots, which mostly have one node. Each range is a call by itself:
 * one for all would look to the breaker as if no node answered, whenever one does not.
 */
function byRange(commands: readonly SlotCommand[]): number[][] {
  const ranges = new Map<number, number[]>()
  for (const [index, { slot }] of commands.entries()) {
    const range = Math.floor(slot / slotsInRange)
    const indices = ranges.get(range)
    if (indices === undefined) ranges.set(range, [index])
    else indices.push(index)
  }
  return [...ranges.values()]
}

async function outcomeOf(link: Link, operation: string, command: Command): Promise<Outcome> {
  try {
    return { reply: await link.send(command) }
  } catch (error) {
    return { error: commandFailure(link.server, operation, error) }
  }
}
