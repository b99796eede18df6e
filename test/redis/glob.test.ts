import { createClient } from '@redis/client'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { escapeGlob, matchGlob } from '../../src/base/glob.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'

let server: RedisServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await startRedis()
  client = createClient({ url: server.url })
  await client.connect()
})

afterAll(async () => {
  client.destroy()
  await server.close()
})

const pattern = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aabc***?[[]]^-\\é'), maxLength: 12 }),
  fc
    .array(fc.constantFrom('*', '?', '[', '[^', ']', 'a-c', 'z-é', 'é-z', '\\]', '\\', '[ab]', '[^b]', 'a', 'b', '-'), {
      maxLength: 10,
    })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aabc*?[]^-\\é'), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)

it('matches exactly what the server matches', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(pattern, fc.uniqueArray(text, { minLength: 1, maxLength: 30 }), async (glob, texts) => {
      await store(texts)

      const found = await client.keys(glob)

      expect(texts.filter(matchGlob(glob)).toSorted()).toEqual(found.toSorted())
    }),
    { numRuns: 2000 },
  )
})

it('an escaped text is found by the server, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.uniqueArray(text, { maxLength: 30 }), async (wanted, others) => {
      await store([wanted, ...others])

      const found = await client.keys(escapeGlob(wanted))

      expect(found).toEqual([wanted])
    }),
    { numRuns: 300 },
  )
})

async function store(keys: readonly string[]): Promise<void> {
  await client.flushDb()
  await client.mSet(Object.fromEntries(keys.map((key) => [key, ''])))
}
