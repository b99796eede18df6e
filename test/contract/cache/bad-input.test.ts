import { expect, it } from 'vitest'

import { describeCaches } from './subjects.ts'

describeCaches(
  'bad input',
  (open) => {
    it.each([undefined, null, {}, [], true, Number.NaN, Number.POSITIVE_INFINITY, Symbol('x'), 5n])(
      'a key that is %s is refused',
      async (key) => {
        await using cache = open()

        await expect(cache.get(key as never)).rejects.toThrow(/A key is a text or a finite number/)
        await expect(cache.set(key as never, 1)).rejects.toThrow(TypeError)
        await expect(cache.deleteMany([key as never])).rejects.toThrow(TypeError)
      },
    )

    it('a version with a colon is refused', async () => {
      await using cache = open()

      await expect(cache.get('key', undefined, { version: 'a:b' })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        option: 'version',
      })
    })

    it.each([Number.NaN, 'soon', '10', {}])('a timeout of %s is refused', async (timeout) => {
      await using cache = open()

      await expect(cache.set('key', 1, { timeout: timeout as never })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        option: 'timeout',
      })
      await expect(cache.touch('key', timeout as never)).rejects.toMatchObject({ code: 'ERR_OPTION' })
      expect(await cache.has('key')).toBe(false)
    })

    it('a number in the place of options is refused with what to write', async () => {
      await using cache = open()

      await expect(cache.set('key', 1, 60 as never)).rejects.toThrow(
        'set: options are an object such as { timeout: 60 }, got 60',
      )
    })

    it('an unknown option of a call names the nearest known one', async () => {
      await using cache = open()

      await expect(cache.set('key', 1, { timeuot: 5 } as never)).rejects.toThrow('did you mean "timeout"?')
      await expect(cache.add('key', 1, { ttl: 5 } as never)).rejects.toThrow('add: unknown option "ttl"')
      await expect(cache.add('key', 1, 60 as never)).rejects.toThrow('{ timeout: 60 }')
      await expect(cache.add('key', 1, { when: 'present' } as never)).rejects.toThrow('add: unknown option "when"')
      expect(await cache.has('key')).toBe(false)
    })

    it('a keyFunction that makes no text is told so', async () => {
      await using cache = open({ keyFunction: () => undefined as never })

      await expect(cache.get('key')).rejects.toThrow('keyFunction: expected it to return a text, got undefined')
      await expect(cache.set('key', 1)).rejects.toThrow(TypeError)
    })

    it('what is no listener is refused', async () => {
      await using cache = open()

      expect(() => cache.on('hit', 5 as never)).toThrow('on: expected a function, got 5')
    })

    it('a text is no list of keys', async () => {
      await using cache = open()

      await expect(cache.getMany('abc' as never)).rejects.toThrow('expected a list of keys')
      await expect(cache.deleteMany('abc')).rejects.toThrow('expected a list of keys')
    })

    it.each([1.5, Number.NaN, '1', 2 ** 60])('a delta of %s is refused', async (delta) => {
      await using cache = open()
      await cache.set('n', 1)

      await expect(cache.incr('n', delta as never)).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'delta' })
      expect(await cache.get('n')).toBe(1)
    })

    it('a date that is none is refused', async () => {
      await using cache = open()

      await expect(cache.expireAt('key', new Date(Number.NaN))).rejects.toMatchObject({ option: 'date' })
      await expect(cache.expireAt('key', 5 as never)).rejects.toMatchObject({ option: 'date' })
    })

    it('a flag that is neither true nor false is refused', async () => {
      await using cache = open()

      await expect(cache.incr('n', 1, { create: 'yes' as never })).rejects.toMatchObject({ option: 'create' })
      await expect(cache.clear({ everything: 1 as never })).rejects.toMatchObject({ option: 'everything' })
    })

    it('versions go up and down by whole numbers', async () => {
      await using cache = open()
      await cache.set('key', 1)

      await expect(cache.incrVersion('key', '1' as never)).rejects.toMatchObject({ option: 'delta' })
      await expect(cache.decrVersion('key', '1' as never)).rejects.toMatchObject({ option: 'delta' })
      await expect(cache.incrVersion('key', 1, { version: 'beta' })).rejects.toMatchObject({ option: 'version' })
    })

    it('what is no pair is refused', async () => {
      await using cache = open()

      await expect(cache.setMany(['ab'] as never)).rejects.toThrow('expected pairs of key and value')
      await expect(cache.setMany([1] as never)).rejects.toThrow('expected pairs of key and value')
    })
  },
  ['memory', 'redis', 'a Cluster'],
)
