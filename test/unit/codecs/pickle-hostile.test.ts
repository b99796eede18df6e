import { describe, expect, it } from 'vitest'

import { PyTuple } from '../../../src/codecs/pickle/collections.ts'
import type { PickleOptions } from '../../../src/codecs/pickle/options.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { DecodeError } from '../../../src/errors.ts'
import { clashingInts } from '../../support/clashing-ints.ts'
import { heapBytes, mutated, randomFrom } from '../../support/mutations.ts'
import { pythonValues } from '../../support/python-values.ts'

function refusal(bytes: string | Uint8Array, options?: PickleOptions): DecodeError {
  const input = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  try {
    pickle(options).deserialize(input)
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return error as DecodeError
  }
  return expect.fail('it was read')
}

const uint32 = (value: number): string => Buffer.from(Uint32Array.of(value).buffer).toString('latin1')

describe('mutated pickles', () => {
  const samples = pythonValues('pickle', 'pickle0', 'pickle2', 'pickle5').map((record) => record.bytes)

  it('that still read can be written, or are refused as a TypeError', () => {
    const random = randomFrom(3)
    const serializer = pickle({ unknown: 'tagged', dicts: 'map' })

    let written = 0
    for (let count = 0; count < 5000; count++) {
      try {
        const bytes = serializer.serialize(serializer.deserialize(mutated(samples, random))) as Uint8Array
        expect(serializer.deserialize(bytes)).toBeDefined()
        written++
      } catch (error) {
        expect(error instanceof DecodeError || error instanceof TypeError).toBe(true)
      }
    }

    expect(written).toBeGreaterThan(50)
  })
})

describe('a pickle that is cut short', () => {
  it.each(pythonValues('pickle', 'pickle0').filter(({ bytes }) => bytes.length < 400))(
    'is refused wherever it is cut: $name by $serializer',
    ({ bytes }) => {
      for (let length = 0; length < bytes.length; length++) refusal(bytes.subarray(0, length))
    },
  )
})

describe('lengths that are not there', () => {
  it.each([
    ['a text of 4 GB', `\x80\x04X${uint32(0xffffffff)}abc.`],
    ['bytes of 2^63', `\x80\x04\x8e${'\xff'.repeat(8)}abc.`],
    ['a frame of 2^64', `\x80\x04\x95${'\xff'.repeat(8)}N.`],
    ['an int of 4 GB', `\x80\x02\x8b${uint32(0xffffffff)}1.`],
    ['a text without an end', `V${'x'.repeat(1000)}`],
  ])('are refused before anything is allocated: %s', (_, bytes) => {
    expect(refusal(bytes).message).toMatch(/cut short|8192 bytes/)
  })

  it.each([
    ['a memo of 4 billion', `Nr${uint32(0xffffffff)}.`],
    ['a memo of 10 digits', 'Np9999999999\n.'],
    ['a memo that was never filled', 'h\x05.'],
    ['a gap in the memo', `Nr${uint32(900)}h\x05.`],
  ])('are refused: %s', (_, bytes) => {
    expect(refusal(bytes).message).toMatch(/memo/)
  })
})

