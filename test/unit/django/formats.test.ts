import { describe, expect, it } from 'vitest'

import { type Bytes, fromText } from '../../../src/base/bytes.ts'
import { djangoFormat, djangoRedisFormat, type ValueFormat } from '../../../src/django/formats.ts'
import { sectionOf } from '../../../src/django/section.ts'

function format(OPTIONS: object = {}): ValueFormat {
  return djangoRedisFormat(sectionOf('OPTIONS', OPTIONS), {})
}

async function written(value: unknown, OPTIONS: object = {}): Promise<string> {
  return hex(await format(OPTIONS).codec.encode(value))
}

function hex(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex')
}

const json = { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' }
const zlib = { COMPRESSOR: 'django_redis.compressors.zlib.ZlibCompressor' }

describe('what is written', () => {
  it.each<[unknown, string]>([
    [1, '31'],
    [2n ** 63n, Buffer.from('9223372036854775808').toString('hex')],
    [true, '8004882e'],
    [null, '80044e2e'],
    [1.5, '8004950a00000000000000473ff80000000000002e'],
    ['hello', '80049509000000000000008c0568656c6c6f942e'],
  ])('%s is what django-redis writes', async (value, expected) => {
    expect(await written(value)).toBe(expected)
  })

  it.each([
    [undefined, '80044e2e'],
    [2, '80044e2e'],
    [4, '80044e2e'],
    [5, '80054e2e'],
    [-1, '80054e2e'],
  ])('PICKLE_VERSION %s is a protocol that Python 3 reads', async (PICKLE_VERSION, expected) => {
    expect(await written(null, { PICKLE_VERSION })).toBe(expected)
  })

  it("is of protocol 5 by Django's own backend", async () => {
    const { codec } = djangoFormat(sectionOf('OPTIONS', {}), {})

    expect(hex(await codec.encode(null))).toBe('80054e2e')
  })

  it('is JSON, with integers and true bare', async () => {
    expect(await written(true, json)).toBe(Buffer.from('true').toString('hex'))
    expect(await written({ a: [1, 'é'] }, json)).toBe(Buffer.from('{"a": [1, "\\u00e9"]}').toString('hex'))
  })

  it('is compressed when it is longer than 15 bytes, and integers never', async () => {
    expect(await written('x'.repeat(13), { ...json, ...zlib })).not.toMatch(/^789c/)
    expect(await written('x'.repeat(14), { ...json, ...zlib })).toMatch(/^789c/)
    expect(await written(10n ** 30n, zlib)).toBe(Buffer.from(`1${'0'.repeat(30)}`).toString('hex'))
  })

  it('is compressed as well where that is no shorter: django-redis finds the members of a set by their bytes', async () => {
    const ofPython = '789c6b6099cac300013d1c1ea93939f9561e8953f40034060553'

    expect(await written('Hello:Ha', zlib)).toBe(ofPython)
  })
})

describe('what is read', () => {
  it.each<[string, unknown]>([
    [' 12\n', 12],
    ['1_000', 1000],
    ['+7', 7],
    ['007', 7],
  ])('%j is the integer that Python reads', async (text, expected) => {
    expect(await format().codec.decode(fromText(text), 'key')).toBe(expected)
  })

  it('the configured format is tried first: text that is JSON and nothing else is no pickle', async () => {
    expect(await format(json).codec.decode(fromText('["a", 1.5, NaN]'), 'key')).toEqual(['a', 1.5, Number.NaN])
  })

  it.each([{}, json])('bytes of no format are a DecodeError, with %j', async (OPTIONS) => {
    const reading = (async () => format(OPTIONS).codec.decode(Buffer.from('80049fffff', 'hex'), 'key'))()

    await expect(reading).rejects.toMatchObject({ code: 'ERR_DECODE', key: 'key' })
  })

  it('no bytes at all are a DecodeError, as they are in Python', async () => {
    await expect((async () => format().codec.decode(fromText(''), 'key'))()).rejects.toMatchObject({
      code: 'ERR_DECODE',
    })
  })
})
