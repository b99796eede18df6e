import { deflateSync, inflateSync } from 'node:zlib'

import { type Bytes, fromText, view } from '../../base/bytes.ts'
import { placed } from '../../codecs/unwritable.ts'
import { readJson } from '../json-read.ts'
import { type JsonStyle, writeJson } from '../json-write.ts'
import type { DjangoJsonConfig } from '../json.ts'
import { invalid } from './signer.ts'

/** What stands in front of a text that is compressed. */
const compressedMark = '.'

/** `json.dumps(value, separators=(',', ':'))`. */
const style: JsonStyle = { afterItem: ',', afterKey: ':', encodesTexts: false }

/** The JSON of a value as Django signs it. @throws TypeError for what Python's `json` cannot hold. */
export function toObjectBytes(value: unknown, maxBytes: number): Bytes {
  if (value === undefined) throw new TypeError('signing: undefined cannot be signed; use null')
  try {
    return fromText(writeJson(value, jsonConfig(maxBytes), style))
  } catch (error) {
    throw placed(error, 'signing', value)
  }
}

/** @throws DecodeError */
export function fromObjectBytes(bytes: Bytes, maxBytes: number): unknown {
  // As Django's JSONSerializer.loads, which decodes latin-1. What Django writes is ASCII; what others signed may not be.
  const utf8 = fromText(view(bytes).toString('latin1'))
  return readJson(utf8, jsonConfig(2 * maxBytes))
}

/** Bytes in letters that need no escape in a URL; compressed where that makes them shorter. */
export function packed(bytes: Bytes, compress: boolean): string {
  const smaller = compress ? deflateSync(bytes) : bytes
  // The mark takes one character.
  const isCompressed = smaller.byteLength < bytes.byteLength - 1
  return isCompressed ? compressedMark + base64Of(smaller) : base64Of(bytes)
}

/** @throws SignatureError for what {@link packed} did not make, or comes to more than `maxBytes`. */
export function unpacked(text: string, maxBytes: number): Bytes {
  if (!text.startsWith(compressedMark)) return Buffer.from(text, 'base64url')
  try {
    return inflateSync(Buffer.from(text.slice(1), 'base64url'), { maxOutputLength: maxBytes })
  } catch (cause) {
    throw invalid('it holds nothing that can be decompressed, or too much', cause)
  }
}

/** The value of {@link toObjectBytes}, {@link packed}. @throws SignatureError */
export function fromObjectText(text: string, maxBytes: number): unknown {
  const bytes = unpacked(text, maxBytes)
  try {
    return fromObjectBytes(bytes, maxBytes)
  } catch (cause) {
    throw invalid('it holds no JSON, or too much of it', cause)
  }
}

function base64Of(bytes: Bytes): string {
  return view(bytes).toString('base64url')
}

function jsonConfig(maxBytes: number): DjangoJsonConfig {
  return { floats: 'exact', undefinedAs: 'error', maxDepth: 1000, maxBytes }
}
