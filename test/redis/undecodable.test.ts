import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { json, structured } from '../../src/codecs/index.ts'
import { type Cache, createCache } from '../../src/index.ts'
import { freshPrefix, redisUrl } from '../support/redis.ts'

const keyPrefix = freshPrefix()
let writer: Cache
let reader: Cache
let lenient: Cache

beforeAll(async () => {
  const common = { location: redisUrl(), keyPrefix }
  writer = createCache({ ...common, serializer: structured() })
  reader = createCache({ ...common, serializer: json() })
  lenient = createCache({ ...common, serializer: json(), onDecodeError: 'miss' })
  await writer.setMany({ shared: new Map([[1, 'secret value']]), fine: 'text' })
})

afterAll(async () => {
  await Promise.all([writer, reader, lenient].map((cache) => cache.close()))
})

describe('bytes that cannot be read', () => {
  it('are an error that names key and format and shows no value', async () => {
    const reading = reader.get('shared')

    await expect(reading).rejects.toMatchObject({ name: 'DecodeError', code: 'ERR_DECODE', key: 'shared' })
    await expect(reading).rejects.toThrow(/"shared" is not readable as json/)
    await expect(reading).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })

  it('are an error among many and in getOrSet as well', async () => {
    await expect(reader.getMany(['fine', 'shared'])).rejects.toMatchObject({ code: 'ERR_DECODE' })
    await expect(reader.getOrSet('shared', () => 1)).rejects.toMatchObject({ code: 'ERR_DECODE' })
  })

  it('are a miss where that is asked for, and told', async () => {
    const operations: string[] = []
    const end = lenient.on('error', ({ operation }) => operations.push(operation))

    expect(await lenient.get('shared', 'fallback')).toBe('fallback')
    expect(await lenient.getMany(['fine', 'shared'])).toEqual(new Map([['fine', 'text']]))
    end()

    expect(operations).toEqual(['get', 'getMany'])
  })

  it('are replaced by what a loader makes where they are a miss', async () => {
    await writer.set('stale', new Set([1]))

    expect(await lenient.getOrSet('stale', () => 'loaded')).toBe('loaded')
    expect(await reader.get('stale')).toBe('loaded')
  })
})

describe('keys of another kind of data', () => {
  it('have no value, alone or among others, and cannot be counted', async () => {
    const client = await writer.raw<{ sendCommand(args: string[]): Promise<unknown> }>()
    await client.sendCommand(['RPUSH', writer.makeKey('list'), 'a'])

    expect(await reader.get('list')).toBeUndefined()
    expect(await reader.getMany(['list', 'fine'])).toEqual(new Map([['fine', 'text']]))
    await expect(reader.incr('list')).rejects.toMatchObject({ code: 'ERR_COMMAND', reason: 'WRONGTYPE' })
    await expect(reader.incr('list')).rejects.toThrow('the key holds another kind of data')
  })
})
