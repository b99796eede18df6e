import { asTuple, PyTuple } from './collections.ts'
import type { Machine, Operations } from './machine.ts'
import { knownGlobal } from './names.ts'
import { type PyCallable, PyExtension, PyObject, PyPersistentId } from './objects.ts'
import { newestProtocol, op } from './opcodes.ts'
import { calls, creations, fillUuid } from './recipes.ts'
import { PyGlobal, PyUuid } from './values.ts'

export const objects: Operations = {
  [op.PROTO]: readProtocol,
  [op.FRAME]: readFrame,
  [op.STOP]: (machine) => void (machine.finished = true),

  [op.GLOBAL]: (machine) => machine.push(global(machine, nameLine(machine), nameLine(machine))),
  [op.STACK_GLOBAL]: readStackGlobal,
  [op.INST]: readInst,
  [op.OBJ]: readObj,
  [op.NEWOBJ]: readNew,
  [op.NEWOBJ_EX]: readNewEx,
  [op.REDUCE]: readReduce,
  [op.BUILD]: readBuild,

  [op.PERSID]: (machine) => machine.pushNew(persistent(machine, nameLine(machine))),
  [op.BINPERSID]: (machine) => machine.pushNew(persistent(machine, machine.pop())),
  [op.EXT1]: (machine) => machine.pushNew(extension(machine, machine.byte())),
  [op.EXT2]: (machine) => machine.pushNew(extension(machine, machine.uint16())),
  [op.EXT4]: (machine) => machine.pushNew(extension(machine, machine.uint32())),
  [op.NEXT_BUFFER]: refuseBuffer,
  [op.READONLY_BUFFER]: refuseBuffer,
}

const tagHint = "; `unknown: 'tagged'` reads it as inert data"

function readProtocol(machine: Machine): void {
  const protocol = machine.byte()
  if (protocol > newestProtocol) throw machine.fail(`protocol ${protocol} is newer than ${newestProtocol}`)
}

/** Frames are for readers of streams; here it is enough that all of it is there. */
function readFrame(machine: Machine): void {
  const length = machine.length8()
  machine.take(length)
  machine.position -= length
}

function nameLine(machine: Machine): string {
  return Buffer.from(machine.line(), 'latin1').toString('utf8')
}

function global(machine: Machine, module: string, name: string): PyGlobal {
  const known = knownGlobal(module, name)
  if (known !== undefined) return known
  if (machine.config.unknown === 'tagged') return new PyGlobal(module, name)
  throw machine.fail(`the global ${printable(module)}.${printable(name)} is not on the allow list${tagHint}`)
}

function readStackGlobal(machine: Machine): void {
  const name = machine.pop()
  const module = machine.pop()
  if (typeof module !== 'string' || typeof name !== 'string') throw machine.fail('the name of a global is no text')
  machine.pushNew(global(machine, module, name))
}

function readInst(machine: Machine): void {
  const callable = global(machine, nameLine(machine), nameLine(machine))
  const args = asTuple(machine.popMarked())
  machine.pushNew(instance(machine, callable, args))
}

function readObj(machine: Machine): void {
  const [callable, ...args] = machine.popMarked()
  machine.pushNew(instance(machine, callableOf(machine, callable), asTuple(args)))
}

/** Old-style instances without arguments are made, all others called. */
function instance(machine: Machine, callable: PyCallable, args: PyTuple): unknown {
  const isCreation = args.length === 0 && callable instanceof PyGlobal && creations.has(callable)
  return isCreation ? create(machine, callable, args) : call(machine, callable, args)
}

function readNew(machine: Machine): void {
  const args = machine.pop()
  const callable = callableOf(machine, machine.pop())
  machine.pushNew(create(machine, callable, argsOf(machine, args)))
}

function readNewEx(machine: Machine): void {
  const kwargs = machine.pop()
  const args = argsOf(machine, machine.pop())
  const callable = callableOf(machine, machine.pop())
  if (machine.config.unknown === 'error') throw machine.fail(`${described(callable)} is made by names${tagHint}`)
  machine.pushNew(new PyObject({ callable, via: 'new', args, kwargs }))
}

function readReduce(machine: Machine): void {
  const args = machine.pop()
  const callable = callableOf(machine, machine.pop())
  machine.pushNew(call(machine, callable, argsOf(machine, args)))
}

function call(machine: Machine, callable: PyCallable, args: PyTuple): unknown {
  const recipe = callable instanceof PyGlobal ? calls.get(callable) : undefined
  const made = recipe?.(args, machine)
  if (made !== undefined) return made
  if (machine.config.unknown === 'tagged') return new PyObject({ callable, args })
  throw machine.fail(`a call of ${described(callable)} with such arguments is not on the allow list${tagHint}`)
}

function create(machine: Machine, callable: PyCallable, args: PyTuple): unknown {
  const recipe = callable instanceof PyGlobal ? creations.get(callable) : undefined
  const made = recipe?.(args, machine)
  if (made !== undefined) return made
  if (machine.config.unknown === 'tagged') return new PyObject({ callable, via: 'new', args })
  throw machine.fail(`an instance of ${described(callable)} with such arguments is not on the allow list${tagHint}`)
}

function readBuild(machine: Machine): void {
  const state = machine.pop()
  const target = machine.top()
  if (target instanceof PyUuid) fillUuid(machine, target, state)
  else if (target instanceof PyObject) (target as { state: unknown }).state = state
  else throw machine.fail('it gives a state to what has none')
}

function callableOf(machine: Machine, value: unknown): PyCallable {
  if (value instanceof PyGlobal || value instanceof PyObject || value instanceof PyExtension) return value
  throw machine.fail('it calls what is no class')
}

function argsOf(machine: Machine, value: unknown): PyTuple {
  if (value instanceof PyTuple) return value
  throw machine.fail('the arguments of a call are no tuple')
}

function persistent(machine: Machine, id: unknown): PyPersistentId {
  if (machine.config.unknown === 'tagged') return new PyPersistentId(id)
  throw machine.fail(`a persistent id is not on the allow list${tagHint}`)
}

function extension(machine: Machine, code: number): PyExtension {
  if (code === 0) throw machine.fail('extension code 0 does not exist')
  if (machine.config.unknown === 'tagged') return new PyExtension(code)
  throw machine.fail(`extension code ${code} is not on the allow list${tagHint}`)
}

function refuseBuffer(machine: Machine): never {
  throw machine.fail('it needs an out-of-band buffer, which is kept outside of it')
}

function described(callable: PyCallable): string {
  if (callable instanceof PyGlobal) return `${printable(callable.module)}.${printable(callable.name)}`
  return callable instanceof PyExtension ? `extension ${callable.extensionCode}` : 'an object'
}

/** Names come out of the bytes: what is unusual in them is not let into a message. */
function printable(name: string): string {
  return name.slice(0, 100).replaceAll(/[^\w.<>-]/g, '?')
}
