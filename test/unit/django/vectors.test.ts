import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { msgpack, pickle, type Serializer } from '../../../src/codecs/index.ts'
import { djangoJson } from '../../../src/django/json.ts'
import { createCache } from '../../../src/index.ts'
import { pythonValues } from '../../support/python-values.ts'

interface Vectors {
  readonly keys: readonly {
    readonly key: string
    readonly prefix: string
    readonly version: number | string
    readonly redis_key: string
  }[]
  /** What Python's serializers refuse. */
  readonly unserializable: readonly { readonly name: string; readonly serializer: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/django-vectors.json', import.meta.url), 'utf8'),
) as Vectors

describe('keys', () => {
  it.each(vectors.keys)(
    '"$key" of "$prefix" in version $version is $redis_key',
    ({ key, prefix, version, redis_key }) => {
      const cache = createCache({ keyPrefix: prefix })

      expect(cache.makeKey(key, version)).toBe(redis_key)
    },
  )
})

describe('what Python refuses, so do we', () => {
  const serializers: Readonly<Record<string, Serializer>> = { json: djangoJson(), msgpack: msgpack() }
  const values = new Map(pythonValues('pickle').map(({ name, bytes }) => [name, pickle().deserialize(bytes)]))
  const refused = vectors.unserializable.filter(({ name, serializer }) => serializer in serializers && values.has(name))

  it.each(refused)('$name as $serializer', ({ name, serializer }) => {
    const value = values.get(name)
    // A timestamp of msgpack's own: Python's library asks for an option where ours takes a Date.
    if (serializer === 'msgpack' && hasDate(value)) return

    expect(() => serializers[serializer]?.serialize(value)).toThrow(TypeError)
  })

  it('is a whole list', () => {
    expect(refused.length).toBeGreaterThan(25)
  })
})

function hasDate(value: unknown): boolean {
  return [value, ...Object.values(Object(value) as object)].some((part) => part instanceof Date)
}
