import { type Bytes, view } from '../base/bytes.ts'
import { type ClientEvents, type ClusterLink, type HandedIn, handedInClusterLink, handedInLink } from './handed-in.ts'
import { placeName } from './host-port.ts'
import type { Command, Link, Reply } from './link.ts'

type Argument = string | Buffer

/** The members of a client of ioredis or iovalkey that are used here, so that any version with them fits. */
export interface IoRedisClient extends ClientEvents {
  readonly status: string
  connect(): Promise<unknown>
  callBuffer(name: string, ...args: Argument[]): Promise<unknown>
  multi(): { callBuffer(name: string, ...args: Argument[]): unknown; exec(): Promise<unknown> }
}

/** Of a Cluster there are these beside them. */
export interface IoRedisCluster extends IoRedisClient {
  nodes(role: 'master'): readonly IoRedisNode[]
}

type Caller = Pick<IoRedisClient, 'callBuffer'>

interface IoRedisNode extends Caller {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
}

/** Over a client of one server, found by Sentinels or not. */
export function handedInIoRedis(client: IoRedisClient): Link {
  return handedInLink(handedIn(client))
}

/** Over a client of a Cluster. */
export function handedInIoRedisCluster(client: IoRedisCluster): ClusterLink {
  return handedInClusterLink(handedIn(client), () =>
    client.nodes('master').map((node) => ({
      name: placeName({ host: node.options.host ?? '', port: node.options.port ?? 6379 }),
      send: (command) => callOn(node, command),
    })),
  )
}

function handedIn(client: IoRedisClient): HandedIn {
  return {
    client,
    isReady: () => client.status === 'ready',
    isBegun: () => client.status !== 'wait',
    isEnded: () => client.status === 'end',
    readyEvent: 'ready',
    send: (command) => callOn(client, command),
    transaction: (commands) => transactionOn(client, commands),
  }
}

/** By the method of its name where there is one: with automatic pipelining, these libraries lose the name in `callBuffer`. */
async function callOn(client: Caller, command: Command): Promise<Reply> {
  const [name, ...args] = asArguments(command)
  const method: unknown = Reflect.get(client, `${name}Buffer`)
  const reply = isMethod(method) ? method.apply(client, args) : client.callBuffer(name, ...args)
  return (await reply.catch(withoutCommand)) as Reply
}

function isMethod(value: unknown): value is (...args: Argument[]) => Promise<unknown> {
  return typeof value === 'function'
}

async function transactionOn(client: IoRedisClient, commands: readonly Command[]): Promise<readonly Reply[]> {
  const multi = client.multi()
  for (const command of commands) multi.callBuffer(...asArguments(command))
  const outcomes = (await multi.exec().catch(withoutCommand)) as readonly (readonly [error: unknown, reply: Reply])[]
  return outcomes.map(([error, reply]) => (error instanceof Error ? withoutCommand(error) : reply))
}

/** These libraries find the keys in a command by its name in small letters, and take Buffers but no other bytes. */
function asArguments([name, ...args]: Command): [name: string, ...args: Argument[]] {
  return [textOf(name).toLowerCase(), ...args.map((part) => (typeof part === 'string' ? part : view(part)))]
}

function textOf(name: string | Bytes | undefined): string {
  return typeof name === 'string' ? name : view(name ?? new Uint8Array()).toString('utf8')
}

/** Their errors carry the command with all its arguments, which may be secret. */
function withoutCommand(error: unknown): never {
  if (error instanceof Error && 'command' in error) throw new Error(error.message)
  throw error
}
