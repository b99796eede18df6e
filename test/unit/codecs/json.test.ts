import { deepStrictEqual } from 'node:assert/strict'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { json } from '../../../src/codecs/json.ts'
import { DecodeError } from '../../../src/errors.ts'

const serializer = json()

function written(value: unknown): string {
  return toText(serializer.serialize(value) as Uint8Array)
}

describe('json', () => {
  it('writes what JSON.stringify writes and reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        fc.pre(typeof value !== 'number')

        expect(written(value)).toBe(JSON.stringify(value))
        deepStrictEqual(serializer.deserialize(fromText(written(value))), JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('does with dates, undefined and NaN what JSON does', () => {
    expect(written({ a: new Date(0), b: undefined, c: Number.NaN })).toBe('{"a":"1970-01-01T00:00:00.000Z","c":null}')
  })

  it.each([
    [2 ** 53, '9007199254740992.0'],
    [-0, '-0.0'],
    [1e21, '1e+21'],
    [1.5, '1.5'],
  ])('the number %d by itself comes back as that number', (value, text) => {
    expect(written(value)).toBe(text)
    expect(serializer.deserialize(fromText(text))).toBe(value)
  })

  it('an own __proto__ stays an own key and reaches no prototype', () => {
    const read = serializer.deserialize(fromText('{"__proto__":{"polluted":1}}')) as object

    expect(Object.keys(read)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect('polluted' in read).toBe(false)
  })

  const cycle: unknown[] = []
  cycle.push(cycle)
  it.each([
    ['a function inside', { a: [() => 1] }, 'a function, found at a.0'],
    ['a symbol inside', { a: { b: Symbol('x') } }, 'a symbol, found at a.b'],
    ['a bigint inside', { a: 1n }, 'a bigint or a value that contains itself'],
    ['a cycle', cycle, 'a bigint or a value that contains itself'],
    ['a function', () => 1, 'a value that is function'],
    ['undefined', undefined, 'a value that is undefined'],
    ['a toJSON without an answer', { toJSON: () => undefined }, 'a value that is nothing as JSON'],
  ])('%s is a TypeError that says so and proposes structured()', (_, value, words) => {
    const write = () => serializer.serialize(value)

    expect(write).toThrow(TypeError)
    expect(write).toThrow(words)
    expect(write).toThrow('structured()')
  })

  it('nesting beyond the stack is a TypeError', () => {
    let value: unknown = 1
    for (let level = 0; level < 200_000; level++) value = [value]

    expect(() => serializer.serialize(value)).toThrow(TypeError)
  })

  it('functions below a toJSON are its own affair', () => {
    expect(written([{ toJSON: () => 1, save: () => 2 }])).toBe('[1]')
  })

  it('an error of a toJSON is the one that the caller sees', () => {
    const error = new Error('mine')
    const value = {
      toJSON() {
        throw error
      },
    }

    expect(() => serializer.serialize(value)).toThrow(error)
  })

  it.each([
    ['cut short', '{"a":'],
    ['followed by more', '{} {}'],
    ['empty', ''],
    ['no JSON', 'NaN'],
  ])('text that is %s is a DecodeError that quotes nothing of it', (_, text) => {
    expect(() => serializer.deserialize(fromText(text))).toThrow(
      new DecodeError('', 'json', 'it is not well-formed JSON'),
    )
  })

  it('malformed UTF-8 is a DecodeError', () => {
    expect(() => serializer.deserialize(new Uint8Array([0x22, 0xc3, 0x22]))).toThrow('not UTF-8')
  })

  it('bytes of other formats are not accepted', () => {
    expect(serializer.accepts(new Uint8Array([0x80, 4]))).toBe(false)
    expect(serializer.accepts(fromText('~{}'))).toBe(false)
    expect(serializer.accepts(fromText(' {}'))).toBe(true)
  })
})
