import { expectTypeOf } from 'vitest'

import { type Cache, createCache, createCaches } from '../../src/index.ts'

interface User {
  readonly name: string
}

const cache: Cache = createCache()

expectTypeOf(cache.get<User>('key')).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(cache.get('key')).resolves.toEqualTypeOf<unknown>()
expectTypeOf(cache.get<User>('key', null)).resolves.toEqualTypeOf<User | null>()
expectTypeOf(cache.get<User>('key', { name: 'nobody' })).resolves.toEqualTypeOf<User>()
expectTypeOf(cache.get<User>('key', undefined, { version: 2 })).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(cache.get('key', 0)).resolves.toEqualTypeOf<number>()

expectTypeOf(cache.getMany<User>(['a'])).resolves.toEqualTypeOf<Map<string, User>>()
expectTypeOf(cache.getMany<User>([1, 'a'])).resolves.toEqualTypeOf<Map<string | number, User>>()

expectTypeOf(cache.getOrSet('key', () => 5)).resolves.toEqualTypeOf<number>()
expectTypeOf(cache.getOrSet('key', async () => ({ name: 'Ada' }))).resolves.toEqualTypeOf<{ name: string }>()
expectTypeOf(cache.getOrSet<User>('key', () => ({ name: 'Ada' }), { timeout: '5m' })).resolves.toEqualTypeOf<User>()

expectTypeOf(cache.incr('key')).resolves.toEqualTypeOf<number | bigint>()
expectTypeOf(cache.ttl('key')).resolves.toEqualTypeOf<number | null>()
for await (const key of cache.iterKeys('*')) expectTypeOf(key).toEqualTypeOf<string>()

void cache.set('key', 1, { timeout: '250ms', when: 'absent' })
void cache.set('key', 1, { timeout: null })
// @ts-expect-error a unit that is missing
void cache.set('key', 1, { timeout: '250' })
// @ts-expect-error a unit that is none
void cache.set('key', 1, { timeout: '5 minutes' })
// @ts-expect-error the options are an object
void cache.set('key', 1, 60)
// @ts-expect-error an unknown option
void cache.set('key', 1, { ttl: 5 })
// @ts-expect-error a key is a text or a number
void cache.get(null)
// @ts-expect-error an unknown option
createCache({ prefix: 'shop' })

const caches = createCaches({ default: 'memory:', pages: {} })
expectTypeOf(caches.pages).toEqualTypeOf<Cache>()
// @ts-expect-error an alias that is not there
void caches.sessions
