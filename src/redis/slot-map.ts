import { toText } from '../base/bytes.ts'
import type { HostPort } from './host-port.ts'
import type { Reply } from './link.ts'
import { slotCount } from './slots.ts'

/** Slots that one master has: from the first to the last, both included. */
export interface SlotRange {
  readonly first: number
  readonly last: number
  readonly master: HostPort
}

/** More than any Cluster can have: an answer of hostile size is refused. */
const mostRanges = slotCount

/**
 * Reads the answer to `CLUSTER SLOTS`. A node that does not tell its own address is where it was `asked`.
 *
 * @throws Error for an answer that is none
 */
export function parseSlots(reply: Reply, asked: HostPort): SlotRange[] {
  if (!isList(reply) || reply.length > mostRanges) throw new Error('the answer to CLUSTER SLOTS is no list of slots')
  return reply.map((range) => rangeOf(range, asked))
}

/** The address in a redirect such as `127.0.0.1:7001` or `[::1]:7001`; without a host it is the one that was `asked`. */
export function redirectPlace(text: string, asked: HostPort): HostPort | undefined {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const port = Number(text.slice(colon + 1))
  if (colon === -1 || !isPort(port)) return undefined
  return { host: isUnknown(host) ? asked.host : host, port }
}

function rangeOf(range: Reply, asked: HostPort): SlotRange {
  const [first, last, master] = isList(range) ? range : []
  const [host, port] = master !== undefined && isList(master) ? master : []
  if (!isSlot(first) || !isSlot(last) || first > last || !isPort(port)) {
    throw new Error('an entry in the answer to CLUSTER SLOTS names no slots or no master')
  }
  const name = host instanceof Uint8Array ? toText(host) : String(host ?? '')
  return { first, last, master: { host: isUnknown(name) ? asked.host : name, port } }
}

/** What a node says that does not know how it is reached. */
function isUnknown(host: string): boolean {
  return host === '' || host === '?'
}

function isSlot(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < slotCount
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_535
}

function isList(reply: Reply): reply is readonly Reply[] {
  return Array.isArray(reply)
}
