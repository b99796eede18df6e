import { type Bytes, fromText } from '../base/bytes.ts'
import type { Serializer } from './codec.ts'
import { mayBeJsonText, parseJsonText } from './json-text.ts'

/**
 * `JSON.stringify` and `JSON.parse` in UTF-8, with all that they do: dates become texts, `undefined` in an object is
 * left out, NaN becomes `null`. What JSON would lose without a word or refuse (functions, symbols, bigints, cycles) is
 * a `TypeError`.
 */
export function json(): Serializer {
  return { name: 'json', serialize, deserialize: (bytes) => parseJsonText(bytes, 'json'), accepts: mayBeJsonText }
}

function serialize(value: unknown): Bytes {
  if (typeof value === 'number' && Number.isInteger(value)) return fromText(numberText(value))
  const text = stringify(value)
  if (text === undefined)
    throw refusal(`a value that is ${typeof value === 'object' ? 'nothing as JSON' : typeof value}`)
  refuseLosses(value, [])
  return fromText(text)
}

/** With a fraction where the bare digits would be read back as a counter, or without the sign of -0. */
function numberText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('e') || (Number.isSafeInteger(value) && text !== '-0') ? text : `${text}.0`
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    if (cause instanceof TypeError) throw refusal('a bigint or a value that contains itself', cause)
    if (cause instanceof RangeError) throw refusal('a value so large or so deeply nested', cause)
    throw cause
  }
}

/** What was stringified before has neither cycles nor too many levels. */
function refuseLosses(value: unknown, path: (string | number)[]): void {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw refusal(`a ${typeof value}, found at ${path.map(String).join('.')}`)
  }
  // A toJSON speaks for all that is below it.
  if (typeof value !== 'object' || value === null || hasToJson(value)) return
  if (Array.isArray(value)) return refuseLossesOf(value, path)
  const record = value as Readonly<Record<string, unknown>>
  for (const name in record) {
    const item = record[name]
    if (isNested(item) && Object.hasOwn(record, name)) refuseAt(name, item, path)
  }
}

function refuseLossesOf(items: readonly unknown[], path: (string | number)[]): void {
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (isNested(item)) refuseAt(index, item, path)
  }
}

function refuseAt(step: string | number, item: unknown, path: (string | number)[]): void {
  path.push(step)
  refuseLosses(item, path)
  path.pop()
}

function isNested(item: unknown): boolean {
  return typeof item === 'object' || typeof item === 'function' || typeof item === 'symbol'
}

function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function refusal(what: string, cause?: unknown): TypeError {
  const message = `json() cannot hold ${what}: leave it out, convert it, or use structured() for bigints and cycles`
  return new TypeError(message, cause === undefined ? undefined : { cause })
}
