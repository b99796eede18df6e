import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PyByteArray, PyDeque, PyFrozenSet, PyOrderedDict, PyTuple } from '../../../src/codecs/pickle/collections.ts'
import { PyDate, PyDateTime, PyTime } from '../../../src/codecs/pickle/datetimes.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { PyTimeDelta } from '../../../src/codecs/pickle/timedelta.ts'
import { PyComplex, PyDecimal, PyFloat, PySafeString, PyUuid } from '../../../src/codecs/pickle/values.ts'
import { PyTimeZone, PyZoneInfo } from '../../../src/codecs/pickle/zones.ts'

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string())
const clock = {
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 59 }),
  second: fc.integer({ min: 0, max: 59 }),
  microsecond: fc.integer({ min: 0, max: 999_999 }),
  fold: fc.constantFrom(0, 1),
}
const calendar = {
  year: fc.integer({ min: 1, max: 9999 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
}
const zone = fc.constantFrom(
  null,
  new PyTimeZone(new PyTimeDelta({ days: -1, seconds: 1 }), 'W'),
  new PyZoneInfo('Asia/Tokyo'),
)
const delta = fc.record({
  days: fc.integer({ min: -999, max: 999 }),
  seconds: clock.second,
  microseconds: clock.microsecond,
})

/** What may be a key in Python and is no text. */
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
  fc.double().filter((value) => value !== 0 && !Number.isSafeInteger(value)),
  fc.maxSafeInteger().map((value) => new PyFloat(value)),
  // Bytes of length 0 and 1 are one object each in Python, and so in a set.
  fc.uint8Array({ minLength: 2 }).map((bytes) => new Uint8Array(bytes)),
  fc.uuid().map((uuid) => new PyUuid(uuid)),
  fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })).map(([re, im]) => new PyComplex(re, im)),
  text.map((value) => new PySafeString(value)),
  fc.integer().map((value) => new PyDecimal(`${value}.50`)),
  fc.record(calendar).map((parts) => new PyDate(parts)),
  fc.record({ ...clock, zone }).map((parts) => new PyTime(parts)),
  fc.record({ ...calendar, ...clock, zone }).map((parts) => new PyDateTime(parts)),
  delta.map((parts) => new PyTimeDelta(parts)),
  fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') }),
)

const { value } = fc.letrec<{ value: unknown; list: unknown[] }>((tie) => ({
  list: fc.array(tie('value'), { maxLength: 5 }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    text,
    fc.constant(-0),
    fc.uint8Array().map((bytes) => new PyByteArray(bytes)),
    tie('list'),
    tie('list').map((items) => new PyTuple(items)),
    tie('list').map((items) => new PyDeque(items)),
    fc.array(scalar).map((items) => new Set(items)),
    fc.array(fc.integer()).map((items) => new PyFrozenSet(items)),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }).map((record) => ({ ...record })),
    fc.tuple(scalar, tie('value'), text, tie('value')).map(
      ([a, b, c, d]) =>
        new Map<unknown, unknown>([
          [a, b],
          [c, d],
        ]),
    ),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new PyOrderedDict(entries)),
  ),
}))

describe('for all values', () => {
  it.each([4, 5] as const)('what is read is what was written, in protocol %d', (protocol) => {
    const serializer = pickle({ protocol })

    fc.assert(
      fc.property(value, (written) => {
        const read = serializer.deserialize(serializer.serialize(written) as Uint8Array)

        expect(read).toStrictEqual(written)
      }),
      { numRuns: 400 },
    )
  })

  it('what is read is written to the same bytes', () => {
    const serializer = pickle({ dicts: 'map' })

    fc.assert(
      fc.property(value, (any) => {
        const bytes = serializer.serialize(serializer.deserialize(serializer.serialize(any) as Uint8Array))

        expect(serializer.serialize(serializer.deserialize(bytes as Uint8Array))).toEqual(bytes)
      }),
      { numRuns: 300 },
    )
  })

  it('references lead to where they led, in cycles too', () => {
    const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 })

    fc.assert(
      fc.property(edges, (pairs) => {
        const nodes = Array.from({ length: 10 }, (_, id): Node => ({ id, next: [] }))
        for (const [from, to] of pairs) nodes[from]?.next.push(nodes[to] as Node)

        const read = pickle().deserialize(pickle().serialize(nodes) as Uint8Array) as Node[]

        for (const node of read) {
          for (const [index, next] of node.next.entries())
            expect(next).toBe(read[nodes[node.id]?.next[index]?.id ?? -1])
        }
      }),
      { numRuns: 200 },
    )
  })
})

interface Node {
  readonly id: number
  readonly next: Node[]
}
