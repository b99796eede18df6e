import type { GuardStats } from './guard.ts'
import type { Command, Reply } from './link.ts'

/** One command, and the slot of the keys that it is about. */
export interface SlotCommand {
  readonly slot: number
  readonly command: Command
}

/** What became of one of several commands. */
export type Outcome = { readonly reply: Reply } | { readonly error: Error }

export interface ClusterStats extends GuardStats {
  /** How many have slots. */
  readonly nodes: number
  /** To how many nodes no calls go at the moment. */
  readonly openBreakers: number
}

/** One of the nodes that have slots, asked by itself. */
export interface Master {
  /** Its address, by which it is known again. */
  readonly name: string
  run(operation: string, command: Command): Promise<Reply>
}

/**
 * The port to a Redis Cluster: commands go to whichever node has their slot by now. Every method settles within the
 * deadline, with the errors of this package; a node that hangs fails only what concerns its slots.
 */
export interface Cluster {
  /** The Cluster, as a URL without its password: for messages. */
  readonly server: string
  send(operation: string, command: SlotCommand): Promise<Reply>
  /** Many at once, each with an outcome of its own, in the order given. Never rejects. */
  sendAll(operation: string, commands: readonly SlotCommand[]): Promise<readonly Outcome[]>
  /** The nodes that have slots now. */
  masters(operation: string): Promise<readonly Master[]>
  connect(): Promise<void>
  /** Lets what is under way end, then leaves; within the deadline. */
  close(): Promise<void>
  /** A client of the whole Cluster, connected. */
  raw(): Promise<unknown>
  stats(): ClusterStats
  /** The same Cluster, whose calls have another deadline. */
  within(deadlineMs: number): Cluster
}
