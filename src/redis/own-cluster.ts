import { CommandError, ConnectionError, DeadlineError } from '../errors.ts'
import { Budget } from './budget.ts'
import { type Answer, ask, askAll, type Call, type Step } from './cluster-asking.ts'
import type { OpenedClient } from './cluster-client.ts'
import { type ClusterNode, ClusterNodes, type ClusterNodesSettings } from './cluster-nodes.ts'
import { describeCluster } from './cluster-url.ts'
import type { Cluster, ClusterStats, Master, Outcome, SlotCommand } from './cluster.ts'
import type { Command, Reply } from './link.ts'
import { Turn, type TurnReason } from './turn.ts'

export interface OwnClusterSettings extends ClusterNodesSettings {
  readonly deadlineMs: number
  /** Makes what {@link Cluster.raw} answers. */
  readonly openClient: () => Promise<OpenedClient>
}

/**
 * A Cluster that we connect to ourselves: one guarded connection to each node that has slots, so that a node that hangs
 * is noticed, given up and connected anew without the others. Slots that have moved are followed.
 */
export function ownCluster(settings: OwnClusterSettings): Cluster {
  return new OwnCluster(settings, settings.deadlineMs)
}

/** After so many redirections the nodes do not agree with each other, and are given a moment. */
const quickSteps = 4
const pauseMs = 20

type Counted = 'calls' | 'waiting' | 'timeouts' | 'dropped'

const nobodyAsked = new Turn({ kind: 'unknown' })

/** What the same Cluster with other deadlines has in common. */
interface Shared {
  readonly nodes: ClusterNodes
  /** Calls that no node's guard waits for, because they look for their node. */
  readonly underWay: Set<Promise<unknown>>
  client: Promise<OpenedClient> | undefined
  closing: Promise<void> | undefined
}

class OwnCluster implements Cluster {
  readonly server: string
  readonly #settings: OwnClusterSettings
  readonly #shared: Shared
  readonly #nodes: ClusterNodes
  readonly #deadlineMs: number

