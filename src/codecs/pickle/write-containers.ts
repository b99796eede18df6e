import {
  type PyByteArray,
  type PyCounter,
  type PyDefaultDict,
  type PyDeque,
  type PyFrozenSet,
  type PyOrderedDict,
  PyTuple,
} from './collections.ts'
import { globals } from './names.ts'
import { PyExtension, type PyCallable, type PyObject, type PyPersistentId } from './objects.ts'
import { op } from './opcodes.ts'
import { byteArraySizes } from './output.ts'
import type { Pickler } from './pickler.ts'
import { PyGlobal } from './values.ts'

const oneOrManyItems = [op.APPEND, op.APPENDS] as const
const oneOrManyEntries = [op.SETITEM, op.SETITEMS] as const

export function writeRecord(pickler: Pickler, record: object): void {
  pickler.out.byte(op.EMPTY_DICT)
  pickler.memoize(record)
  const keys = Object.keys(record)
  const values = record as Readonly<Record<string, unknown>>
  pickler.dictItems(keys.length, (index) => {
    const key = keys[index] as string
    pickler.saveName(key)
    pickler.save(values[key])
  })
}

export function writeDict(pickler: Pickler, map: Map<unknown, unknown>): void {
  pickler.out.byte(op.EMPTY_DICT)
  pickler.memoize(map)
  const entries = [...map]
  pickler.dictItems(entries.length, (index) => pickler.entry(entries[index] as [unknown, unknown]))
}

export function writeList(pickler: Pickler, list: readonly unknown[]): void {
  pickler.out.byte(op.EMPTY_LIST)
  pickler.memoize(list)
  pickler.listItems(list)
}

export function writeSet(pickler: Pickler, set: Set<unknown>): void {
  pickler.out.byte(op.EMPTY_SET)
  pickler.memoize(set)
  pickler.setItems(set)
}

/** A tuple is numbered after its items; one that they refer to is there by then, and what was built is thrown away. */
export function writeTuple(pickler: Pickler, tuple: PyTuple): void {
  const { out } = pickler
  if (tuple.length === 0) return out.byte(op.EMPTY_TUPLE)
  const short = [0, op.TUPLE1, op.TUPLE2, op.TUPLE3][tuple.length]
  if (short === undefined) out.byte(op.MARK)
  for (const item of tuple) pickler.save(item)
  if (!pickler.hasMemo(tuple)) {
    out.byte(short ?? op.TUPLE)
    return pickler.memoize(tuple)
  }
  if (short === undefined) out.byte(op.POP_MARK)
  else for (const _ of tuple) out.byte(op.POP)
  pickler.recall(tuple)
}

export function writeFrozenSet(pickler: Pickler, set: PyFrozenSet): void {
  pickler.out.byte(op.MARK)
  for (const item of set) pickler.saveKey(item)
  if (pickler.hasMemo(set)) {
    pickler.out.byte(op.POP_MARK)
    pickler.recall(set)
  } else {
    pickler.out.byte(op.FROZENSET)
    pickler.memoize(set)
  }
}

export function writeByteArray(pickler: Pickler, bytes: PyByteArray): void {
  if (pickler.config.protocol === 5) {
    pickler.out.sized(byteArraySizes, bytes)
    return pickler.memoize(bytes)
  }
  const args = bytes.length === 0 ? [] : [() => pickler.saveBytes(bytes)]
  writeCall(pickler, bytes, globals.bytearray, args)
}

export function writeOrderedDict(pickler: Pickler, dict: PyOrderedDict): void {
  writeCall(pickler, dict, globals.OrderedDict, [])
  pickler.iterated([...dict], (entry) => pickler.entry(entry), oneOrManyEntries)
}

export function writeDefaultDict(pickler: Pickler, dict: PyDefaultDict): void {
  const { factory } = dict
  writeCall(pickler, dict, globals.defaultdict, factory === null ? [] : [() => pickler.save(factory)])
  pickler.iterated([...dict], (entry) => pickler.entry(entry), oneOrManyEntries)
}

export function writeCounter(pickler: Pickler, counter: PyCounter): void {
  writeCall(pickler, counter, globals.Counter, [() => pickler.save(new Map(counter))])
}

export function writeDeque(pickler: Pickler, deque: PyDeque): void {
  const { items, maxLength } = deque
  const args = maxLength === null ? [] : [() => pickler.save(new PyTuple()), () => pickler.save(maxLength)]
  writeCall(pickler, deque, globals.deque, args)
  pickler.iterated(items, (item) => pickler.save(item), oneOrManyItems)
}

export function writePyObject(pickler: Pickler, object: PyObject): void {
  const { callable, via, args, kwargs, state, items, entries } = object
  writeCallable(pickler, callable)
  pickler.save(args instanceof PyTuple ? args : new PyTuple(args))
  if (kwargs !== undefined) pickler.save(kwargs)
  pickler.out.byte(via === 'call' ? op.REDUCE : kwargs === undefined ? op.NEWOBJ : op.NEWOBJ_EX)
  pickler.memoize(object)
  pickler.iterated(items, (item) => pickler.save(item), oneOrManyItems)
  pickler.iterated(entries, (entry) => pickler.entry(entry), oneOrManyEntries)
  if (state === undefined) return
  pickler.save(state)
  pickler.out.byte(op.BUILD)
}

export function writePersistentId(pickler: Pickler, { id }: PyPersistentId): void {
  pickler.save(id)
  pickler.out.byte(op.BINPERSID)
}

export function writeExtension(pickler: Pickler, { extensionCode: code }: PyExtension): void {
  if (code <= 0xff) pickler.out.byte2(op.EXT1, code)
  else if (code <= 0xffff) pickler.out.uint16(op.EXT2, code)
  else pickler.out.uint32(op.EXT4, code)
}

/** What Python makes by calling a class of the allow list. */
export function writeCall(pickler: Pickler, value: object, callable: PyGlobal, args: readonly (() => void)[]): void {
  pickler.saveGlobal(callable)
  pickler.saveArgs(args)
  pickler.out.byte(op.REDUCE)
  pickler.memoize(value)
}

function writeCallable(pickler: Pickler, callable: PyCallable): void {
  if (callable instanceof PyGlobal) pickler.saveGlobal(callable)
  else if (callable instanceof PyExtension) writeExtension(pickler, callable)
  else pickler.save(callable)
}
