import { textIn } from './ask.ts'
import type { RedisOptions, RedisServer } from './redis.ts'

export interface SlotMove {
  readonly slot: number
  readonly from: RedisServer
  readonly to: RedisServer
  readonly onHalf?: (() => Promise<void>) | undefined
}

/** Moves a slot key by key, as `redis-cli --cluster reshard` does. */
export async function moveSlot({ slot, from, to, onHalf }: SlotMove, access: RedisOptions): Promise<void> {
  if (from === to) return
  const setSlot = (node: RedisServer, ...how: string[]) => node.ask('CLUSTER', 'SETSLOT', String(slot), ...how)
  const [source, target] = [await idOf(from), await idOf(to)]
  await setSlot(to, 'IMPORTING', source)
  await setSlot(from, 'MIGRATING', target)

  const keys = (await from.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), '100000')) as readonly string[]
  const half = Math.ceil(keys.length / 2)
  for (const [index, key] of keys.entries()) {
    if (index === half) await onHalf?.()
    await from.ask('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', ...entry(access), 'KEYS', key)
  }
  for (const node of [to, from]) await setSlot(node, 'NODE', target)
}

async function idOf(node: RedisServer): Promise<string> {
  return textIn(await node.ask('CLUSTER', 'MYID'))
}

function entry({ username, password }: RedisOptions): string[] {
  if (password === undefined) return []
  return username === undefined ? ['AUTH', password] : ['AUTH2', username, password]
}
