import { ConnectionError } from '../errors.ts'
import { type ClusterAddress, describeCluster } from './cluster-url.ts'
import type { Guard } from './guard.ts'
import { type HostPort, placeName } from './host-port.ts'
import type { Link } from './link.ts'
import { parseSlots, type SlotRange } from './slot-map.ts'
import { slotCount } from './slots.ts'

/** One node of a Cluster, with a connection, a deadline and a state of its own. */
export interface ClusterNode {
  /** Its address, by which it is known again. */
  readonly name: string
  readonly place: HostPort
  readonly link: Link
  readonly guard: Guard
  /** Tells that it does not answer: from then on it is asked elsewhere whether another one has its slots. */
  readonly complain: () => void
  /** Until then it is kept though it has no slots, by `performance.now()`. */
  keptUntil: number
}

export interface ClusterNodesSettings {
  readonly address: ClusterAddress
  /** A node that is not connected yet. */
  readonly open: (place: HostPort) => Pick<ClusterNode, 'link' | 'guard'>
}

/** How long a node is waited for before the next one is asked as well where the slots are. */
const nextNodeAfterMs = 100
/** What was told so recently is not asked again. */
const freshMs = 50
/** How often it is asked where the slots are while a node does not answer, and for how long after the last complaint. */
const lookEveryMs = 200
const lookForMs = 5000
/** How long a node is kept that commands were sent on to. */
const keepMs = 10_000

