import { randomInt } from 'node:crypto'

import type { Codec } from '../codecs/codec.ts'
import { type Fields, own, toFields, toRecord } from '../sessions/fields.ts'
import { hashed } from '../sessions/ids.ts'
import { type SessionLayout, withoutKey } from '../sessions/layout.ts'

/** Under which keys a session engine of Django's keeps sessions in its cache, and whether they are nowhere else. */
export interface Engine {
  readonly prefix: string
  readonly isWhole: boolean
}

/** By the dotted path of SESSION_ENGINE. */
export const engines: ReadonlyMap<string, Engine> = new Map([
  ['django.contrib.sessions.backends.cache', { prefix: 'django.contrib.sessions.cache', isWhole: true }],
  ['django.contrib.sessions.backends.cached_db', { prefix: 'django.contrib.sessions.cached_db', isWhole: false }],
])

/** Put before what is ours alone: marks, and lists of a user's devices. */
export const ownPrefix = 'everwarm.sessions:'

/** Of Django's making, though as short and as long as sites make theirs; nothing that leads out of the prefix. */
const keyForm = /^[0-9A-Za-z]{8,128}$/
const keyLetters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Names that no field has here: Django does not know them, so what its site keeps there stays as it is, unseen. */
const hidden: ReadonlySet<string> = new Set([own.created, own.moved, own.rest])

/** Sessions as Django's cache engine keeps them: the dict as it is, through the cache's serializer. */
export function djangoLayout(codec: Codec, { prefix, isWhole }: Engine, emptiedMs: number): SessionLayout {
  return {
    newKey: () => randomText(32, keyLetters),
    isKey: (text) => keyForm.test(text),
    nameOf: (key) => prefix + key,
    encode: (fields) => codec.encode(dictOf(fields)),
    decode: (bytes) => {
      const told = withoutKey(prefix)
      const value = codec.decode(bytes, told)
      return value instanceof Promise ? value.then((known) => fieldsOf(known, told)) : fieldsOf(value, told)
    },
    shared: { markOf: (name) => `${ownPrefix}left:${hashed(name)}`, isWhole, emptiedMs },
  }
}

/** So many letters that nobody can guess. */
export function randomText(length: number, letters: string): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
}

/** A dict whose keys are not all text is read as a `Map`. */
function fieldsOf(value: unknown, name: string): Fields {
  const entries = value instanceof Map ? [...value] : [...toFields(value, name)]
  const isField = ([key]: readonly [unknown, unknown]) => typeof key === 'string' && !hidden.has(key)
  const rest = entries.filter((entry) => !isField(entry))
  const fields = new Map(entries.filter(isField)) as Map<string, unknown>
  return rest.length === 0 ? fields : fields.set(own.rest, new Map(rest))
}

function dictOf(fields: Fields): unknown {
  const rest = fields.get(own.rest)
  if (!(rest instanceof Map)) return toRecord(fields)
  const entries = [...[...fields].filter(([name]) => name !== own.rest), ...(rest as Map<unknown, unknown>)]
  const isText = entries.every(([key]) => typeof key === 'string')
  return isText ? toRecord(entries as [string, unknown][]) : new Map<unknown, unknown>(entries)
}
