import type { Bytes } from '../../base/bytes.ts'
import { KeyGuard } from '../key-guard.ts'
import { errors, heads, markCode, marks, maxDepth, prefixes, views } from './marks.ts'

/** A reason that is safe to show: it names no value. */
export class MarkError extends Error {}

interface Reading {
  /** Every object in the order met, which is the order in which they were numbered. */
  readonly met: unknown[]
  readonly binaries: Bytes
  used: number
  readonly guard: KeyGuard
}

const hole: unique symbol = Symbol('hole')

/**
 * The value that a marked tree stands for; the tree itself is used up.
 *
 * @throws MarkError for marks that are not known, point nowhere or do not fit the binary part.
 */
export function fromMarked(tree: unknown, binaries: Bytes): unknown {
  const reading: Reading = { met: [], binaries, used: 0, guard: new KeyGuard() }
  const value = unmarked(tree, reading, 0)
  if (value === hole) throw new MarkError('a hole outside of an array')
  if (reading.used !== binaries.byteLength) throw new MarkError('more binary data than its marks speak of')
  return value
}

function unmarked(node: unknown, reading: Reading, depth: number): unknown {
  if (typeof node === 'string') return node.charCodeAt(0) === markCode ? unmarkedText(node, reading) : node
  if (typeof node !== 'object' || node === null) return node
  if (depth > maxDepth) throw new MarkError(`nested more than ${maxDepth} deep`)
  if (Array.isArray(node)) return unmarkedArray(node, reading, depth)
  reading.met.push(node)
  const record = node as Record<string, unknown>
  for (const name of Object.keys(record)) {
    const item = record[name]
    const value = unmarked(item, reading, depth + 1)
    if (value === hole) throw new MarkError('a hole outside of an array')
    // An own `__proto__`, as JSON.parse makes it, is assigned to like any other own property.
    if (value !== item) record[name] = value
  }
  return record
}

function unmarkedText(text: string, reading: Reading): unknown {
  const rest = text.slice(2)
  switch (text.slice(0, 2)) {
    case '~~':
      return text.slice(1)
    case prefixes.date:
      return met(readDate(rest), reading)
    case prefixes.bigint:
      return readBigint(rest)
    case prefixes.reference:
      return readReference(rest, reading)
    default:
      return readWord(text)
  }
}

function readWord(text: string): unknown {
  switch (text) {
    case marks.undefined:
      return undefined
    case marks.negativeZero:
      return -0
    case marks.notANumber:
      return Number.NaN
    case marks.infinity:
      return Number.POSITIVE_INFINITY
    case marks.negativeInfinity:
      return Number.NEGATIVE_INFINITY
    case marks.hole:
      return hole
    default:
      throw new MarkError('an unknown mark')
  }
}

function met<T>(value: T, reading: Reading): T {
  reading.met.push(value)
  return value
}

function readDate(text: string): Date {
  if (text === '') return new Date(Number.NaN)
  const date = new Date(Number(text))
  if (String(date.getTime()) !== text) throw new MarkError('a date that is none')
  return date
}

function readBigint(text: string): bigint {
  const digits = /^(-?)([0-9a-f]+)$/.exec(text)
  if (digits === null) throw new MarkError('a bigint that is none')
  const size = BigInt(`0x${digits[2]}`)
  return digits[1] === '-' ? -size : size
}

function readReference(text: string, reading: Reading): unknown {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (number < 0 || number >= reading.met.length) throw new MarkError('a reference to nothing')
  return reading.met[number]
}

function unmarkedArray(node: unknown[], reading: Reading, depth: number): unknown {
  switch (node[0]) {
    case heads.map:
      return readMap(node, reading, depth)
    case heads.set:
      return readSet(node, reading, depth)
    case heads.error:
      return readError(node, reading, depth)
    case heads.regexp:
      return met(readRegExp(node), reading)
    case heads.binary:
      return met(readBinary(node, reading), reading)
    default:
      return readArray(node, reading, depth)
  }
}

function readArray(node: unknown[], reading: Reading, depth: number): unknown[] {
  reading.met.push(node)
  for (let index = 0; index < node.length; index++) {
    const item = node[index]
    const value = unmarked(item, reading, depth + 1)
    if (value === hole) Reflect.deleteProperty(node, index)
    else if (value !== item) node[index] = value
  }
  return node
}

function whole(node: unknown, reading: Reading, depth: number): unknown {
  const value = unmarked(node, reading, depth + 1)
  if (value === hole) throw new MarkError('a hole outside of an array')
  return value
}

function readMap(node: readonly unknown[], reading: Reading, depth: number): Map<unknown, unknown> {
  if (node.length % 2 === 0) throw new MarkError('a map with half an entry')
  const map = met(new Map<unknown, unknown>(), reading)
  for (let index = 1; index < node.length; index += 2) {
    const key = whole(node[index], reading, depth)
    checkKey(map, key, reading)
    map.set(key, whole(node[index + 1], reading, depth))
  }
  return map
}

function readSet(node: readonly unknown[], reading: Reading, depth: number): Set<unknown> {
  const set = met(new Set<unknown>(), reading)
  for (let index = 1; index < node.length; index++) {
    const item = whole(node[index], reading, depth)
    checkKey(set, item, reading)
    set.add(item)
  }
  return set
}

/** Refuses keys that were chosen to be slow. */
function checkKey(container: Map<unknown, unknown> | Set<unknown>, key: unknown, { guard }: Reading): void {
  if (guard.isCrowded(container, key)) throw new MarkError('too many keys with the same hash')
}

function readError(node: readonly unknown[], reading: Reading, depth: number): Error {
  const name = whole(node[1], reading, depth)
  const message = whole(node[2], reading, depth)
  if (typeof name !== 'string' || typeof message !== 'string' || node.length > 4) {
    throw new MarkError('an error that is none')
  }
  const error = met(bareError(name, message), reading)
  if (node.length === 4) hidden(error, 'cause', whole(node[3], reading, depth))
  return error
}

/** A trace made here would tell of the paths of this program, and taking one for each of many takes seconds. */
function bareError(name: string, message: string): Error {
  const limit = Error.stackTraceLimit
  Reflect.set(Error, 'stackTraceLimit', 0)
  const error = new (errors.get(name) ?? Error)(message)
  Reflect.set(Error, 'stackTraceLimit', limit)
  if (!errors.has(name)) hidden(error, 'name', name)
  hidden(error, 'stack', message === '' ? name : `${name}: ${message}`)
  return error
}

function hidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, enumerable: false, configurable: true, writable: true })
}

function readRegExp(node: readonly unknown[]): RegExp {
  const [, source, flags] = node
  if (typeof source !== 'string' || typeof flags !== 'string' || node.length !== 3) {
    throw new MarkError('a regular expression that is none')
  }
  return new RegExp(source, flags)
}

function readBinary(node: readonly unknown[], reading: Reading): ArrayBuffer | ArrayBufferView {
  const [, name, length] = node
  const left = reading.binaries.byteLength - reading.used
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length > left || node.length !== 3) {
    throw new MarkError('binary data that is not there')
  }
  const start = reading.used
  reading.used += length
  const view = typeof name === 'string' ? views.get(name) : undefined
  if (view === undefined && name !== 'ArrayBuffer') throw new MarkError('an unknown kind of binary data')
  const buffer = new ArrayBuffer(length)
  new Uint8Array(buffer).set(reading.binaries.subarray(start, reading.used))
  return view === undefined ? buffer : new view(buffer)
}
