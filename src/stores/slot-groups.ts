import type { SlotCommand } from '../redis/cluster.ts'
import { slotOf } from '../redis/slots.ts'
import { inPieces } from './key-commands.ts'

/** Keys of one slot, and the command for them. */
export interface SlotGroup extends SlotCommand {
  readonly keys: readonly string[]
  /** Where they are in the list that was given. */
  readonly indices: readonly number[]
}

/** Reads of all keys, those of one slot together. */
export function readsOf(keys: readonly string[]): SlotGroup[] {
  return bySlot(keys).flatMap((group) =>
    group.keys.length === 1 ? [{ ...group, command: ['GET', ...group.keys] }] : pieces('MGET', group),
  )
}

export function deletesOf(keys: readonly string[]): SlotGroup[] {
  return bySlot(keys).flatMap((group) => pieces('UNLINK', group))
}

interface Slot {
  readonly slot: number
  readonly keys: string[]
  readonly indices: number[]
}

function bySlot(keys: readonly string[]): Slot[] {
  const slots = new Map<number, Slot>()
  for (const [index, key] of keys.entries()) {
    const slot = slotOf(key)
    const known = slots.get(slot)
    if (known === undefined) {
      slots.set(slot, { slot, keys: [key], indices: [index] })
    } else {
      known.keys.push(key)
      known.indices.push(index)
    }
  }
  return [...slots.values()]
}

function pieces(name: string, { slot, keys, indices }: Slot): SlotGroup[] {
  let start = 0
  return inPieces(name, keys).map((command) => {
    const end = start + command.length - 1
    const part = { slot, command, keys: keys.slice(start, end), indices: indices.slice(start, end) }
    start = end
    return part
  })
}
