import { toText } from '../base/bytes.ts'
import { ConnectionError } from '../errors.ts'
import type { Budget } from './budget.ts'
import type { Cluster, Master } from './cluster.ts'
import type { Reply } from './link.ts'

/** What one master says of its own slots. */
interface Holding {
  readonly master: Master
  /** Ranges as it names them, such as `0-5460`. */
  readonly ranges: ReadonlySet<string>
  /** Whether keys of other slots are just being brought to it. */
  readonly isReceiving: boolean
}

/** So often at most nodes are walked over again because slots went to them meanwhile. */
const mostRounds = 8

/**
 * The keys that match on all masters, page by page. A key that wanders from one to another while these are walked over
 * could be missed on both: masters that got slots meanwhile are walked over again. `budget` is what each step may take.
 */
export async function* walkCluster(
  cluster: Cluster,
  pattern: string,
  options: { readonly batch: number; readonly budget: () => Budget },
): AsyncGenerator<readonly string[], void, undefined> {
  const step = <T>(work: () => Promise<T>): Promise<T> => {
    const budget = options.budget()
    return budget.race(work(), () => late(cluster, budget.ms))
  }
  let before = await step(() => survey(cluster))
  let wanted: readonly Holding[] = before
  for (let round = 1; wanted.length > 0 && round <= mostRounds; round++) {
    for (const { master } of wanted)
      yield* walkMaster(cluster, master, step, ['MATCH', pattern, 'COUNT', String(options.batch)])
    const after = await step(() => survey(cluster))
    // A second walk over one that still receives finds all that had left the others before it began.
    wanted = after.filter((holding) => hasGained(holding, before) || (round === 1 && receives(holding, before)))
    before = after
  }
}

type Step = <T>(work: () => Promise<T>) => Promise<T>

async function* walkMaster(
  cluster: Cluster,
  master: Master,
  step: Step,
  what: readonly string[],
): AsyncGenerator<readonly string[], void, undefined> {
  let cursor = '0'
  do {
    const from = cursor
    const page = await step(() => master.run('keys', ['SCAN', from, ...what])).catch(async (error: unknown) => {
      // Whoever has its slots now got them meanwhile and is walked over afterwards.
      if (!(await step(() => isStillMaster(cluster, master)).catch(() => true))) return undefined
      throw error
    })
    if (page === undefined) return
    const [next, keys] = page as readonly [Reply, readonly Reply[]]
    cursor = textOf(next)
    if (keys.length > 0) yield keys.map(textOf)
  } while (cursor !== '0')
}

async function isStillMaster(cluster: Cluster, { name }: Master): Promise<boolean> {
  return (await cluster.masters('keys')).some((master) => master.name === name)
}

/** What each master has, as it says itself. */
async function survey(cluster: Cluster): Promise<Holding[]> {
  const masters = await cluster.masters('keys')
  return Promise.all(
    masters.map(async (master) => holdingOf(master, textOf(await master.run('keys', ['CLUSTER', 'NODES'])))),
  )
}

/** Reads the line of the node itself: eight fields, then its slots, `[slot-<-node]` being one that is brought to it. */
function holdingOf(master: Master, nodes: string): Holding {
  const own = nodes.split('\n').find((line) => /^\S+ \S+ (?:\S+,)?myself\b/.test(line)) ?? ''
  const slots = own.trim().split(' ').slice(8)
  return {
    master,
    ranges: new Set(slots.filter((slot) => !slot.startsWith('['))),
    isReceiving: slots.some((slot) => slot.includes('-<-')),
  }
}

function hasGained({ master, ranges }: Holding, before: readonly Holding[]): boolean {
  const known = before.find((holding) => holding.master.name === master.name)?.ranges
  return [...ranges].some((range) => known?.has(range) !== true)
}

function receives({ master, isReceiving }: Holding, before: readonly Holding[]): boolean {
  return isReceiving || before.some((holding) => holding.master.name === master.name && holding.isReceiving)
}

function late({ server }: Cluster, ms: number): ConnectionError {
  return new ConnectionError(
    server,
    `keys: the nodes of ${server} did not answer within ${ms} ms: is one of them hanging?`,
  )
}

function textOf(reply: Reply): string {
  return reply instanceof Uint8Array ? toText(reply) : String(reply)
}
