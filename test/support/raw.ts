import type { Cache } from '../../src/index.ts'

interface Libraries {
  call?(...command: readonly string[]): Promise<unknown>
  sendCommand(...args: unknown[]): Promise<unknown>
  readonly masters?: unknown
  /** Of node-redis' Sentinel client alone. */
  readonly getMasterNode?: unknown
}

/** One command through the client itself, whichever library's it is; the first argument is the key. */
export async function sendRaw(cache: Cache, ...command: readonly string[]): Promise<unknown> {
  const client = await cache.raw<Libraries>()
  if (client.call !== undefined) return client.call(...command)
  if (client.getMasterNode !== undefined) return client.sendCommand(undefined, command)
  return client.masters === undefined ? client.sendCommand(command) : client.sendCommand(command[1], undefined, command)
}
