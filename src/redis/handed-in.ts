import { ConnectionError } from '../errors.ts'
import type { Command, Link, Reply } from './link.ts'
import { connectFailure } from './refusal.ts'

/** How messages name a client that the user made. */
export const handedInName = 'the Redis client handed in'

/** The events that every client library has. */
export interface ClientEvents {
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'error' | 'ready' | 'connect', listener: (error: Error) => void): unknown
  off(event: 'error' | 'ready' | 'connect', listener: (error: Error) => void): unknown
}

/** A client that the user made and keeps, as far as it matters here. */
export interface HandedIn {
  readonly client: ClientEvents & { connect(): Promise<unknown> }
  isReady(): boolean
  /** Whether it was connected once, or is just being. */
  isBegun(): boolean
  /** Whether its owner has closed it for good. */
  isEnded(): boolean
  /** The event that tells that it is ready. */
  readonly readyEvent: 'ready' | 'connect'
  send(command: Command): Promise<Reply>
  transaction(commands: readonly Command[]): Promise<readonly Reply[]>
}

/** A node of a Cluster's client, asked by itself. */
export interface ClientMaster {
  /** Its address, by which it is known again. */
  readonly name: string
  send(command: Command): Promise<Reply>
}

/** A link whose client finds the nodes of a Cluster by itself. */
export interface ClusterLink {
  readonly link: Link
  /** The nodes that have slots, as far as the client knows. */
  masters(): readonly ClientMaster[]
}

/** The link over a client of a Cluster. Its PING is for every node at once: the Cluster is there as soon as one answers. */
export function handedInClusterLink(handedIn: HandedIn, masters: () => readonly ClientMaster[]): ClusterLink {
  const send = (command: Command): Promise<Reply> => {
    const nodes = command[0] === 'PING' ? masters() : []
    return nodes.length === 0 ? handedIn.send(command) : Promise.any(nodes.map((node) => node.send(command)))
  }
  return { link: handedInLink({ ...handedIn, send }), masters }
}

/** The link over a client that the user made and keeps: connected when it is not yet, never closed. */
export function handedInLink(handedIn: HandedIn): Link {
  const { client, isReady, send, transaction } = handedIn
  const open = opener(handedIn)
  quieten(client)
  let quietened = true
  return {
    server: handedInName,
    get isReady() {
      return isReady()
    },
    load: async () => undefined,
    open,
    send,
    transaction,
    drop: ignore,
    async close() {
      if (quietened) unquieten(client)
      quietened = false
    },
    async raw() {
      await open()
      return client
    },
  }
}

/** As `work`, unless the client reports an error first. */
export async function unlessError<T>(client: Pick<ClientEvents, 'once' | 'off'>, work: Promise<T>): Promise<T> {
  let heard: (error: Error) => void = ignore
  const failed = new Promise<never>((_, reject) => client.once('error', (heard = reject)))
  return Promise.race([work, failed]).finally(() => client.off('error', heard))
}

function opener(handedIn: HandedIn): () => Promise<void> {
  let opening: Promise<unknown> | undefined
  return async () => {
    if (handedIn.isReady()) return
    if (handedIn.isEnded()) throw ended()
    opening ??= firstNews(handedIn).finally(() => (opening = undefined))
    await opening.catch((error: unknown) => {
      throw connectFailure(handedInName, error)
    })
  }
}

/** The next thing that a client tells of its connection. */
function firstNews({ client, isBegun, readyEvent }: HandedIn): Promise<unknown> {
  if (!isBegun()) return unlessError(client, client.connect())
  let heard = ignore
  const ready = new Promise<void>((resolve) => client.once(readyEvent, (heard = () => resolve())))
  return unlessError(client, ready).finally(() => client.off(readyEvent, heard))
}

/** How many caches a client was handed to: one listener serves them all. */
const quiet = new WeakMap<ClientEvents, number>()

/** An error event that nobody listens to would end the process. */
function quieten(client: ClientEvents): void {
  const users = quiet.get(client) ?? 0
  if (users === 0) client.on('error', ignore)
  quiet.set(client, users + 1)
}

function unquieten(client: ClientEvents): void {
  const users = quiet.get(client) ?? 1
  if (users === 1) client.off('error', ignore)
  quiet.set(client, users - 1)
}

function ended(): ConnectionError {
  return new ConnectionError(
    handedInName,
    `${handedInName} was closed by its owner: hand in one that is open, or give a location instead`,
  )
}

function ignore(): void {}
