import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { PyByteArray, PyDeque, PyFrozenSet, PyOrderedDict, PyTuple } from '../../../src/codecs/pickle/collections.ts'
import { PyDateTime } from '../../../src/codecs/pickle/datetimes.ts'
import type { PickleOptions } from '../../../src/codecs/pickle/options.ts'
import { pickle } from '../../../src/codecs/pickle/pickle.ts'
import { PyHerdMarker } from '../../../src/codecs/pickle/values.ts'
import { PyZoneInfo } from '../../../src/codecs/pickle/zones.ts'

function write(value: unknown, options?: PickleOptions): Buffer {
  return Buffer.from(pickle(options).serialize(value) as Uint8Array)
}

/** The bytes in hexadecimal; of long ones their number and SHA-256. */
function digest(bytes: Buffer): string {
  return bytes.length < 200
    ? bytes.toString('hex')
    : `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const entries = (count: number): [string, number][] => numbers(count).map((index) => [`k${index}`, index])
const dict = (count: number): Record<string, number> => Object.fromEntries(entries(count))
const at = (day: number): PyDateTime =>
  new PyDateTime({ year: 2024, month: 1, day, hour: 0, minute: 0, second: 0, zone: new PyZoneInfo('Europe/Madrid') })

/** Written by CPython 3.11.7: `pickle.dumps(value, 4)`. */
const golden: readonly (readonly [name: string, value: unknown, digest: string])[] = [
  ['a list of 1', numbers(1), '80049506000000000000005d944b00612e'],
  ['a list of 2', numbers(2), '80049509000000000000005d94284b004b01652e'],
  ['a list of 999', numbers(999), '2757 cc86163e880becec1b78828fa3f737270c2a3ef6d1658d7bd5502f5234f26833'],
  ['a list of 1000', numbers(1000), '2760 22d4f97e6fbaf3cdf3af36c80e58582660148f14c95ccaf101fdf320a201a669'],
  ['a list of 1001', numbers(1001), '2765 161e50d7236aad5010f0600b7c2b669804f3487bdf69c03ddfd00718d290e1be'],
  ['a list of 2000', numbers(2000), '5762 66968e242707f42b1111f2083c9f6a510781e13a017176532c821860c7148138'],
  ['a dict of 1', dict(1), '8004950b000000000000007d948c026b30944b00732e'],
  ['a dict of 2', dict(2), '80049513000000000000007d94288c026b30944b008c026b31944b01752e'],
  ['a dict of 999', dict(999), '9640 7d81f5aaa793d3bc4ad67e47bdea759ccd1aa499fafbceba2bf9164472146004'],
  ['a dict of 1000', dict(1000), '9652 0e1f58301b8206d244f4701012af9ce2d978a7b367fd625f8bdf52ee5493a77f'],
  ['a dict of 1001', dict(1001), '9663 88fdfb6d7cabace086775ddf3a03c83e840f16e9a42bd2e814bb5011e121eff3'],
  ['a dict of 2000', dict(2000), '20654 8aa33ac40136bd1f946f0ab17c7ed263b93844dbb168a5efafe9ef3b67f4d2d4'],
  ['a set of 1000', new Set(numbers(1000)), '2762 2af590cb9a18a5c97c38b05911011a3d13861fb1a3a943738ce7419064fe4cf7'],
  [
    'an OrderedDict of 1000',
    new PyOrderedDict(entries(1000)),
    '9681 cf4b09f7a1e5540df05747e87c6dbea1716d7a6a63de6d5f4d3d05205a1c0149',
  ],
  [
    'an OrderedDict of 1001',
    new PyOrderedDict(entries(1001)),
    '9693 d7fbeda36d2bd5a814f8ff5efe9e9b089142bdd8c0c9818a6799a10e97f15012',
  ],
  [
    'a deque of 1000',
    new PyDeque(numbers(1000)),
    '2785 61db8a965ddd1d10445f9ff27682611e82d307969088fd54186558b05ed0ef95',
  ],
  [
    'a deque of 1001',
    new PyDeque(numbers(1001)),
    '2789 e3ec8eb8921e350f5257e06d852ed3b44eeb53a3a9bba2bd5ec76fa73fcfef4e',
  ],
  ['a text of 255', ['x'.repeat(255), 1], '276 cfc913d6c7e0ff74c68240e4ea2549499311c16a4bd73375d9a930983fae4b0f'],
  ['a text of 256', ['x'.repeat(256), 1], '280 37aaf9af7e1e48487056ff70e0402162832e6ee0808ae8e690f9d4dc5a101e09'],
  ['a text of 65535', ['x'.repeat(65535), 1], '65568 18aca31c1520415373463a4a247e50aafd4e5c1387fe3db011576cb6f47945d8'],
  ['a text of 65536', ['x'.repeat(65536), 1], '65560 962a2eb8de1dd544a06b0157cf0f6be82069c5a7009c12c8617e91f71aa2242d'],
  ['bytes of 255', [Buffer.alloc(255, 'x'), 1], '276 efcb0fd235230ca77007c2001346403935ea6495316251ef72a4c354782cd2fa'],
  ['bytes of 256', [Buffer.alloc(256, 'x'), 1], '280 4d22938d4aeee0cf2e3cba0edda5deefe13c6a948904a4ddfb642927e5210a68'],
  [
    'bytes of 65536',
    [Buffer.alloc(65536, 'x'), 1],
    '65560 3f5419350f0380936849e82358309af93614d6827c259f3baec9bc982efa9631',
  ],
  [
    'several frames',
    numbers(100).map((index) => String(index).padStart(4, '0').repeat(500)),
    '200643 f735526b8b24bc8b17f9dd1d320227b792e157d72faebffd794f7eb91b5d1eda',
  ],
  ['300 keys twice', [dict(300), dict(300)], '4040 14623f194ed96baa667d3e8f4d9587d1d02a84f87432d99a8f2528a0a647823a'],
  ['the least int of four bytes', [-(2 ** 31)], '80049509000000000000005d944a00000080612e'],
  ['the first int below', [-(2 ** 31) - 1], '8004950b000000000000005d948a05ffffff7fff612e'],
  ['the first int above', [2 ** 31], '8004950b000000000000005d948a050000008000612e'],
  ['-2^39, which needs no byte for its sign', [-(2 ** 39)], '8004950b000000000000005d948a050000000080612e'],
  ['2^39, which does', [2 ** 39], '8004950c000000000000005d948a06000000008000612e'],
  ['2^53', [2n ** 53n], '8004950d000000000000005d948a0700000000000020612e'],
  ['an int of 255 bytes', [-(2n ** 2039n)], '272 4fb10892b1ca278ddf324b329b0b3581c40e274164a7b9dc4ffd5668c0b52ea2'],
  ['an int of 256 bytes', [-(2n ** 2040n)], '276 c7f230e05cc367a76ab9033cca31318bd7cb5b4cbc6c96b4d6a839c759f28088'],
  ['half of a surrogate pair', '\ud800a', '80049508000000000000008c04eda08061942e'],
  [
    'everything empty',
    [new PyTuple(), {}, [], new Set(), new PyFrozenSet(), '', new Uint8Array()],
    '80049515000000000000005d9428297d945d948f942891948c0094430094652e',
  ],
  [
    'keys that come twice, and values that do',
    [{ a1: 'b1' }, { a1: 'b1' }],
    '8004951c000000000000005d94287d948c026131948c02623194737d9468028c0262319473652e',
  ],
  [
    'two Dates, which share the object for UTC',
    [new Date(Date.UTC(2024, 0, 1)), new Date(Date.UTC(2024, 0, 2))],
    '80049570000000000000005d94288c086461746574696d65948c086461746574696d65949394430a07e801010000000000009468018c0874696d657a6f6e6594939468018c0974696d6564656c74619493944b004b004b008794529485945294869452946803430a07e8010200000000000094680c86945294652e',
  ],
  [
    'two datetimes of one zone',
    [at(1), at(2)],
    '80049598000000000000005d94288c086461746574696d65948c086461746574696d65949394430a07e80101000000000000948c086275696c74696e73948c07676574617474729493948c087a6f6e65696e666f948c085a6f6e65496e666f9493948c095f756e7069636b6c6594869452948c0d4575726f70652f4d6164726964944b0186945294869452946803430a07e8010200000000000094681086945294652e',
  ],
  [
    "a value of django-redis' HerdClient",
    PyTuple.of<unknown>(new PyHerdMarker(), 'v', 1_700_000_300),
    '80049535000000000000008c18646a616e676f5f72656469732e636c69656e742e68657264948c064d61726b65729493942981948c0176944a2cf2536587942e',
  ],
]

describe('the bytes', () => {
  it.each(golden)('are those of CPython for %s', (_, value, expected) => {
    expect(digest(write(value))).toBe(expected)
  })

  it.each([
    [255, '277 3f6665694a48604d7e7e2ef15e7921ccf80d07802373dcb2bae752718a23f1f9'],
    [65535, '65557 d46ae64336947583849f31f7e22c343dd1d79839ec2b8798513608a3b0114c36'],
    [65536, '65549 9401728c66ed5705c27a4967591fc49f7fd3c3c0012090b259ef9874f2ac207d'],
  ])('are those of CPython for a bytearray of %d in protocol 5', (length, expected) => {
    expect(digest(write(new PyByteArray(Buffer.alloc(length, 'x')), { protocol: 5 }))).toBe(expected)
  })

  it('refer to a list that is there twice', () => {
    const list: unknown[] = []

    expect(write([list, list]).toString('hex')).toBe('80049509000000000000005d94285d946801652e')
  })

  it('refer to a dict from inside of it', () => {
    const dict: Record<string, unknown> = {}
    dict['me'] = dict

    expect(write(dict).toString('hex')).toBe('8004950b000000000000007d948c026d65946800732e')
  })

  it.each([
    [[1], '80049510000000000000004b015d944b016800869461303068012e'],
    [[1, 2, 3], '8004951900000000000000284b014b024b035d94284b014b024b0368007494613168012e'],
  ])('throw away what was built of a tuple that holds itself: %j', (items, expected) => {
    const list: unknown[] = []
    const tuple = PyTuple.of<unknown>(...items, list)
    list.push(tuple)

    expect(write(tuple).toString('hex')).toBe(expected)
  })

  it('share equal texts when asked', () => {
    const value = ['north', 'north']

    expect(write(value, { sharedStrings: 'all' }).length).toBeLessThan(write(value).length)
    expect(pickle().deserialize(write(value, { sharedStrings: 'all' }))).toEqual(value)
  })

  it('spell UTC as pytz does when asked, for Django up to 3.2', () => {
    const bytes = write(new Date(0), { utc: 'pytz' })

    expect(bytes.includes('_UTC')).toBe(true)
    expect(bytes.includes('timezone')).toBe(false)
  })

  it('survive a getter that writes a pickle of its own', () => {
    const value = {
      a: 'before',
      get b(): unknown {
        return pickle().serialize(['inner'])
      },
      c: 'after',
    }

    expect(pickle().deserialize(write(value))).toEqual({ a: 'before', b: pickle().serialize(['inner']), c: 'after' })
  })
})

describe('a value that Python has no word for', () => {
  it.each([
    ['undefined in an object', { items: [{ price: undefined }] }, 'value.items[0].price'],
    ['a function', { run: (): void => {} }, 'value.run'],
    ['a symbol', [Symbol('x')], 'value[0]'],
    [
      'an instance of a class',
      {
        a: new (class Point {
          x = 1
        })(),
      },
      'value.a',
    ],
    ['a subclass of Map', [new (class Bag extends Map {})()], 'value[0]'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'value.at'],
    ['a Date after the year 9999', { at: new Date(Date.UTC(10_000, 0)) }, 'value.at'],
    ['a list as a key', new Map([[[1], 2]]), 'value (a key)'],
    ['a set in a set', new Set([new Set()]), 'value{}'],
    ['a deque in a set', new Set([new PyDeque()]), 'value{}'],
    ['an object without a prototype as a key', new Map([[Object.create(null), 2]]), 'value (a key)'],
    ['a hole', { list: Object.assign([], { length: 1 }) }, 'value.list[0]'],
  ])('is a TypeError that says where it is: %s', (_, value, path) => {
    expect(() => write(value)).toThrow(TypeError)
    expect(() => write(value)).toThrow(`pickle: ${path}: `)
  })

  it('is found behind a million bytes, and in long lists', () => {
    const value = [new Uint8Array(1_000_000), Array(300_000).fill(0), () => 1]

    expect(() => pickle().serialize(value)).toThrow('pickle: value[2]: ')
  })

  it('is refused at the top too', () => {
    expect(() => write(undefined)).toThrow(TypeError)
  })

  it('may be undefined when it is to be None', () => {
    const bytes = write({ a: undefined }, { undefinedAs: 'none' })

    expect(pickle().deserialize(bytes)).toEqual({ a: null })
  })

  it('is a TypeError when nested too deeply, or too long', () => {
    let nested: unknown = 1
    for (let depth = 0; depth < 1001; depth++) nested = [nested]

    expect(() => write(nested)).toThrow(/maxDepth/)
    expect(() => write('x'.repeat(200), { maxBytes: 100 })).toThrow(/maxBytes/)
    expect(() => write(2n ** 70_000n)).toThrow(/8192 bytes/)
  })
})
