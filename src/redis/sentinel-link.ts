import type { ConnectionOptions } from 'node:tls'

import { toText } from '../base/bytes.ts'
import type { HostPort } from './host-port.ts'
import type { Link, Reply } from './link.ts'
import { ownNodeRedis } from './node-redis.ts'
import type { SentinelAddress } from './sentinel-url.ts'

/** How to enter the Sentinels themselves. */
export interface SentinelAccess {
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Makes the connections to them TLS. */
  readonly tls?: ConnectionOptions | undefined
}

export interface SentinelSettings {
  readonly address: SentinelAddress
  /** For the servers, when their URL is `rediss+sentinel:`. */
  readonly tls?: ConnectionOptions | undefined
  readonly sentinel?: SentinelAccess | undefined
  readonly connectTimeoutMs: number
}

/** A connection to a Sentinel itself. */
export function sentinelLink(sentinel: HostPort, settings: SentinelSettings): Link {
  const { username, password, tls } = settings.sentinel ?? {}
  return ownNodeRedis({
    address: { ...sentinel, tls: tls !== undefined, username, password, database: 0 },
    tls,
    connectTimeoutMs: shareOfTime(settings),
  })
}

/** What a Sentinel calls the primary of the service; `undefined` when it knows none by that name. */
export async function primaryBy(link: Link, service: string): Promise<HostPort | undefined> {
  const reply = await link.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service])
  return reply === null ? undefined : pairOf(reply as readonly Reply[])
}

/** One that says nothing must leave time for another one. */
export function shareOfTime({ connectTimeoutMs, address }: SentinelSettings): number {
  return Math.max(20, Math.floor(connectTimeoutMs / (address.sentinels.length + 1)))
}

function pairOf([host, port]: readonly Reply[]): HostPort {
  return { host: textOf(host), port: Number(textOf(port)) }
}

export function textOf(reply: Reply | undefined): string {
  return reply instanceof Uint8Array ? toText(reply) : String(reply)
}
