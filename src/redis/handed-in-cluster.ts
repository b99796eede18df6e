import type { Cluster, ClusterStats, Master, Outcome, SlotCommand } from './cluster.ts'
import type { Guard } from './guard.ts'
import type { ClusterLink } from './handed-in.ts'
import type { Command, Link, Reply } from './link.ts'
import { commandFailure } from './refusal.ts'

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
    const outcomes = Array.from<Outcome | undefined>({ length: commands.length })
    const sent = this.#guard.call(operation, (link) =>
      Promise.all(
        commands.map(async ({ command }, index) => {
          outcomes[index] = await outcomeOf(link, operation, command)
        }),
      ),
    )
    const failure = await sent.then(
      () => undefined,
      (error: unknown) => ({ error: error as Error }),
    )
    return outcomes.map((outcome) => outcome ?? (failure as Outcome))
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
}

async function outcomeOf(link: Link, operation: string, command: Command): Promise<Outcome> {
  try {
    return { reply: await link.send(command) }
  } catch (error) {
    return { error: commandFailure(link.server, operation, error) }
  }
}
