import { PyDefaultDict, PyDeque } from './collections.ts'
import { isRecord } from './dicts.ts'
import type { Machine } from './machine.ts'
import { PyObject, PyPersistentId } from './objects.ts'

/** A container whose children are being looked at. */
interface Visit {
  readonly node: object
  readonly children: readonly unknown[]
  next: number
  /** The deepest of those children that were looked at. */
  below: number
}

/**
 * Refuses what is nested more deeply than `maxDepth`, so that whoever walks the value by recursion keeps within his
 * stack. Each object is looked at once, however often it is shared; what refers back to its own parents ends there.
 *
 * @throws DecodeError
 */
export function checkDepth(machine: Machine, value: unknown): void {
  const { maxDepth } = machine.config
  const depths = new Map<object, number>()
  const path: Visit[] = []
  enter(path, depths, value)
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (visit.next === visit.children.length) {
      leave(path, depths, visit)
      continue
    }
    const child = visit.children[visit.next++]
    const known = typeof child === 'object' && child !== null ? depths.get(child) : 0
    if (known === undefined) enter(path, depths, child)
    else visit.below = Math.max(visit.below, known)
    if (path.length + visit.below > maxDepth) throw machine.fail('it is nested more deeply than maxDepth allows')
  }
}

function enter(path: Visit[], depths: Map<object, number>, node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  depths.set(node, 0)
  const children = childrenOf(node)
  if (children !== undefined) path.push({ node, children, next: 0, below: 0 })
}

function leave(path: Visit[], depths: Map<object, number>, visit: Visit): void {
  path.pop()
  const depth = visit.below + 1
  depths.set(visit.node, depth)
  const parent = path.at(-1)
  if (parent !== undefined) parent.below = Math.max(parent.below, depth)
}

/** `undefined` for what has none. */
function childrenOf(node: object): readonly unknown[] | undefined {
  if (Array.isArray(node)) return node
  if (isRecord(node)) return Object.values(node)
  if (node instanceof PyDefaultDict) return [node.factory, ...mapParts(node)]
  if (node instanceof Map) return mapParts(node)
  if (node instanceof Set) return [...node]
  if (node instanceof PyDeque) return node.items
  if (node instanceof PyObject) return [node.callable, node.args, node.kwargs, node.state, node.items, node.entries]
  return node instanceof PyPersistentId ? [node.id] : undefined
}

function mapParts(map: Map<unknown, unknown>): unknown[] {
  return [...map.keys(), ...map.values()]
}
