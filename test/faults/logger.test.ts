import { Console } from 'node:console'
import { Writable } from 'node:stream'

import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import winston from 'winston'

import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'

/** A level of the library's own, and the text as a reader finds it in the library's output. */
interface Line {
  readonly level: string
  readonly text: string
}

interface Logging {
  readonly logger: NonNullable<CacheOptions['logger']>
  readonly lines: () => Line[]
}

type Level = 'debug' | 'info'

const libraries: Readonly<Record<string, (level: Level) => Logging>> = {
  pino: (level) => {
    const output = collect()
    const read = (line: string): Line => {
      const { level: number, msg } = JSON.parse(line) as { level: number; msg: string }
      return { level: pino.levels.labels[number] ?? '', text: msg }
    }
    return { logger: pino({ level }, output.stream), lines: () => output.lines().map(read) }
  },
  winston: (level) => {
    const output = collect()
    const read = (line: string): Line => {
      const { level, message } = JSON.parse(line) as { level: string; message: string }
      return { level, text: message }
    }
    const { combine, splat, json } = winston.format
    const transports = [new winston.transports.Stream({ stream: output.stream })]
    const logger = winston.createLogger({ level, format: combine(splat(), json()), transports })
    return { logger, lines: () => output.lines().map(read) }
  },
  console: (level) => {
    const [out, err] = [collect(), collect()]
    const whole = new Console(out.stream, err.stream)
    const logger = level === 'debug' ? whole : { ...whole, debug: () => undefined }
    const read = (output: typeof out, level: string) => output.lines().map((text) => ({ level, text }))
    return { logger, lines: () => [...read(out, 'info'), ...read(err, 'warn')] }
  },
}

let server: RedisServer
let place: string

beforeAll(async () => {
  server = await startRedis({ password: 'secret' })
  place = `redis://127.0.0.1:${server.port}/0`
})

afterAll(() => server.close())

describe.each(Object.entries(libraries))('%s as the logger of a cache', (_, open) => {
  it('tells in its own output what became of Redis and of the calls', async () => {
    const { logger, lines } = open('info')
    await using cache = openCache(logger)

    await throughAnOutage(cache)

    const texts = (level: string) => lines().flatMap((line) => (line.level === level ? [line.text] : []))
    expect(texts('info')).toEqual([
      `everwarm: connected to ${place}`,
      `everwarm: connected to ${place}`,
      `everwarm: breaker half-open, probing: ${place}`,
      `everwarm: breaker closed: ${place}`,
    ])
    expect(texts('warn')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(`^everwarm: lost the connection to ${place} \\(.+\\)$`),
        expect.stringMatching(`^everwarm: breaker open, calls fail at once: ${place} \\(.+\\)$`),
        `everwarm: get failed, ignored: ERR_CONNECTION at ${place}`,
      ]),
    )
    expect(JSON.stringify(lines())).not.toMatch(/private|secret/)
  })

  it('names keys at debug, as they are, and values never', async () => {
    const { logger, lines } = open('debug')
    await using cache = openCache(logger)

    await throughAnOutage(cache)

    const texts = lines().map(({ text }) => text)
    expect(texts).toContain('everwarm: set "private %s 100%% %d key"')
    expect(texts).toContain('everwarm: hit "private %s 100%% %d key"')
    expect(JSON.stringify(lines())).not.toMatch(/private value|secret/)
  })
})

describe('the events of a cache, handed on', () => {
  it('are fields beside the message to pino and to winston', async () => {
    const [ofPino, ofWinston] = [collect(), collect()]
    const first = pino(ofPino.stream)
    const transports = [new winston.transports.Stream({ stream: ofWinston.stream })]
    const second = winston.createLogger({ transports })
    await using cache = createCache(server.url)
    cache.on('state', (change) => {
      first.info(change, 'redis')
      second.info('redis', change)
    })

    await cache.connect()

    const fields = { server: place, state: 'ready' }
    expect(JSON.parse(ofPino.lines().join())).toMatchObject({ ...fields, level: 30, msg: 'redis' })
    expect(JSON.parse(ofWinston.lines().join())).toEqual({ ...fields, level: 'info', message: 'redis' })
  })
})

function openCache(logger: Logging['logger']): Cache {
  const breaker = { minimumCalls: 1, failureRatio: 0.1 }
  return createCache({ location: server.url, logger, ignoreErrors: true, breaker })
}

/** Redis is there, dies under the calls, and comes back. The key looks like a format for whoever fills in formats. */
async function throughAnOutage(cache: Cache): Promise<void> {
  const key = 'private %s 100%% %d key'
  await cache.set(key, 'private value')
  expect(await cache.get(key)).toBe('private value')
  await server.kill()
  await cache.get(key)
  await server.restart()
  const isBack = async (): Promise<void> => {
    await cache.get(key)
    expect(cache.stats().servers[place]).toEqual({ connection: 'ready', breaker: 'closed' })
  }
  await vi.waitFor(isBack, { timeout: 5000 })
}

function collect(): { readonly stream: Writable; readonly lines: () => string[] } {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString()
      done()
    },
  })
  return { stream, lines: () => text.split('\n').filter((line) => line !== '') }
}
