import { describe, expect, it } from 'vitest'

import { json } from '../../../src/codecs/json.ts'
import { djangoCaches, type DjangoCachesOptions } from '../../../src/django/index.ts'
import { type Cache, OptionError } from '../../../src/index.ts'

const redis = 'django_redis.cache.RedisCache'
const locmem = 'django.core.cache.backends.locmem.LocMemCache'
const LOCATION = 'redis://127.0.0.1:6379/1'

/** The one cache of these settings. Nothing of it is used that would connect. */
function open(settings: object, options?: DjangoCachesOptions): Cache {
  return djangoCaches({ default: { BACKEND: locmem, ...settings } }, options).default
}

function refusal(settings: object, options?: DjangoCachesOptions): OptionError {
  try {
    open(settings, options)
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error('It was accepted')
}

describe('CACHES', () => {
  it.each([undefined, null, [], 'text'])('%j is no dict', (settings) => {
    expect(() => djangoCaches(settings as never)).toThrow('CACHES: expected a dict')
  })

  it('gives a cache for each alias, and closes all', async () => {
    const caches = djangoCaches({ default: { BACKEND: locmem }, other: { BACKEND: locmem, LOCATION: 'other' } })
    await caches.default.set('key', 1)

    expect(await caches.other.get('key')).toBeUndefined()
    await caches.close()
    await expect(caches.default.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('an alias of any name is one, also one that JavaScript has a meaning for', async () => {
    const settings = JSON.parse(`{ "__proto__": { "BACKEND": "${locmem}" } }`) as Record<string, object>

    const caches = djangoCaches(settings)

    expect(Object.keys(caches)).toContain('__proto__')
  })

  it('an alias that is no dict is refused by name', () => {
    expect(() => djangoCaches({ default: 5 as never })).toThrow('CACHES["default"]: expected a dict')
  })

  it('an option of djangoCaches that is unknown is refused', () => {
    expect(() => djangoCaches({}, { global: {} } as never)).toThrow('did you mean "globals"?')
  })

  it('a site-wide setting that is unknown is refused', () => {
    expect(refusal({}, { globals: { DJANGO_REDIS_IGNORE_EXCEPTION: true } }).message).toContain(
      'did you mean "DJANGO_REDIS_IGNORE_EXCEPTIONS"?',
    )
  })
})

describe('BACKEND', () => {
  it.each([redis, 'django_async_redis.cache.RedisCache', 'django.core.cache.backends.redis.RedisCache'])(
    '%s is on Redis',
    (BACKEND) => {
      expect(open({ BACKEND, LOCATION }).stats().store).toMatchObject({ store: 'redis', server: LOCATION })
    },
  )

  it('that is missing is refused', () => {
    expect(refusal({ BACKEND: undefined }).option).toBe('CACHES["default"]["BACKEND"]')
  })

  it('that is unknown is refused with the nearest, and all that are known', () => {
    const { option, message } = refusal({ BACKEND: 'django_redis.cache.RediCache' })

    expect(option).toBe('CACHES["default"]["BACKEND"]')
    expect(message).toContain('did you mean "django_redis.cache.RedisCache"?')
    expect(message).toContain(locmem)
  })

  it.each(['filebased.FileBasedCache', 'db.DatabaseCache', 'memcached.PyMemcacheCache'])(
    '%s is not on Redis, and the error says so',
    (name) => {
      expect(refusal({ BACKEND: `django.core.cache.backends.${name}` }).message).toContain('is not on Redis')
    },
  )

  it("of the site's own may stand for a known one", () => {
    const paths = { 'site.cache.Cache': redis }

    expect(open({ BACKEND: 'site.cache.Cache', LOCATION }, { paths }).stats().store.store).toBe('redis')
  })

  it('dummy keeps nothing', async () => {
    const cache = open({ BACKEND: 'django.core.cache.backends.dummy.DummyCache' })

    expect(await cache.set('key', 1)).toBe(true)
    expect(await cache.get('key')).toBeUndefined()
  })
})

describe('locmem', () => {
  it('aliases of one LOCATION share their values, those of another do not', async () => {
    const caches = djangoCaches({
      a: { BACKEND: locmem, LOCATION: 'one' },
      b: { BACKEND: locmem, LOCATION: 'one' },
      c: { BACKEND: locmem, LOCATION: 'two' },
    })

    await caches.a.set('key', 'value')

    expect(await caches.b.get('key')).toBe('value')
    expect(await caches.c.get('key')).toBeUndefined()
  })

  it('keeps 300 values, or MAX_ENTRIES', async () => {
    const [usual, small] = [open({}), open({ OPTIONS: { MAX_ENTRIES: 10 } })]

    for (const cache of [usual, small]) for (let key = 0; key < 400; key++) await cache.set(key, key)

    expect(usual.stats().store['entries']).toBe(300)
    expect(small.stats().store['entries']).toBe(10)
  })

  it('has the types of a pickle', async () => {
    const cache = open({})

    await cache.set('set', new Set([1, 2]))

    expect(await cache.get('set')).toEqual(new Set([1, 2]))
  })
})

describe('names', () => {
  it.each([
    ['LOCATIONS', {}, 'LOCATION'],
    ['TIMEOUTS', {}, 'TIMEOUT'],
  ])('%s is refused with the nearest', (name, rest, near) => {
    const { option, message } = refusal({ BACKEND: redis, LOCATION, [name]: 1, ...rest })

    expect(option).toBe(`CACHES["default"]["${name}"]`)
    expect(message).toContain(`did you mean "${near}"?`)
  })

  it('an option that is unknown is refused with the nearest', () => {
    const { option, message } = refusal({ BACKEND: redis, LOCATION, OPTIONS: { SERIALISER: 'x' } })

    expect(option).toBe('CACHES["default"]["OPTIONS"]["SERIALISER"]')
    expect(message).toContain('did you mean "SERIALIZER"?')
  })

  it('options that mean nothing here are passed over', () => {
    const OPTIONS = {
      CLOSE_CONNECTION: true,
      CONNECTION_POOL_CLASS: 'redis.BlockingConnectionPool',
      PARSER_CLASS: 'redis.connection.HiredisParser',
      REDIS_CLIENT_CLASS: 'redis.client.StrictRedis',
      REDIS_CLIENT_KWARGS: {},
      MAX_ENTRIES: 1000,
      CULL_FREQUENCY: 2,
    }

    expect(open({ BACKEND: redis, LOCATION, OPTIONS }).stats().store.store).toBe('redis')
  })

  it('a client class that is unknown is refused', () => {
    const { option, message } = refusal({
      BACKEND: redis,
      LOCATION,
      OPTIONS: { CLIENT_CLASS: 'django_redis.client.HardClient' },
    })

    expect(option).toBe('CACHES["default"]["OPTIONS"]["CLIENT_CLASS"]')
    expect(message).toContain('did you mean "django_redis.client.HerdClient"?')
  })
})

describe('TIMEOUT', () => {
  it.each<[object, number | null]>([
    [{}, 300],
    [{ TIMEOUT: 60 }, 60],
    [{ TIMEOUT: '60' }, 60],
    [{ TIMEOUT: ' 6_0 ' }, 60],
    [{ TIMEOUT: 1.9 }, 1],
    [{ TIMEOUT: true }, 1],
    [{ TIMEOUT: 'soon' }, 300],
    [{ TIMEOUT: [1] }, 300],
    [{ TIMEOUT: null }, null],
    [{ timeout: 60, TIMEOUT: 5 }, 60],
    [{ timeout: null }, null],
  ])('%j lets values live for %j seconds', async (settings, seconds) => {
    const cache = open(settings)

    await cache.set('key', 'value')

    expect(await cache.ttl('key')).toBe(seconds)
  })

  it.each([0, -1])('%j stores nothing', async (TIMEOUT) => {
    const cache = open({ TIMEOUT })

    await cache.set('key', 'value')

    expect(await cache.has('key')).toBe(false)
  })
})

describe('keys', () => {
  it.each([
    [{}, ':1:foo'],
    [{ KEY_PREFIX: 'site', VERSION: 2 }, 'site:2:foo'],
    [{ KEY_PREFIX: 'x:y', VERSION: 'beta' }, 'x:y:beta:foo'],
    [{ KEY_PREFIX: 5 }, '5:1:foo'],
    [{ KEY_FUNCTION: 'django.core.cache.backends.base.default_key_func' }, ':1:foo'],
  ])('%j makes them', (settings, key) => {
    expect(open(settings).makeKey('foo')).toBe(key)
  })

  it('KEY_FUNCTION and REVERSE_KEY_FUNCTION are handed in by their dotted paths', async () => {
    const cache = open(
      { KEY_FUNCTION: 'site.make', REVERSE_KEY_FUNCTION: 'site.reverse' },
      {
        keyFunctions: { 'site.make': (key, prefix, version) => `${prefix}#${version}#${key}` },
        reverseKeyFunctions: { 'site.reverse': (key) => key.split('#', 3)[2] ?? '' },
      },
    )
    await cache.set('foo', 1)

    expect(cache.makeKey('foo')).toBe('#1#foo')
    expect(await cache.keys()).toEqual(['foo'])
  })

  it.each(['KEY_FUNCTION', 'REVERSE_KEY_FUNCTION'])('%s that was not handed in says how', (name) => {
    const { option, message } = refusal({ [name]: 'site.make' })

    expect(option).toBe(`CACHES["default"]["${name}"]`)
    expect(message).toMatch(/hand it to djangoCaches as (k|reverseK)eyFunctions: \{ 'site.make': ... \}/)
  })

  it('the usual REVERSE_KEY_FUNCTION is right with a colon in the prefix, too', async () => {
    const cache = open({ KEY_PREFIX: 'a:b', REVERSE_KEY_FUNCTION: 'django_redis.util.default_reverse_key' })
    await cache.set('k', 1)

    expect(await cache.keys()).toEqual(['k'])
  })
})

describe('SERIALIZER and COMPRESSOR', () => {
  it.each([
    ['SERIALIZER', 'django_redis.serializers.json.JsonSerializer', 'django_redis.serializers.json.JSONSerializer'],
    ['COMPRESSOR', 'django_redis.compressors.zlib.ZlibCompresser', 'django_redis.compressors.zlib.ZlibCompressor'],
  ])('%s that is unknown is refused with the nearest, and how to hand in one of the own', (name, path, near) => {
    const { option, message } = refusal({ BACKEND: redis, LOCATION, OPTIONS: { [name]: path } })

    expect(option).toBe(`CACHES["default"]["OPTIONS"]["${name}"]`)
    expect(message).toContain(`did you mean "${near}"?`)
    expect(message).toContain(`by the option ${name.toLowerCase()}s`)
  })

  it("a serializer of the site's own is handed in by its dotted path", () => {
    const OPTIONS = { SERIALIZER: 'site.Serializer' }

    expect(open({ BACKEND: redis, LOCATION, OPTIONS }, { serializers: { 'site.Serializer': json() } })).toBeDefined()
  })

  it('PICKLE_VERSION is an integer', () => {
    expect(refusal({ BACKEND: redis, LOCATION, OPTIONS: { PICKLE_VERSION: 'not-an-integer' } }).message).toContain(
      'PICKLE_VERSION value must be an integer',
    )
  })

  it('PICKLE_VERSION cannot be higher than the highest protocol', () => {
    expect(refusal({ BACKEND: redis, LOCATION, OPTIONS: { PICKLE_VERSION: 6 } }).message).toContain('highest protocol')
  })

  it('the HerdClient takes pickles only', () => {
    const OPTIONS = {
      CLIENT_CLASS: 'django_redis.client.HerdClient',
      SERIALIZER: 'django_redis.serializers.json.JSONSerializer',
    }

    expect(refusal({ BACKEND: redis, LOCATION, OPTIONS }).option).toBe('CACHES["default"]["OPTIONS"]["SERIALIZER"]')
  })

  it.each([0, -1, 1.5, 'x'])('CACHE_HERD_TIMEOUT %j is refused', (CACHE_HERD_TIMEOUT) => {
    const OPTIONS = { CLIENT_CLASS: 'django_redis.client.HerdClient' }

    expect(refusal({ BACKEND: redis, LOCATION, OPTIONS }, { globals: { CACHE_HERD_TIMEOUT } }).option).toBe(
      'globals["CACHE_HERD_TIMEOUT"]',
    )
  })
})
