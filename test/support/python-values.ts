import { readFileSync } from 'node:fs'

import type { Typed } from './typed.ts'

/** One value as real Python, Django and django-redis wrote it. */
export interface PythonValue {
  readonly name: string
  readonly serializer: string
  readonly source: string
  readonly bytes: Uint8Array
  /** What Python reads back; missing for the sessions and for what Python itself cannot read. */
  readonly typed: Typed | undefined
}

interface Record {
  readonly name: string
  readonly serializer: string
  readonly compressor: string
  readonly source: string
  readonly hex: string
  readonly typed?: Typed
}

const file = new URL('../fixtures/python-values.json', import.meta.url)
const records = JSON.parse(readFileSync(file, 'utf8')) as readonly Record[]

/** The records written by one of these serializers, uncompressed. Top-level integers are no serializer's, so left out. */
export function pythonValues(...serializers: readonly string[]): PythonValue[] {
  return records
    .filter((record) => record.compressor === 'identity' && serializers.includes(record.serializer))
    .map(({ name, serializer, source, hex, typed }) => ({
      name,
      serializer,
      source,
      bytes: new Uint8Array(Buffer.from(hex, 'hex')),
      typed,
    }))
    .filter(({ bytes }) => !/^-?\d+$/.test(Buffer.from(bytes).toString('latin1')))
}
