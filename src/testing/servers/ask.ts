import { Buffer } from 'node:buffer'

import { ownNodeRedis } from '../../redis/node-redis.ts'

/** What a server answers: bytes as text, maps as objects. */
export type Answer = string | number | bigint | boolean | null | readonly Answer[] | { readonly [name: string]: Answer }

/** An answer that is one text; any other as JSON. */
export function textIn(answer: Answer): string {
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}

export interface Door {
  /** The path of a unix socket. */
  readonly path: string
  readonly username?: string | undefined
  readonly password?: string | undefined
}

const connectTimeoutMs = 5000

/** One command on a connection of its own. */
export async function askOnce(door: Door, command: readonly string[]): Promise<Answer> {
  const address = { ...door, host: '', port: 0, tls: false, database: 0 }
  const link = ownNodeRedis({ address, connectTimeoutMs })
  await link.open()
  try {
    return readable(await link.send(command))
  } finally {
    await link.close()
  }
}

function readable(reply: unknown): Answer {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  if (Array.isArray(reply)) return reply.map(readable)
  if (typeof reply !== 'object' || reply === null) return reply as Answer
  return Object.fromEntries(Object.entries(reply).map(([name, value]) => [name, readable(value)]))
}