describe('bombs', () => {
  const repeat = (text: string, count: number): Buffer => Buffer.from(text.repeat(count), 'latin1')

  it('of more objects than maxObjects are refused', () => {
    const bytes = Buffer.concat([Buffer.from('('), repeat('\x8f', 2000), Buffer.from('l.')])

    expect(refusal(bytes, { maxObjects: 1000 }).message).toMatch(/maxObjects/)
  })

  it.each([
    ['sets', '\x8f'],
    ['lists', ']'],
    ['dicts', '}'],
    ['Maps', '}NNs'],
    ['bytes', 'C\0'],
    ['frozensets', '(\x91'],
    ['OrderedDicts', 'ccollections\nOrderedDict\n)R'],
  ])('take no more than 200 times their bytes: %s', (_, item) => {
    const bytes = Buffer.concat([Buffer.from('('), repeat(item, 100_000), Buffer.from('l.')])
    const serializer = pickle()
    serializer.deserialize(bytes)
    const before = heapBytes()

    const value = serializer.deserialize(bytes)

    expect(heapBytes() - before).toBeLessThan(200 * bytes.length)
    expect(value).toHaveLength(100_000)
  })

  it('longer than maxBytes are refused', () => {
    expect(refusal(repeat('N', 101), { maxBytes: 100 }).message).toMatch(/maxBytes/)
  })

  it.each([
    ['tuples in tuples', ['N', '\x85', '.']],
    ['lists around lists', ['', ']', `${'a'.repeat(1500)}.`]],
    ['marks on marks', ['N', '(', '.']],
    ['states in states', ['c__main__\nX\n)R', '(c__main__\nX\n)Rb', '.']],
  ])('of depth are refused, and just below maxDepth read: %s', (name, [start = '', step = '', end = '']) => {
    const nested = (count: number): Buffer =>
      Buffer.concat([Buffer.from(start, 'latin1'), repeat(step, count), Buffer.from(end, 'latin1')])

    if (name === 'tuples in tuples') expect(pickle().deserialize(nested(999))).toBeInstanceOf(PyTuple)
    refusal(nested(1501), { unknown: 'tagged' })
  })

  it('of depth hidden behind the memo are refused', () => {
    let text = ']q\x00'
    for (let index = 1; index < 3000; index++) text += `]r${uint32(index)}j${uint32(index - 1)}a0j${uint32(index)}`

    expect(refusal(`${text}.`).message).toMatch(/maxDepth/)
  })

  it('of doubling references are a few objects, however many paths lead through them', () => {
    let text = '\x80\x04]\x94'
    for (let index = 0; index < 200; index++)
      text += `]\x94(h${String.fromCharCode(index)}h${String.fromCharCode(index)}e`

    const start = performance.now()
    const value = pickle().deserialize(Buffer.from(`${text}.`, 'latin1'))

    expect(Array.isArray(value)).toBe(true)
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('of digits are refused', () => {
    expect(refusal(`I${'9'.repeat(5000)}\n.`).message).toMatch(/4300 digits/)
    expect(refusal(`L${'9'.repeat(5000)}L\n.`).message).toMatch(/4300 digits/)
    expect(pickle().deserialize(Buffer.from(`I-${'9'.repeat(4300)}\n.`))).toBe(1n - 10n ** 4300n)
  })

  it('of digits that are no float are refused at once', () => {
    const start = performance.now()

    refusal(`F${'1'.repeat(500_000)}x\n.`)

    expect(performance.now() - start).toBeLessThan(500)
  })

  const text = `X${uint32(20_000)}${'1'.repeat(20_000)}q\x010`
  const items = `(${'N'.repeat(20_000)}lq\x010`
  const entries = `}q\x01(${Array.from({ length: 5000 }, (_, index) => `U\x05${10_000 + index}N`).join('')}u0`
  it.each([
    ['a bytearray', `B${uint32(20_000)}${'A'.repeat(20_000)}q\x010`, 'cbuiltins\nbytearray\n', 'h\x01\x85R'],
    ['bytes', `${text}U\x06latin1q\x030`, 'c_codecs\nencode\n', 'h\x01h\x03\x86R'],
    ['a bytearray of text', `${text}U\x06latin1q\x030`, 'cbuiltins\nbytearray\n', 'h\x01h\x03\x86R'],
    ['a Decimal', text, 'cdecimal\nDecimal\n', 'h\x01\x85R'],
    ['a deque', items, 'ccollections\ndeque\n', 'h\x01\x85R'],
    ['a set', items, 'cbuiltins\nset\n', 'h\x01\x85R'],
    ['a frozenset', items, 'cbuiltins\nfrozenset\n', 'h\x01\x85R'],
    ['a Counter', entries, 'ccollections\nCounter\n', 'h\x01\x85R'],
    ['a UUID', entries, 'cuuid\nUUID\n', ')\x81h\x01X\x03\x00\x00\x00intK\x01sb'],
  ])('of calls that each copy what they share are refused: %s', (_, shared, name, call) => {
    const once = `${shared}(${name}q\x02${call}`

    expect(refusal(`${once}${`h\x02${call}`.repeat(10_000)}l.`).message).toMatch(/copy more than it holds/)
    expect(pickle().deserialize(Buffer.from(`${once}l.`, 'latin1'))).toHaveLength(1)
  })

  it('of dicts that turn out to be Maps one after the other are read in three passes', () => {
    const count = 20_000
    const bytes = Buffer.concat([Buffer.from('('), repeat('}(X\x01\x00\x00\x00aNK\x01Nu', count), Buffer.from('l.')])

    const start = performance.now()
    const value = pickle().deserialize(bytes) as unknown[]

    expect(value).toHaveLength(count)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('keys that are chosen to meet in one bucket', () => {
  /** Bigints whose lowest 64 bits are the same. */
  const clashing = (index: number): string => `\x8a\x0c${'\0'.repeat(8)}${uint32(index + 1)}`
  const honest = (index: number): string => `\x8a\x0c${uint32(index + 1)}${'\0'.repeat(7)}\x01`
  const many = (key: (index: number) => string, after = ''): string =>
    Array.from({ length: 5000 }, (_, index) => key(index) + after).join('')

  it.each([
    ['in a set', (key: typeof honest) => `\x8f(${many(key)}\x90.`],
    ['in a frozenset', (key: typeof honest) => `(${many(key)}\x91.`],
    ['in a set of protocol 2', (key: typeof honest) => `c__builtin__\nset\n(${many(key)}l\x85R.`],
    ['in a dict', (key: typeof honest) => `}(${many(key, 'N')}u.`],
  ])('are refused, and as many others are read: %s', (_, made) => {
    expect(refusal(made(clashing)).message).toMatch(/the same hash/)
    expect(pickle().deserialize(Buffer.from(made(honest), 'latin1'))).toHaveProperty('size', 5000)
  })

  it('are refused when they are small ints', () => {
    const ints = clashingInts(3000)
    const bytes = Buffer.from(`\x8f(${ints.map((int) => `J${uint32(int)}`).join('')}\x90.`, 'latin1')

    expect(refusal(bytes).message).toMatch(/the same hash/)
  })

  it('are not written either', () => {
    const set = new Set(clashingInts(3000))

    expect(() => pickle().serialize({ set })).toThrow(/^pickle: value\.set: .*the same hash/)
    expect(() => pickle().serialize(new Map([...set].map((int) => [int, null])))).toThrow(TypeError)
  })
})

describe('instructions that make no sense', () => {
  it.each([
    ['nothing', ''],
    ['an opcode that is none', '\x00.'],
    ['an empty stack', '.'],
    ['a mark that is missing', 'Nt.'],
    ['items below a mark', ']N(a.'],
    ['a list that is none', 'NNa.'],
    ['a tuple appended to', ')Na.'],
    ['a dict that is none', 'NNNs.'],
    ['a key without a value', '}(Nu.'],
    ['a set that is none', '](N\x90.'],
    ['a frozenset added to', '(\x91(N\x90.'],
    ['a list as a key', '}]Ns.'],
    ['a dict in a set', '\x8f(}\x90.'],
    ['a deque as a key', '}ccollections\ndeque\n)RNs.'],
    ['a bytearray in a frozenset', `(\x96${'\0'.repeat(8)}\x91.`],
    ['a protocol of the future', '\x80\x06N.'],
    ['something behind the end', 'N.N'],
    ['a class that is no text', 'NN\x93.'],
    ['a call of a number', 'I1\n)R.'],
    ['arguments that are no tuple', 'ccollections\nOrderedDict\n]R.'],
    ['a state for a number', 'I1\nNb.'],
    ['a UUID without a number', '\x80\x02cuuid\nUUID\n)\x81.'],
    ['a UUID that is too large', `\x80\x02cuuid\nUUID\n)\x81}X\x03\x00\x00\x00int\x8a\x11${'\xff'.repeat(16)}\x01sb.`],
    ['a date that is none', 'cdatetime\ndate\n(c_codecs\nencode\n(V\\u0007\xe8\x0d\x01\nVlatin1\ntRtR.'],
    ['a Decimal that is none', 'cdecimal\nDecimal\n(Vabc\ntR.'],
    ['a deque that is too full', 'ccollections\ndeque\n((K\x01K\x02lK\x01tR.'],
    ['a timedelta out of bounds', 'cdatetime\ntimedelta\n(I0\nI90000\nI0\ntR.'],
    ['text that is not UTF-8', 'X\x02\x00\x00\x00\xc3\x28.'],
    ['text that is overlong', 'X\x02\x00\x00\x00\xc0\x80.'],
    ['an int that is none', 'I0x10\n.'],
    ['a float that is none', 'F1_0\n.'],
    ['an out-of-band buffer', '\x80\x05\x97.'],
  ])('are refused: %s', (_, bytes) => {
    const error = refusal(bytes)

    expect(error.format).toBe('pickle')
    expect(error.key).toBe('')
  })
})
