import { PyByteArray, PyDeque, PyFrozenSet, PyTuple } from './collections.ts'
import type { Machine } from './machine.ts'

/**
 * A dict whose keys are all text is to be an object, any other a `Map`; which it is shows only when its last key was
 * read, and by then others may refer to it. So all are taken for objects at first. Where one is not, the pickle is read
 * once more with nothing but Maps, noting which dicts need one, and then a third time by these notes.
 */
export interface DictPlan {
  readonly mode: 'objects' | 'note' | 'notes' | 'maps'
  /** The numbers of the dicts, in the order they are made, that must be Maps. */
  readonly maps: Set<number>
  /** Each Map's number, while noting. */
  readonly numbers: WeakMap<object, number>
  /** Whether an object met a key that is no text. */
  failed: boolean
}

export type Dict = Record<string, unknown> | Map<unknown, unknown>

export function firstPlan(dicts: 'object' | 'map'): DictPlan {
  return { mode: dicts === 'map' ? 'maps' : 'objects', maps: new Set(), numbers: new WeakMap(), failed: false }
}

/** How to go on when `plan` failed. */
export function nextPlan(plan: DictPlan): DictPlan {
  const mode = plan.mode === 'objects' ? 'note' : 'notes'
  return { mode, maps: plan.maps, numbers: new WeakMap(), failed: false }
}

export function newDict(machine: Machine): Dict {
  const { mode, maps, numbers } = machine.plan
  const number = machine.dicts++
  if (mode === 'objects') return {}
  if (mode === 'notes') return maps.has(number) ? new Map() : {}
  const map = new Map()
  if (mode === 'note') numbers.set(map, number)
  return map
}

/** Whether Python takes it as a key or into a set, as far as the outermost object tells. */
export function isHashable(value: object): boolean {
  if (value instanceof PyTuple || value instanceof PyFrozenSet) return true
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return false
  if (value instanceof PyByteArray || value instanceof PyDeque) return false
  return !isRecord(value) && Object.getPrototypeOf(value) !== null
}

/** Whether it is a dict that was read as an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

export function setInRecord(machine: Machine, record: Record<string, unknown>, key: unknown, value: unknown): void {
  if (typeof key !== 'string') {
    machine.plan.failed = true
    machine.finished = true
  } else if (key === '__proto__') {
    Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    record[key] = value
  }
}

export function setInMap(machine: Machine, map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  machine.checkKey(map, key)
  map.set(key, value)
  if (machine.plan.mode !== 'note' || typeof key === 'string') return
  const number = machine.plan.numbers.get(map)
  if (number !== undefined) machine.plan.maps.add(number)
}

/** Of a dict, to be copied; `undefined` for what is none. */
export function entriesOf(dict: unknown, machine: Machine): readonly (readonly [unknown, unknown])[] | undefined {
  const isMap = dict instanceof Map
  if (!isMap && !isRecord(dict)) return undefined
  const entries: (readonly [unknown, unknown])[] = isMap ? [...dict] : Object.entries(dict)
  machine.copies(entries.length)
  return entries
}
