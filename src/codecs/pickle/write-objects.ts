import { crowdedKeys, hasCrowdedKeys } from '../key-guard.ts'
import { Unwritable } from '../unwritable.ts'
import { PyByteArray, PyCounter, PyDefaultDict, PyDeque, PyFrozenSet, PyOrderedDict, PyTuple } from './collections.ts'
import { PyDate, PyDateTime, PyTime } from './datetimes.ts'
import { PyExtension, PyObject, PyPersistentId } from './objects.ts'
import type { Pickler } from './pickler.ts'
import { PyTimeDelta } from './timedelta.ts'
import { PyComplex, PyDecimal, PyFloat, PyGlobal, PyHerdMarker, PySafeString, PyUuid } from './values.ts'
import * as containers from './write-containers.ts'
import * as instances from './write-instances.ts'
import { PyPytzZone, PyTimeZone, PyZoneInfo } from './zones.ts'

type Writer<T extends object> = (pickler: Pickler, value: T) => void

const writers = new Map<object | null, Writer<object>>()

writes(Object.prototype, containers.writeRecord)
writes(Array.prototype, containers.writeList)
writes(Map.prototype, containers.writeDict)
writes(Set.prototype, containers.writeSet)
writes(Date.prototype, instances.writeJsDate)
writes(Uint8Array.prototype, (pickler, bytes) => pickler.saveBytes(bytes))
writes(Buffer.prototype, (pickler, bytes) => pickler.saveBytes(bytes))
writes(PyTuple.prototype, containers.writeTuple)
writes(PyFrozenSet.prototype, containers.writeFrozenSet)
writes(PyByteArray.prototype, containers.writeByteArray)
writes(PyOrderedDict.prototype, containers.writeOrderedDict)
writes(PyDefaultDict.prototype, containers.writeDefaultDict)
writes(PyCounter.prototype, containers.writeCounter)
writes(PyDeque.prototype, containers.writeDeque)
writes(PyObject.prototype, containers.writePyObject)
writes(PyPersistentId.prototype, containers.writePersistentId)
writes(PyExtension.prototype, containers.writeExtension)
writes(PyGlobal.prototype, (pickler, global) => pickler.saveGlobal(global))
writes(PyFloat.prototype, instances.writeFloat)
writes(PyComplex.prototype, instances.writeComplex)
writes(PyDecimal.prototype, instances.writeDecimal)
writes(PyUuid.prototype, instances.writeUuid)
writes(PySafeString.prototype, instances.writeSafeString)
writes(PyHerdMarker.prototype, instances.writeHerdMarker)
writes(PyDate.prototype, instances.writeDate)
writes(PyTime.prototype, instances.writeTime)
writes(PyDateTime.prototype, instances.writeDateTime)
writes(PyTimeDelta.prototype, instances.writeTimeDelta)
writes(PyTimeZone.prototype, instances.writeZone)
writes(PyZoneInfo.prototype, instances.writeZone)
writes(PyPytzZone.prototype, instances.writeZone)

/**
 * By prototype, which data cannot fake. What is of a class of its own is refused: a subclass of `Map` would come back as
 * a mere `Map`, and an instance as an object.
 */
export function writeObject(pickler: Pickler, value: object): void {
  const prototype = Object.getPrototypeOf(value) as object | null
  const write = prototype === null ? containers.writeRecord : writers.get(prototype)
  if (write === undefined)
    throw new Unwritable(value, `${nameOf(value)} cannot be pickled; use plain data or a Py class`)
  if ((value instanceof Map || value instanceof Set) && hasCrowdedKeys(value)) throw new Unwritable(value, crowdedKeys)
  write(pickler, value)
}

function writes<T extends object>(prototype: T, write: Writer<T>): void {
  writers.set(prototype, write as Writer<object>)
}

function nameOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' ? `an instance of ${constructor.name}` : 'an object'
}
