import { types } from 'node:util'

import type { Bytes } from '../../base/bytes.ts'
import { crowdedKeys, hasCrowdedKeys } from '../key-guard.ts'
import { heads, mark, markCode, marks, maxDepth, prefixes, views } from './marks.ts'

/** A value in the words of JSON, and the binary parts that its marks speak of, in their order. */
export interface Marked {
  readonly tree: unknown
  readonly binaries: readonly Bytes[]
}

/** Beyond this an array with holes is no list any more, and writing one mark for each would take for ever. */
const maxHoles = 65_536

interface Writing {
  /** Each object's number, in the order met. */
  readonly numbers: Map<object, number>
  readonly binaries: Bytes[]
  readonly path: (string | number)[]
  holes: number
}

/** @throws TypeError naming the place of what is no data. */
export function toMarked(value: unknown): Marked {
  const writing: Writing = { numbers: new Map(), binaries: [], path: [], holes: 0 }
  return { tree: marked(value, writing), binaries: writing.binaries }
}

function marked(value: unknown, writing: Writing): unknown {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) === markCode ? mark + value : value
    case 'number':
      return markedNumber(value)
    case 'boolean':
      return value
    case 'undefined':
      return marks.undefined
    case 'bigint':
      return prefixes.bigint + value.toString(16)
    case 'object':
      return value === null ? null : markedObject(value, writing)
    default:
      throw refusal(`a ${typeof value}`, writing)
  }
}

function markedNumber(value: number): unknown {
  if (Number.isFinite(value)) return Object.is(value, -0) ? marks.negativeZero : value
  if (Number.isNaN(value)) return marks.notANumber
  return value > 0 ? marks.infinity : marks.negativeInfinity
}

function markedObject(value: object, writing: Writing): unknown {
  const known = writing.numbers.get(value)
  if (known !== undefined) return `${prefixes.reference}${known}`
  writing.numbers.set(value, writing.numbers.size)
  if (writing.path.length > maxDepth) {
    throw new TypeError(
      `structured() cannot hold a value nested more than ${maxDepth} deep; store its parts by reference`,
    )
  }
  if (Array.isArray(value)) return markedArray(value, writing)
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
    ? markedRecord(value, writing)
    : markedInstance(value, writing)
}

function markedArray(value: readonly unknown[], writing: Writing): unknown[] {
  const items: unknown[] = []
  for (let index = 0; index < value.length; index++) {
    const item = value[index]
    items.push(item === undefined && !(index in value) ? hole(writing) : inside(index, item, writing))
  }
  return items
}

function hole(writing: Writing): string {
  if (++writing.holes > maxHoles) {
    throw refusal(`an array with more than ${maxHoles} holes`, writing)
  }
  return marks.hole
}

function inside(step: string | number, value: unknown, writing: Writing): unknown {
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    writing.path.push(step)
    const result = marked(value, writing)
    writing.path.pop()
    return result
  }
  return marked(value, writing)
}

function markedRecord(value: object, writing: Writing): Record<string, unknown> {
  const source = value as Readonly<Record<string, unknown>>
  const record: Record<string, unknown> = {}
  for (const name of Object.keys(source)) {
    const item = inside(name, source[name], writing)
    if (name === '__proto__') {
      // Assigning would set the prototype instead of a property of that name.
      Object.defineProperty(record, name, { value: item, enumerable: true, configurable: true, writable: true })
    } else {
      record[name] = item
    }
  }
  return record
}

/** Asks for the inner slots and not for the class, so that objects of another realm are known too. */
function markedInstance(value: object, writing: Writing): unknown {
  if (types.isDate(value)) return prefixes.date + dateText(value)
  if (types.isMap(value)) return markedMap(value, writing)
  if (types.isSet(value)) return markedSet(value, writing)
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return markedBinary(value, writing)
  if (types.isNativeError(value)) return markedError(value, writing)
  if (types.isRegExp(value)) return [heads.regexp, value.source, value.flags]
  if (isNoData(value)) throw refusal(nameOf(value), writing)
  return markedRecord(value, writing)
}

function dateText(date: Date): string {
  const time = date.getTime()
  return Number.isNaN(time) ? '' : String(time)
}

function markedSet(value: ReadonlySet<unknown>, writing: Writing): unknown[] {
  if (hasCrowdedKeys(value)) throw refusal(`a Set of which ${crowdedKeys}`, writing)
  const items: unknown[] = [heads.set]
  let index = 0
  for (const item of value) items.push(inside(index++, item, writing))
  return items
}

function markedMap(value: ReadonlyMap<unknown, unknown>, writing: Writing): unknown[] {
  if (hasCrowdedKeys(value)) throw refusal(`a Map of which ${crowdedKeys}`, writing)
  const items: unknown[] = [heads.map]
  for (const [key, item] of value) {
    items.push(inside('(a key)', key, writing), inside(typeof key === 'string' ? key : '(a value)', item, writing))
  }
  return items
}

function markedBinary(value: ArrayBufferView | ArrayBuffer, writing: Writing): unknown[] {
  const [buffer, offset] = ArrayBuffer.isView(value) ? [value.buffer, value.byteOffset] : [value, 0]
  const name = ArrayBuffer.isView(value) ? viewName(value) : 'ArrayBuffer'
  if (name === undefined) throw refusal(nameOf(value), writing)
  writing.binaries.push(new Uint8Array(buffer, offset, value.byteLength))
  return [heads.binary, name, value.byteLength]
}

/** A `Buffer` is a `Uint8Array` here, as it is for `structuredClone`. */
function viewName(value: ArrayBufferView): string | undefined {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag)
  return typeof tag === 'string' && views.has(tag) ? tag : undefined
}

function markedError(value: Error, writing: Writing): unknown[] {
  const items: unknown[] = [heads.error, text(value.name, 'Error'), text(value.message, '')]
  if (Object.hasOwn(value, 'cause')) items.push(inside('cause', value.cause, writing))
  return items
}

/** Escaped as every text is, so that a name like a mark comes back as it was. */
function text(value: unknown, fallback: string): string {
  const known = typeof value === 'string' ? value : fallback
  return known.charCodeAt(0) === markCode ? mark + known : known
}

function isNoData(value: object): boolean {
  return (
    types.isBoxedPrimitive(value) ||
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isSharedArrayBuffer(value) ||
    types.isGeneratorObject(value) ||
    value instanceof WeakRef
  )
}

function nameOf(value: object): string {
  return `a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`
}

function refusal(what: string, writing: Writing): TypeError {
  return new TypeError(
    `structured() cannot hold ${what}, found at ${placeOf(writing.path)}; only data can be stored: leave it out or convert it`,
  )
}

function placeOf(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the top'
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
}