  constructor(settings: OwnClusterSettings, deadlineMs: number, shared?: Shared) {
    this.server = describeCluster(settings.address)
    this.#settings = settings
    this.#deadlineMs = deadlineMs
    this.#shared = shared ?? {
      nodes: new ClusterNodes(settings),
      underWay: new Set(),
      client: undefined,
      closing: undefined,
    }
    this.#nodes = this.#shared.nodes
  }

  within(deadlineMs: number): Cluster {
    return new OwnCluster(this.#settings, deadlineMs, this.#shared)
  }

  send(operation: string, { slot, command }: SlotCommand): Promise<Reply> {
    if (this.#shared.closing !== undefined) return Promise.reject(this.#closed())
    const node = this.#nodes.ownerOf(slot)
    if (node === undefined) {
      return this.#started((budget) => this.#follow({ operation, slot, command, budget }, nobodyAsked, undefined))
    }
    const call = { operation, slot, command, budget: this.#budget() }
    return ask({ node, asking: false }, call).then((answer) =>
      answer instanceof Turn ? this.#follow(call, answer, node) : answer,
    )
  }

  async sendAll(operation: string, commands: readonly SlotCommand[]): Promise<readonly Outcome[]> {
    if (this.#shared.closing !== undefined) return commands.map(() => ({ error: this.#closed() }))
    if (this.#nodes.isKnown) return this.#sendAll(operation, commands, this.#budget())
    try {
      return await this.#started((budget) => this.#sendAll(operation, commands, budget))
    } catch (error) {
      return commands.map(() => ({ error: error as Error }))
    }
  }

  async masters(operation: string): Promise<readonly Master[]> {
    if (this.#shared.closing !== undefined) throw this.#closed()
    await this.#started((budget) => budget.race(this.#nodes.refresh(), () => this.#late(operation, undefined)))
    return this.#nodes.masters.map(({ name, guard, complain }) => ({
      name,
      run: (wanted, command) =>
        guard
          .within(this.#deadlineMs)
          .run(wanted, command)
          .catch((error: unknown) => {
            complain()
            throw error
          }),
    }))
  }

  async connect(): Promise<void> {
    await this.masters('connect')
    await Promise.all(this.#nodes.masters.map(({ guard }) => guard.connect()))
  }

  close(): Promise<void> {
    this.#shared.closing ??= this.#end()
    return this.#shared.closing
  }

  async raw(): Promise<unknown> {
    if (this.#shared.closing !== undefined) throw this.#closed()
    this.#shared.client ??= this.#settings.openClient().catch((error: unknown) => {
      this.#shared.client = undefined
      throw error
    })
    const opening = this.#shared.client
    const late = () => this.#late('raw', undefined)
    return (await this.#started((budget) => budget.race(opening, late))).client
  }

  stats(): ClusterStats {
    const { masters } = this.#nodes
    const each = [...this.#nodes.all].map(({ guard }) => guard.stats())
    const sum = (fact: Counted) => each.reduce((total, stats) => total + stats[fact], 0)
    const isReady = masters.length > 0 && masters.every(({ link }) => link.isReady)
    const state = this.#shared.closing !== undefined ? 'closed' : isReady ? 'ready' : 'idle'
    const counts = {
      calls: sum('calls'),
      waiting: sum('waiting'),
      timeouts: sum('timeouts'),
      dropped: sum('dropped'),
    }
    const openBreakers = each.filter(({ breaker }) => breaker === 'open' || breaker === 'half-open').length
    const breaker = each.every((stats) => stats.breaker === 'off') ? 'off' : openBreakers > 0 ? 'open' : 'closed'
    return { server: this.server, state, breaker, openBreakers, ...counts, nodes: masters.length }
  }

  async #end(): Promise<void> {
    while (this.#shared.underWay.size > 0) await Promise.allSettled(this.#shared.underWay)
    const client = await this.#shared.client?.catch(() => undefined)
    await Promise.all([this.#nodes.close(), client?.close()])
  }

  #budget(): Budget {
    return new Budget(this.#deadlineMs)
  }

  /** Work for which the nodes are not known. Reading the library from the disk is no waiting for Redis, so it comes first. */
  #started<T>(work: (budget: Budget) => Promise<T>): Promise<T> {
    const begun = async (): Promise<T> => {
      await this.#nodes.seed().link.load()
      return work(this.#budget())
    }
    return this.#track(begun())
  }

  async #sendAll(operation: string, commands: readonly SlotCommand[], budget: Budget): Promise<readonly Outcome[]> {
    const outcomes = Array.from<Outcome>({ length: commands.length })
    await Promise.all(
      [...this.#byNode(commands)].map(async ([node, indices]) => {
        const calls = indices.map((index) => ({ operation, budget, ...(commands[index] as SlotCommand) }))
        const answers = node === undefined ? calls.map(() => nobodyAsked) : await askAll(node, operation, calls)
        await Promise.all(
          indices.map(async (index, place) => {
            outcomes[index] = await this.#outcome(calls[place] as Call, answers[place] as Answer, node)
          }),
        )
      }),
    )
    return outcomes
  }

  /** The places of the commands in their list, by the node that has their slot. */
  #byNode(commands: readonly SlotCommand[]): Map<ClusterNode | undefined, number[]> {
    const groups = new Map<ClusterNode | undefined, number[]>()
    for (const [index, { slot }] of commands.entries()) {
      const node = this.#nodes.ownerOf(slot)
      const group = groups.get(node)
      if (group === undefined) groups.set(node, [index])
      else group.push(index)
    }
    return groups
  }

  async #outcome(call: Call, answer: Answer, node: ClusterNode | undefined): Promise<Outcome> {
    if (answer instanceof Error) return { error: answer }
    if (!(answer instanceof Turn)) return { reply: answer }
    try {
      return { reply: await this.#follow(call, answer, node) }
    } catch (error) {
      return { error: error as Error }
    }
  }

  /** Goes where the nodes say, until one answers or the time is up. */
  #follow(call: Call, first: Turn, asked: ClusterNode | undefined): Promise<Reply> {
    let turn = first
    const walk = async (): Promise<Reply> => {
      let node = asked
      for (let step = 1; ; step++) {
        if (step > quickSteps) await call.budget.pause(pauseMs)
        const next = await this.#nextStep(call, turn.reason, node)
        const answer = await ask(next, call)
        if (!(answer instanceof Turn)) return answer
        turn = answer
        node = next.node
      }
    }
    return this.#track(call.budget.race(walk(), () => this.#late(call.operation, turn.reason)))
  }

  async #nextStep(call: Call, reason: TurnReason, asked: ClusterNode | undefined): Promise<Step> {
    if (reason.kind === 'ask') return { node: this.#nodes.sentOnTo(reason.to), asking: true }
    if (reason.kind === 'moved') {
      const node = this.#nodes.sentOnTo(reason.to)
      this.#nodes.moved(call.slot, node)
      return { node, asking: false }
    }
    if (reason.kind === 'later') {
      if (reason.word === 'TRYAGAIN' && isSplittable(call.command)) throw halfMoved(call.operation)
      await call.budget.pause(pauseMs)
    }
    return this.#newOwner(call, reason, asked)
  }

  async #newOwner({ slot }: Call, reason: TurnReason, asked: ClusterNode | undefined): Promise<Step> {
    await this.#nodes.refresh().catch((error: unknown) => {
      throw reason.kind === 'lost' ? reason.error : error
    })
    const node = this.#nodes.ownerOf(slot) ?? this.#nodes.any()
    // Nobody took its place, and a connection that cannot be made once is not made by trying at once again.
    if (reason.kind === 'lost' && node === asked && !reason.sent) throw reason.error
    return { node, asking: false }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#shared.underWay.add(work)
    try {
      return await work
    } finally {
      this.#shared.underWay.delete(work)
    }
  }

  #late(operation: string, reason: TurnReason | undefined): Error {
    const { server } = this
    const deadlineMs = this.#deadlineMs
    if (reason?.kind === 'lost') return reason.error
    if (reason?.kind === 'later') {
      const message = `${operation}: ${server} did not serve the key within ${deadlineMs} ms: ${laterAdvice[reason.word] ?? ''} (${reason.word})`
      return new ConnectionError(server, message)
    }
    const message = `${operation}: no answer from ${server} within ${deadlineMs} ms: a node hangs, or the nodes do not agree who has the key`
    return new DeadlineError(operation, deadlineMs, message, server)
  }

  #closed(): ConnectionError {
    const message = `The cache on ${this.server} is closed: create a new one, or close it later`
    return new ConnectionError(this.server, message)
  }
}

const laterAdvice: Readonly<Record<string, string>> = {
  CLUSTERDOWN: 'a master is gone and no replica has taken its place yet, or some slots belong to nobody',
  TRYAGAIN: 'its keys are being moved to another node',
  LOADING: 'the node is still loading its data',
  MASTERDOWN: 'the node has lost its master',
}

/** What can be asked key by key just as well, which goes on while its slot is moved. */
function isSplittable([name]: Command): boolean {
  return name === 'MGET' || name === 'UNLINK'
}

function halfMoved(operation: string): CommandError {
  return new CommandError(operation, 'TRYAGAIN', `${operation}: some of the keys are on another node already: TRYAGAIN`)
}
