import { Buffer } from 'node:buffer'
import type { ConnectionOptions } from 'node:tls'

import { type Bytes, view } from '../base/bytes.ts'
import { ConnectionError } from '../errors.ts'
import { firstOf } from './first-of.ts'
import { unlessError } from './handed-in.ts'
import type { Command, Link, Reply } from './link.ts'
import { connectFailure } from './refusal.ts'
import { describeServer, type ServerAddress } from './url.ts'

/** The members of a node-redis client that are used here, so that any version with them fits. */
export interface NodeRedisClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  sendCommand(args: Command, options?: object): Promise<unknown>
  multi(): NodeRedisMulti
  close(): Promise<unknown>
  destroy(): void
  on(event: 'error' | 'connect', listener: (error: Error) => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'ready', listener: () => void): unknown
  off(event: 'error' | 'ready', listener: (error: Error) => void): unknown
}

interface NodeRedisMulti {
  addCommand(args: Command): unknown
  exec(): Promise<unknown>
}

/** Bulk strings (`$`) as bytes; the client's own timeout off: it covers only what was not written yet and costs two thirds of the throughput. */
export const sendOptions: object = { typeMapping: { 36: Buffer }, timeout: undefined }

/** How to reach a server that we connect to ourselves. */
export interface NodeRedisSettings {
  readonly address: ServerAddress
  readonly tls?: ConnectionOptions | undefined
  readonly connectTimeoutMs: number
}

/** Our own connection: made at first use, given up when it fails, made anew by the next call. It never reconnects by itself. */
export function ownNodeRedis(settings: NodeRedisSettings): Link {
  const server = describeServer(settings.address)
  let client: NodeRedisClient | undefined
  let opening: Promise<void> | undefined
  const connecting = new Set<NodeRedisClient>()
  let closed = false
  // Begun now, so that it is a start of the program that waits and not its first call.
  void factory().catch(ignore)

  async function open(): Promise<void> {
    if (isReady()) return
    // Begun for an earlier call, so that its time may be up before this one's is: not the last word.
    if (opening !== undefined) await opening.catch(ignore)
    if (isReady()) return
    if (closed) throw gone(server)
    opening ??= attempt()
    await opening
  }

  async function attempt(): Promise<void> {
    try {
      const made = await firstOf(() => connectOnce(settings, server, connecting), discard)
      if (closed) discard(made)
      else client = made
    } finally {
      opening = undefined
    }
  }

  function isReady(): boolean {
    return client !== undefined && client.isReady
  }

  return {
    server,
    get isReady() {
      return isReady()
    },
    load: factory,
    open,
    send: (command) => sendOn(client, command, server),
    transaction: (commands) => transactionOn(client, commands, server),
    drop() {
      if (client !== undefined) discard(client)
      client = undefined
    },
    async close() {
      closed = true
      // An attempt under way has nobody left who waits for it.
      for (const last of [client, ...connecting]) if (last !== undefined) discard(last)
      client = undefined
    },
    async raw() {
      await open()
      return client
    },
  }
}

function importLibrary(): Promise<typeof import('@redis/client')> {
  return import('@redis/client')
}

async function connectOnce(
  settings: NodeRedisSettings,
  server: string,
  connecting: Set<NodeRedisClient>,
): Promise<NodeRedisClient> {
  const client = await createClient(settings)
  connecting.add(client)
  const attempt = client.connect()
  try {
    await withinTime(client, unlessError(client, attempt), settings.connectTimeoutMs)
  } catch (error) {
    discard(client)
    // A connect under way goes on through a destroy, so what it brings is thrown away as well.
    attempt.then(() => discard(client), ignore)
    throw connectFailure(server, error)
  } finally {
    connecting.delete(client)
  }
  // After an error its answers could belong to other commands, so a connection has only one life.
  client.on('error', () => discard(client))
  return client
}

async function createClient(settings: NodeRedisSettings): Promise<NodeRedisClient> {
  const create = await factory()
  const { address, connectTimeoutMs } = settings
  const place = address.path === undefined ? { host: address.host, port: address.port } : { path: address.path }
  const tls = address.tls ? { ...settings.tls, tls: true as const } : {}
  return create({
    socket: { ...place, ...tls, connectTimeout: connectTimeoutMs, reconnectStrategy: false },
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    database: address.database,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    clientInfoTag: 'everwarm',
  })
}

/** Makes clients. The library builds a class of all commands anew for each other address, which stops the process for long. */
let clients: ReturnType<(typeof import('@redis/client'))['RedisClient']['factory']> | undefined

async function factory(): Promise<NonNullable<typeof clients>> {
  const { RedisClient } = await importLibrary()
  clients ??= RedisClient.factory()
  return clients
}

/** The client's own time limit ends with the TCP handshake; a server that accepts and then says nothing needs this one. */
async function withinTime<T>(client: NodeRedisClient, work: Promise<T>, ms: number): Promise<T> {
  let accepted = false
  client.on('connect', () => (accepted = true))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const reason = () =>
      accepted ? `it accepted the connection, then said nothing for ${ms} ms` : `no answer within ${ms} ms`
    // What is waited for has a socket that keeps the process alive.
    timer = setTimeout(() => reject(Object.assign(new Error(reason()), { code: 'ETIMEDOUT' })), ms).unref()
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export function sendOn(client: NodeRedisClient | undefined, command: Command, server: string): Promise<Reply> {
  if (client === undefined) return Promise.reject(gone(server))
  return client.sendCommand(sendable(command), sendOptions) as Promise<Reply>
}

export async function transactionOn(
  client: NodeRedisClient | undefined,
  commands: readonly Command[],
  server: string,
): Promise<readonly Reply[]> {
  if (client === undefined) throw gone(server)
  const multi = client.multi()
  for (const command of commands) multi.addCommand(sendable(command))
  return (await multi.exec()) as readonly Reply[]
}

/** The client takes Buffers and no other bytes. */
export function sendable(command: Command): Command {
  for (const part of command) {
    if (typeof part !== 'string' && !Buffer.isBuffer(part)) return command.map(sendablePart)
  }
  return command
}

function sendablePart(part: string | Bytes): string | Bytes {
  return typeof part === 'string' ? part : view(part)
}

function gone(server: string): ConnectionError {
  return new ConnectionError(server, `The connection to ${server} is gone`)
}

function discard(client: NodeRedisClient): void {
  client.destroy()
}

function ignore(): void {}
