import { asTuple, PyDeque, PyFrozenSet, PyTuple } from './collections.ts'
import { isHashable, isRecord, newDict, setInMap, setInRecord } from './dicts.ts'
import type { Machine, Operations } from './machine.ts'
import { PyObject } from './objects.ts'
import { op } from './opcodes.ts'
import { PyFloat } from './values.ts'

/** Frozen, so one will do. */
const emptyTuple: PyTuple = new PyTuple()

export const containers: Operations = {
  [op.MARK]: (machine) => machine.mark(),

  [op.EMPTY_LIST]: (machine) => machine.pushNew([]),
  [op.LIST]: (machine) => machine.pushNew(machine.popMarked()),
  [op.APPEND]: (machine) => append(machine, machine.stack.length - 1),
  [op.APPENDS]: (machine) => append(machine, machine.unmark()),

  [op.EMPTY_DICT]: (machine) => machine.pushNew(newDict(machine)),
  [op.DICT]: readDict,
  [op.SETITEM]: (machine) => setItems(machine, machine.stack.length - 2),
  [op.SETITEMS]: (machine) => setItems(machine, machine.unmark()),

  [op.EMPTY_TUPLE]: (machine) => machine.push(emptyTuple),
  [op.TUPLE]: (machine) => machine.pushNew(asTuple(machine.popMarked())),
  [op.TUPLE1]: (machine) => machine.pushNew(asTuple([machine.pop()])),
  [op.TUPLE2]: readTuple2,
  [op.TUPLE3]: readTuple3,

  [op.EMPTY_SET]: (machine) => machine.pushNew(new Set()),
  [op.ADDITEMS]: addItems,
  [op.FROZENSET]: (machine) => machine.pushNew(new PyFrozenSet(newSet(machine, machine.popMarked()))),

  [op.POP]: (machine) => machine.discard(),
  [op.POP_MARK]: (machine) => void (machine.stack.length = machine.unmark()),
  [op.DUP]: (machine) => machine.push(machine.top()),
  [op.GET]: (machine) => machine.recall(memoIndex(machine)),
  [op.BINGET]: (machine) => machine.recall(machine.byte()),
  [op.LONG_BINGET]: (machine) => machine.recall(machine.uint32()),
  [op.PUT]: (machine) => machine.memoizeAt(memoIndex(machine)),
  [op.BINPUT]: (machine) => machine.memoizeAt(machine.byte()),
  [op.LONG_BINPUT]: (machine) => machine.memoizeAt(machine.uint32()),
  [op.MEMOIZE]: (machine) => machine.memoize(),
}

/** A set of the items, when Python could have them in one. */
export function newSet(machine: Machine, items: readonly unknown[]): Set<unknown> {
  const set = new Set<unknown>()
  for (const item of items) addTo(machine, set, item)
  return set
}

function readTuple2(machine: Machine): void {
  const second = machine.pop()
  machine.pushNew(asTuple([machine.pop(), second]))
}

function readTuple3(machine: Machine): void {
  const third = machine.pop()
  const second = machine.pop()
  machine.pushNew(asTuple([machine.pop(), second, third]))
}

function readDict(machine: Machine): void {
  const items = machine.popMarked()
  const dict = newDict(machine)
  machine.pushNew(dict)
  for (const item of items) machine.push(item)
  setItems(machine, machine.stack.length - items.length)
}

function append(machine: Machine, start: number): void {
  const { stack } = machine
  const target = machine.below(start)
  if (Array.isArray(target) && !(target instanceof PyTuple)) {
    for (let index = start; index < stack.length; index++) target.push(stack[index])
  } else if (target instanceof PyDeque) {
    appendToDeque(machine, target, start)
  } else if (target instanceof PyObject) {
    const items = target.items as unknown[]
    for (let index = start; index < stack.length; index++) items.push(stack[index])
  } else {
    throw machine.fail('it appends to what is no list')
  }
  stack.length = start
}

function appendToDeque(machine: Machine, deque: PyDeque, start: number): void {
  const items = deque.items as unknown[]
  for (let index = start; index < machine.stack.length; index++) items.push(machine.stack[index])
  if (deque.maxLength !== null && items.length > deque.maxLength) throw machine.fail('a deque holds too many items')
}

function setItems(machine: Machine, start: number): void {
  const { stack } = machine
  const target = machine.below(start)
  if ((stack.length - start) % 2 !== 0) throw machine.fail('a dict has a key without a value')
  if (isRecord(target)) {
    for (let index = start; index < stack.length; index += 2) {
      setInRecord(machine, target, stack[index], stack[index + 1])
    }
  } else if (target instanceof Map) {
    setMapItems(machine, target, start)
  } else if (target instanceof PyObject) {
    const entries = target.entries as (readonly [unknown, unknown])[]
    for (let index = start; index < stack.length; index += 2) entries.push([stack[index], stack[index + 1]])
  } else {
    throw machine.fail('it sets a key of what is no dict')
  }
  stack.length = start
}

function setMapItems(machine: Machine, map: Map<unknown, unknown>, start: number): void {
  const { stack } = machine
  for (let index = start; index < stack.length; index += 2) {
    setInMap(machine, map, keyOf(machine, stack[index]), stack[index + 1])
  }
}

function addItems(machine: Machine): void {
  const start = machine.unmark()
  const target = machine.below(start)
  if (!(target instanceof Set) || target instanceof PyFrozenSet) throw machine.fail('it adds to what is no set')
  for (let index = start; index < machine.stack.length; index++) {
    addTo(machine, target, machine.stack[index])
  }
  machine.stack.length = start
}

function addTo(machine: Machine, set: Set<unknown>, item: unknown): void {
  const key = keyOf(machine, item)
  machine.checkKey(set, key)
  set.add(key)
}

/** An item of a set or a key of a `Map`. Python refuses some there, so no pickle that it wrote has them. */
function keyOf(machine: Machine, key: unknown): unknown {
  // Sets and Maps turn -0 into 0, which would be an int.
  if (key === 0) return Object.is(key, -0) ? new PyFloat(key) : key
  if (typeof key !== 'object' || key === null) return key
  if (!isHashable(key)) throw machine.fail('a list, dict, set or the like is used as a key')
  return key
}

function memoIndex(machine: Machine): number {
  const line = machine.line()
  if (!/^\d{1,10}$/.test(line)) throw machine.fail('the number of a memo is malformed')
  return Number(line)
}
