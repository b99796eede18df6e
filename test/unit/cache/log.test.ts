import { describe, expect, it } from 'vitest'

import { Monitor } from '../../../src/cache/events.ts'
import { logEvents } from '../../../src/cache/log.ts'
import { CommandError, ConnectionError, DeadlineError, DecodeError, PartialError } from '../../../src/errors.ts'
import { createCache, createCaches } from '../../../src/index.ts'

function logged(policy: { onDecodeError?: 'throw' | 'miss' } = {}) {
  const lines: string[] = []
  const clock = { ms: 0 }
  const monitor = new Monitor({ ignoreErrors: true, onDecodeError: policy.onDecodeError ?? 'throw' })
  const line = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  logEvents(monitor.emitter, logger, () => clock.ms)
  return { lines, clock, monitor, above: () => lines.filter((text) => !text.startsWith('debug ')) }
}

describe('a logger', () => {
  it('is told of an ignored error by operation, code and server', () => {
    const { monitor, above } = logged()

    monitor.answer('get', new ConnectionError('redis://h:6379/0', 'no "secret key" there'), undefined)
    const late = new DeadlineError('has', 50, 'no answer', 'redis://h:6379/0')
    monitor.answer('has', late, false)
    monitor.answer('getMany', new PartialError('getMany', { done: ['a'], failed: ['b'], errors: [late] }), [])
    monitor.answer('set', new CommandError('set', 'OOM', 'full'), false)

    expect(above()).toEqual([
      'warn everwarm: get failed, ignored: ERR_CONNECTION at redis://h:6379/0',
      'warn everwarm: has failed, ignored: ERR_DEADLINE at redis://h:6379/0',
      'warn everwarm: getMany failed, ignored: ERR_PARTIAL at redis://h:6379/0',
      'warn everwarm: set failed, ignored: ERR_COMMAND OOM',
    ])
  })

  it('is told of each kind once a second, with the number that was left out', () => {
    const { monitor, clock, above } = logged()
    const failure = new ConnectionError('redis://h', 'gone')

    for (let call = 0; call < 5; call++) monitor.answer('get', failure, undefined)
    clock.ms = 999
    monitor.answer('get', failure, undefined)
    monitor.answer('has', failure, false)
    clock.ms = 1000
    monitor.answer('get', failure, undefined)

    expect(above()).toEqual([
      'warn everwarm: get failed, ignored: ERR_CONNECTION at redis://h',
      'warn everwarm: has failed, ignored: ERR_CONNECTION at redis://h',
      'warn everwarm: get failed, ignored: ERR_CONNECTION at redis://h, and 5 more since this was last said',
    ])
  })

  it('learns of keys at its level debug alone', () => {
    const { monitor, lines, above } = logged({ onDecodeError: 'miss' })

    monitor.hit('private')
    monitor.answer('get', new DecodeError('private', 'json', 'broken'), undefined)

    expect(above().join()).not.toContain('private')
    expect(lines).toContain('debug everwarm: hit "private"')
  })

  it('gets each text on one line, whatever the key', () => {
    const { monitor, lines } = logged()

    monitor.hit('a\nwarn everwarm: forged\u2028\u001b[2J')

    expect(lines).toEqual(['debug everwarm: hit "a\\u000awarn everwarm: forged\\u2028\\u001b[2J"'])
  })

  it('is told what becomes of a server, and so are events and stats', () => {
    const { monitor, lines } = logged()
    const heard: unknown[] = []
    monitor.emitter.on('state', (change) => heard.push(change))

    monitor.state({ server: 'redis://h', state: 'ready' })
    monitor.state({ server: 'redis://h', state: 'lost', reason: 'reset' })
    monitor.state({ server: 'redis://h', state: 'open' })

    expect(lines).toEqual([
      'info everwarm: connected to redis://h',
      'warn everwarm: lost the connection to redis://h (reset)',
      'warn everwarm: breaker open, calls fail at once: redis://h',
    ])
    expect(heard).toHaveLength(3)
    expect(monitor.stats({ store: 'redis' }).servers).toEqual({ 'redis://h': { connection: 'lost', breaker: 'open' } })
  })

  it('that throws or rejects harms nobody', async () => {
    const logger = {
      debug: () => {
        throw new Error('full')
      },
      info: () => Promise.reject(new Error('full')),
      warn: () => Promise.reject(new Error('full')),
    }
    const caches = createCaches({ default: { location: 'memory:', logger } })

    expect(await caches.default.get('key', 'fallback')).toBe('fallback')
  })

  it('whose level is above debug is given no text for it', async () => {
    const debug: string[] = []
    const logger = {
      debug: (text: string) => debug.push(text),
      info: () => undefined,
      warn: () => undefined,
      isLevelEnabled: (level: string) => level !== 'debug',
    }

    await createCache({ logger }).get('key')

    expect(debug).toEqual([])
  })

  it('that is none is refused', () => {
    expect(() => createCache({ logger: 'console' as never })).toThrow(expect.objectContaining({ option: 'logger' }))
    expect(createCache({ logger: console })).toBeDefined()
  })
})

describe('a deadline of one call', () => {
  it('is taken by every method with options, and refused when it is none', async () => {
    const cache = createCache()
    const deadline = '50ms'

    expect(await cache.set('key', 1, { deadline })).toBe(true)
    expect(await cache.get('key', undefined, { deadline })).toBe(1)
    expect(await cache.keys('*', { deadline })).toEqual(['key'])
    expect(await cache.lock('lock', { deadline }).acquire({ deadline: '1s' })).toBe(true)
    await cache.clear({ deadline })
    for (const wrong of ['50', 0, -1, null, Number.NaN]) {
      await expect(cache.get('key', undefined, { deadline: wrong as never })).rejects.toMatchObject({
        option: 'deadline',
      })
    }
  })
})
