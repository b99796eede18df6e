import { describe, expect, it } from 'vitest'

import { json } from '../../../src/codecs/index.ts'
import { createCache, createCaches } from '../../../src/index.ts'

describe('createCache', () => {
  it('is in this process when nothing else is said', async () => {
    await using cache = createCache()

    expect(cache.stats().store).toMatchObject({ store: 'memory', entries: 0 })
  })

  it('takes a location, options, or both', async () => {
    await using located = createCache('memory:', { keyPrefix: 'a' })
    await using described = createCache({ location: 'memory:', keyPrefix: 'b' })

    expect(located.makeKey('key')).toBe('a:1:key')
    expect(described.makeKey('key')).toBe('b:1:key')
  })

  it('names the nearest known option for an unknown one', () => {
    expect(() => createCache({ keyprefix: 'shop' } as never)).toThrow(
      'unknown option "keyprefix"; did you mean "keyPrefix"?',
    )
    expect(() => createCache({ ttl: 5 } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', option: 'ttl' }),
    )
  })

  it.each([
    [{ timeout: 'soon' }, 'timeout'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ version: 'a:b' }, 'version'],
    [{ keyPrefix: 5 }, 'keyPrefix'],
    [{ keyFunction: 'path' }, 'keyFunction'],
    [{ serializer: 'json' }, 'serializer'],
    [{ serializer: [] }, 'serializer'],
    [{ serializer: json }, 'serializer'],
    [{ compressor: {} }, 'compressor'],
    [{ deadline: 0 }, 'deadline'],
    [{ deadline: 'now' }, 'deadline'],
    [{ ignoreErrors: 'yes' }, 'ignoreErrors'],
    [{ onDecodeError: 'ignore' }, 'onDecodeError'],
    [{ maxEntries: 0 }, 'maxEntries'],
    [{ location: 'redis://localhost', maxBytes: 5 }, 'maxBytes'],
    [{ location: 'redis://localhost', password: 12345 }, 'password'],
    [{ location: 'rediss://localhost', tls: true }, 'tls'],
    [{ location: 'redis://localhost', tls: {} }, 'tls'],
    [{ password: 'secret' }, 'password'],
    [{ location: 'dummy:', username: 'me' }, 'username'],
    [{ client: {}, password: 'secret' }, 'password'],
    [{ location: 'memory://' }, 'location'],
    [{ location: 5 }, 'location'],
    [{ location: 'memory' }, 'location'],
    [{ location: 'mongodb://localhost' }, 'location'],
  ])('refuses %j before anything is sent', (options, option) => {
    expect(() => createCache(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION', option }))
  })

  it('leaves the object of the caller alone', () => {
    const options = Object.freeze({ location: 'memory:', keyPrefix: 'shop' })

    expect(() => createCache(options)).not.toThrow()
  })

  it('closed, every call is told so', async () => {
    const cache = createCache()

    await cache.close()
    await cache.close()

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('in memory there is no client to hand out', async () => {
    await using cache = createCache()

    await expect(cache.raw()).rejects.toMatchObject({ code: 'ERR_OPTION' })
  })
})

describe('createCaches', () => {
  it('opens every alias and closes all of them', async () => {
    const caches = createCaches({ default: 'memory:', pages: { keyPrefix: 'pages' } })
    await caches.default.set('key', 1)

    expect(await caches.pages.get('key')).toBeUndefined()
    await caches.close()

    await expect(caches.default.get('key')).rejects.toThrow('closed')
    await expect(caches.pages.get('key')).rejects.toThrow('closed')
  })

  it('names the alias whose settings are wrong', () => {
    expect(() => createCaches({ default: 'memory:', pages: { timeout: 'soon' as never } })).toThrow(
      /^Cache "pages": timeout: /,
    )
  })

  it('has no alias "close"', () => {
    expect(() => createCaches({ close: 'memory:' })).toThrow('cannot be an alias')
  })
})

describe('the dummy location', () => {
  it('keeps nothing and says that all went well', async () => {
    await using cache = createCache('dummy:')

    expect(await cache.set('key', 1)).toBe(true)
    expect(await cache.add('key', 1)).toBe(true)
    expect(await cache.get('key', 'fallback')).toBe('fallback')
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
    expect(await cache.delete('key')).toBe(false)
    expect(await cache.keys()).toEqual([])
  })
})

describe('events', () => {
  it('tell what happened, until nobody wants to hear it', async () => {
    await using cache = createCache()
    const told: string[] = []
    const ends = (['hit', 'miss', 'set', 'delete'] as const).map((event) =>
      cache.on(event, ({ key }) => told.push(`${event} ${key}`)),
    )

    await cache.get('key')
    await cache.set('key', 1)
    await cache.get('key')
    await cache.delete('key')
    for (const end of ends) end()
    await cache.get('key')

    expect(told).toEqual(['miss key', 'set key', 'hit key', 'delete key'])
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 2, sets: 1, deletes: 1 })
  })
})
