import {
  PyByteArray,
  PyCounter,
  PyDefaultDict,
  PyDeque,
  PyFrozenSet,
  PyOrderedDict,
  PyTuple,
} from './collections.ts'
import { PyDate, PyDateTime, PyTime } from './datetimes.ts'
import { PyExtension, PyObject, PyPersistentId } from './objects.ts'
import { op } from './opcodes.ts'
import { byteArraySizes } from './output.ts'
import { type Pickler, Unwritable } from './pickler.ts'
import { PyTimeDelta } from './timedelta.ts'
import { PyComplex, PyDecimal, PyFloat, PyGlobal, PyHerdMarker, PySafeString, PyUuid } from './values.ts'
import {
  writeComplex,
  writeDate,
  writeDateTime,
  writeDecimal,
  writeExtension,
  writeHerdMarker,
  writeJsDate,
  writeObject as writePyObject,
  writePersistentId,
  writeSafeString,
  writeTime,
  writeTimeDelta,
  writeUuid,
  writeZone,
} from './write-instances.ts'
import { PyPytzZone, PyTimeZone, PyZoneInfo } from './zones.ts'

type Writer<T extends object> = (pickler: Pickler, value: T) => void

const writers = new Map<object, Writer<object>>()

/** By prototype, which data cannot fake; what a class is a subclass of says nothing about its content. */
function writes<T extends object>(prototype: T, write: Writer<T>): void {
  writers.set(prototype, write as Writer<object>)
}

writes(Object.prototype, writeRecord)
writes(Array.prototype, writeList)
writes(Map.prototype, writeDict)
writes(Set.prototype, writeSet)
writes(Date.prototype, writeJsDate)
writes(Uint8Array.prototype, (pickler, bytes) => pickler.saveBytes(bytes))
writes(Buffer.prototype, (pickler, bytes) => pickler.saveBytes(bytes))
writes(PyFloat.prototype, (pickler, float) => pickler.out.double(op.BINFLOAT, float.valueOf()))
writes(PyTuple.prototype, writeTuple)
writes(PyFrozenSet.prototype, writeFrozenSet)
writes(PyByteArray.prototype, writeByteArray)
writes(PyOrderedDict.prototype, (pickler, dict) => reduce(pickler, { of: dict, global: globals.OrderedDict }, dict))
writes(PyDefaultDict.prototype, writeDefaultDict)
writes(PyCounter.prototype, writeCounter)
writes(PyDeque.prototype, writeDeque)
writes(PyComplex.prototype, writeComplex)
writes(PyDecimal.prototype, writeDecimal)
writes(PyUuid.prototype, writeUuid)
writes(PySafeString.prototype, writeSafeString)
writes(PyHerdMarker.prototype, writeHerdMarker)
writes(PyDate.prototype, writeDate)
writes(PyTime.prototype, writeTime)
writes(PyDateTime.prototype, writeDateTime)
writes(PyTimeDelta.prototype, writeTimeDelta)
writes(PyTimeZone.prototype, writeZone)
writes(PyZoneInfo.prototype, writeZone)
writes(PyPytzZone.prototype, writeZone)
writes(PyGlobal.prototype, (pickler, global) => pickler.saveGlobal(global))
writes(PyObject.prototype, writePyObject)
writes(PyPersistentId.prototype, writePersistentId)
writes(PyExtension.prototype, writeExtension)