/** The nodes of a Cluster and which of them has which slots, as far as one has been told. */
export class ClusterNodes {
  readonly #settings: ClusterNodesSettings
  readonly #server: string
  readonly #nodes = new Map<string, ClusterNode>()
  #owners: (ClusterNode | undefined)[] = []
  #masters: readonly ClusterNode[] = []
  #teller: ClusterNode | undefined
  #loading: Promise<void> | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #lookUntil = 0
  #looking: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: ClusterNodesSettings) {
    this.#settings = settings
    this.#server = describeCluster(settings.address)
    // So that the library is read while the program starts.
    this.seed()
  }

  /** Whether it is known where the slots are. */
  get isKnown(): boolean {
    return this.#masters.length > 0
  }

  /** The nodes that have slots. */
  get masters(): readonly ClusterNode[] {
    return this.#masters
  }

  /** All that are or were spoken to. */
  get all(): Iterable<ClusterNode> {
    return this.#nodes.values()
  }

  ownerOf(slot: number): ClusterNode | undefined {
    return this.#owners[slot]
  }

  /** The first of the nodes that were named at the start. */
  seed(): ClusterNode {
    return this.#at(this.#settings.address.nodes[0] as HostPort)
  }

  /** Any node, for what no node is known to do. */
  any(): ClusterNode {
    return this.#masters.find(({ link }) => link.isReady) ?? this.#masters[0] ?? this.seed()
  }

  /** The node that a command is sent on to. */
  sentOnTo(place: HostPort): ClusterNode {
    const node = this.#at(place)
    node.keptUntil = performance.now() + keepMs
    return node
  }

  /** A node told that this slot is another one's. */
  moved(slot: number, node: ClusterNode): void {
    this.#owners[slot] = node
    // Others have moved with it, or are about to.
    if (this.#looking === undefined && !this.#closed) this.#lookIn(lookEveryMs)
  }

  /** Asks where the slots are, unless that was asked after `since`. @throws ConnectionError when no node tells */
  async refresh(since: number = performance.now() - freshMs): Promise<void> {
    if (this.#loadedAt >= since) return
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined))
    await this.#loading
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#looking)
    const outcomes = await Promise.allSettled([...this.#nodes.values()].map(({ guard }) => guard.close()))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** A node is not as it was known: asks again and again for a while, in the background. */
  #look(): void {
    this.#lookUntil = performance.now() + lookForMs
    if (this.#looking === undefined && !this.#closed) this.#lookIn(0)
  }

  #lookIn(ms: number): void {
    this.#looking = setTimeout(() => {
      void this.refresh()
        .catch(() => undefined)
        .then(() => {
          this.#looking = undefined
          if (performance.now() < this.#lookUntil && !this.#closed) this.#lookIn(lookEveryMs)
        })
    }, ms).unref()
  }

  #at(place: HostPort): ClusterNode {
    const name = placeName(place)
    let node = this.#nodes.get(name)
    if (node === undefined) {
      node = { name, place, ...this.#settings.open(place), complain: () => this.#look(), keptUntil: 0 }
      this.#nodes.set(name, node)
      if (this.#closed) void node.guard.close().catch(() => undefined)
    }
    return node
  }

  async #load(): Promise<void> {
    const begun = performance.now()
    const told = (node: ClusterNode) => slotsToldBy(node).then((ranges) => ({ node, ranges }))
    const { node, ranges } = await firstAnswer(this.#candidates(), told, nextNodeAfterMs).catch((failures: unknown) => {
      throw nobodyTold(this.#server, failures as readonly unknown[])
    })
    this.#teller = node
    this.#apply(ranges)
    this.#loadedAt = begun
  }

  /** The one that answered last, then those that a connection is there to. */
  #candidates(): ClusterNode[] {
    const seeds = this.#settings.address.nodes.map((place) => this.#at(place))
    const all = [...new Set([...this.#masters, ...seeds])]
    const rank = (node: ClusterNode) => (node === this.#teller ? 0 : node.link.isReady ? 1 : 2)
    return all.toSorted((a, b) => rank(a) - rank(b))
  }

  #apply(ranges: readonly SlotRange[]): void {
    const owners = Array.from<ClusterNode | undefined>({ length: slotCount })
    for (const { first, last, master } of ranges) owners.fill(this.#at(master), first, last + 1)
    this.#owners = owners
    this.#masters = [...new Set(owners)].filter((node) => node !== undefined)
    const now = performance.now()
    for (const node of this.#nodes.values()) {
      if (this.#masters.includes(node) || node.keptUntil > now) continue
      this.#nodes.delete(node.name)
      void node.guard.close().catch(() => undefined)
    }
  }
}

async function slotsToldBy({ guard, place, name }: ClusterNode): Promise<SlotRange[]> {
  const ranges = parseSlots(await guard.run('connect', ['CLUSTER', 'SLOTS']), place)
  if (ranges.length === 0) throw new Error(`${name} knows of no node that has slots`)
  return ranges
}

/** The first answer of all. Each is asked a while after the one before it, or when that failed. @throws all failures, as a list */
function firstAnswer<Asked, T>(
  candidates: readonly Asked[],
  ask: (candidate: Asked) => Promise<T>,
  nextAfterMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const failures: unknown[] = []
    let next = 0
    let timer: NodeJS.Timeout | undefined
    const askNext = (): void => {
      clearTimeout(timer)
      const candidate = candidates[next++]
      if (candidate === undefined) return
      if (next < candidates.length) timer = setTimeout(askNext, nextAfterMs)
      ask(candidate).then(
        (answer) => {
          clearTimeout(timer)
          next = candidates.length
          resolve(answer)
        },
        (error: unknown) => {
          failures.push(error)
          if (failures.length === candidates.length) reject(failures)
          else askNext()
        },
      )
    }
    askNext()
  })
}

function nobodyTold(server: string, failures: readonly unknown[]): ConnectionError {
  const reason = failures[0] instanceof Error ? failures[0].message : 'no reason given'
  const advice = /cluster support disabled/.test(reason)
    ? 'that server is no node of a Cluster: begin its URL with redis: instead of redis+cluster:'
    : `no node told where the slots are: ${reason}`
  return new ConnectionError(
    server,
    `Could not connect to ${server}: ${advice}`,
    new AggregateError(failures, 'Each node was asked'),
  )
}
