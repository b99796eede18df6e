import { describe, expect, it } from 'vitest'

import type { Serializer } from '../../../src/codecs/codec.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { pythonValues, type PythonValue } from '../../support/python-values.ts'
import { toTyped } from '../../support/typed.ts'

/** Protocols up to 3 have no room for `fold`: Python itself reads these back without it. */
function losesFold({ name, serializer }: PythonValue): boolean {
  return name === 'datetime_fold' && /^pickle[0-3]$/.test(serializer)
}

const all = ['pickle', 'pickle0', 'pickle1', 'pickle2', 'pickle3', 'pickle5', 'django-builtin']

function serializerFor({ serializer, source }: PythonValue): Serializer {
  return pickle({
    protocol: serializer === 'pickle5' || serializer === 'django-builtin' ? 5 : 4,
    utc: source.includes('django3.2') ? 'pytz' : 'timezone',
  })
}

describe('what Python wrote', () => {
  const records = pythonValues(...all)

  it('is here in all protocols', () => {
    expect(new Set(records.map((record) => record.serializer))).toEqual(new Set(all))
    expect(records.length).toBeGreaterThan(400)
  })

  it.each(records.filter((record) => record.typed !== undefined && !losesFold(record)))(
    'reads as Python reads it: $name by $serializer',
    (record) => {
      const value = serializerFor(record).deserialize(record.bytes)

      expect(toTyped(value)).toEqual(record.typed)
    },
  )

  it.each(pythonValues('pickle', 'pickle5', 'django-builtin'))(
    'is written byte for byte as Python did: $name by $serializer',
    (record) => {
      const serializer = serializerFor(record)

      const bytes = serializer.serialize(serializer.deserialize(record.bytes)) as Uint8Array

      expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(record.bytes).toString('hex'))
    },
  )

  it.each(pythonValues('pickle0', 'pickle1', 'pickle2', 'pickle3'))(
    'in an old protocol means the same when written in the new one: $name by $serializer',
    (record) => {
      const serializer = serializerFor(record)
      const value = serializer.deserialize(record.bytes)

      const again = serializer.deserialize(serializer.serialize(value) as Uint8Array)

      expect(toTyped(again)).toEqual(toTyped(value))
    },
  )

  it('is accepted, and what other formats wrote is told apart where it can be', () => {
    const serializer = pickle()

    expect(records.every((record) => serializer.accepts(record.bytes))).toBe(true)
    expect(pythonValues('json').some((record) => serializer.accepts(record.bytes))).toBe(false)
  })
})
