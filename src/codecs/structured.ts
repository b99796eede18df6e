import { type Bytes, fromText, view } from '../base/bytes.ts'
import { DecodeError } from '../errors.ts'
import type { Serializer } from './codec.ts'
import { mayBeJsonText, parseJsonText } from './json-text.ts'
import { isWithinDepth } from './structured/depth.ts'
import { isExactJson } from './structured/exact.ts'
import { mark, markCode, maxDepth } from './structured/marks.ts'
import { fromMarked, MarkError } from './structured/read.ts'
import { toMarked } from './structured/write.ts'

const format = 'structured'

/**
 * What you set is what you get: every kind of data that `structuredClone` copies comes back equal to such a copy, with
 * -0, bigints, bytes, dates, maps, sets, errors, shared references and cycles. Data that JSON holds exactly is written
 * as plain JSON text, so it reads JSON as well; everything else as JSON with marks, behind a first byte `~`.
 *
 * As for `structuredClone`, instances of classes come back as plain objects. Of an error its name, message and cause
 * are kept, never a stack. Views come back each with a buffer of its own; names on arrays beside the items are dropped.
 * Functions, symbols, promises, weak collections, shared memory and boxed primitives are no data: a `TypeError` names
 * their place. So is what is nested more than 1000 deep.
 */
export function structured(): Serializer {
  return { name: format, keepsBigInt: true, serialize, deserialize, accepts }
}

function serialize(value: unknown): Bytes {
  // A whole number by itself would read as a plain counter, which has another home.
  if (isExactJson(value) && !Number.isInteger(value)) return fromText(JSON.stringify(value))
  const { tree, binaries } = toMarked(value)
  const text = fromText(mark + JSON.stringify(tree))
  return binaries.length === 0 ? text : Buffer.concat([text, separator, ...binaries])
}

/** No JSON text holds this byte, so the first one ends it. */
const separator = new Uint8Array(1)

function deserialize(bytes: Bytes): unknown {
  if (bytes[0] === markCode) return deserializeMarked(bytes)
  const value = parseJsonText(bytes, format)
  // A shorter text has no room for more brackets.
  if (bytes.byteLength > 2 * maxDepth && !isWithinDepth(value, maxDepth)) {
    throw new DecodeError('', format, `it is nested more than ${maxDepth} deep`)
  }
  return value
}

function deserializeMarked(bytes: Bytes): unknown {
  const end = view(bytes).indexOf(0)
  const tree = parseJsonText(bytes.subarray(1, end < 0 ? bytes.byteLength : end), format)
  try {
    return fromMarked(tree, end < 0 ? separator.subarray(1) : bytes.subarray(end + 1))
  } catch (cause) {
    // Any other error quotes what it stumbled over, which is the user's value.
    if (!(cause instanceof MarkError)) throw new DecodeError('', format, 'a mark in it holds no such value')
    throw new DecodeError('', format, cause.message)
  }
}

function accepts(bytes: Bytes): boolean {
  return bytes[0] === markCode || mayBeJsonText(bytes)
}
