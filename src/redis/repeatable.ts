import { view } from '../base/bytes.ts'
import type { Command } from './link.ts'

/** What only reads: to send it again does no harm when its answer was lost. */
const readers: ReadonlySet<string> = new Set(
  (
    'GET MGET EXISTS PTTL TTL STRLEN TYPE PING SCAN HGET HMGET HLEN HEXISTS HKEYS HVALS HSCAN LRANGE LLEN LINDEX LPOS ' +
    'SMEMBERS SCARD SISMEMBER SMISMEMBER SSCAN ZSCORE ZMSCORE ZCARD ZCOUNT ZRANK ZREVRANK ZRANGE ZLEXCOUNT ZSCAN'
  ).split(' '),
)

/** Whether a command may be sent a second time, though the first may have been done. */
export function isRepeatable([name]: Command): boolean {
  return typeof name === 'string' && readers.has(name)
}

/** The first key of a command, by which a Cluster finds the node; `undefined` for one without. */
export function firstKeyOf(command: Command): string | undefined {
  const [name, second, count, third] = command
  if (name === 'EVAL' || name === 'EVALSHA') return count === '0' ? undefined : textOf(third)
  return textOf(second)
}

function textOf(part: Command[number] | undefined): string | undefined {
  return part === undefined || typeof part === 'string' ? part : view(part).toString('utf8')
}
