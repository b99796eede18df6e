import {
  type ClientEvents,
  type ClusterLink,
  type HandedIn,
  handedInClusterLink,
  handedInLink,
  handedInName,
} from './handed-in.ts'
import type { Command, Link, Reply } from './link.ts'
import { type NodeRedisClient, sendable, sendOn, sendOptions, transactionOn } from './node-redis.ts'
import { firstKeyOf } from './repeatable.ts'

interface Connected extends ClientEvents {
  readonly isOpen: boolean
  /** Older clients of a Cluster do not tell. */
  readonly isReady?: boolean
  connect(): Promise<unknown>
}

/** The members of node-redis' Sentinel client that are used here. */
export interface NodeRedisSentinel extends Connected {
  sendCommand(isReadonly: boolean | undefined, args: Command, options?: object): Promise<unknown>
  multi(): { addCommand(isReadonly: boolean | undefined, args: Command): unknown; exec(): Promise<unknown> }
}

/** The members of node-redis' Cluster client that are used here. */
export interface NodeRedisCluster extends Connected {
  readonly masters: readonly NodeRedisNode[]
  nodeClient(node: NodeRedisNode): Promise<Pick<NodeRedisClient, 'sendCommand'>>
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: Command,
    options?: object,
  ): Promise<unknown>
}

interface NodeRedisNode {
  readonly address: string
}

/** Over a client of one server. */
export function handedInNodeRedis(client: NodeRedisClient): Link {
  return handedInLink({
    ...lifeOf(client),
    send: (command) => sendOn(client, command, handedInName),
    transaction: (commands) => transactionOn(client, commands, handedInName),
  })
}

/** Over a client that asks Sentinels. */
export function handedInNodeRedisSentinel(client: NodeRedisSentinel): Link {
  return handedInLink({
    ...lifeOf(client),
    send: async (command) => (await client.sendCommand(undefined, sendable(command), sendOptions)) as Reply,
    transaction: async (commands) => {
      const multi = client.multi()
      for (const command of commands) multi.addCommand(undefined, sendable(command))
      return (await multi.exec()) as readonly Reply[]
    },
  })
}

/** Over a client of a Cluster. */
export function handedInNodeRedisCluster(client: NodeRedisCluster): ClusterLink {
  const handedIn: HandedIn = {
    ...lifeOf(client),
    readyEvent: 'connect',
    send: async (command) =>
      (await client.sendCommand(firstKeyOf(command), undefined, sendable(command), sendOptions)) as Reply,
    transaction: () => Promise.reject(new TypeError('A transaction is within one slot of a Cluster')),
  }
  return handedInClusterLink(handedIn, () =>
    client.masters.map((node) => ({
      name: node.address,
      send: async (command) =>
        (await (await client.nodeClient(node)).sendCommand(sendable(command), sendOptions)) as Reply,
    })),
  )
}

function lifeOf(client: Connected): Omit<HandedIn, 'send' | 'transaction'> {
  return {
    client,
    isReady: () => client.isReady ?? client.isOpen,
    isBegun: () => client.isOpen,
    // One that was closed can be connected again, and does not tell that it was.
    isEnded: () => false,
    readyEvent: 'ready',
  }
}
