import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { Cache } from '../../src/cache/cache.ts'
import { Collection } from '../../src/collections/collection.ts'
import { HashHandle } from '../../src/collections/hash.ts'
import { ListHandle } from '../../src/collections/list.ts'
import { SetHandle } from '../../src/collections/set.ts'
import { SortedSetHandle } from '../../src/collections/sorted-set.ts'
import { ConnectionError, createCache } from '../../src/index.ts'
import { HeldLock } from '../../src/locks/held-lock.ts'
import { Lock } from '../../src/locks/lock.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import {
  askNobody,
  cacheRows,
  collectionRows,
  hashRows,
  heldLockRows,
  listRows,
  lockRows,
  methodsOf,
  type Row,
  type Rows,
  setRows,
  sortedSetRows,
  type Subjects,
} from '../support/every-method.ts'
import { ending, firstSuccess } from '../support/settled.ts'

/** Every class with methods that may ask Redis, by the word before its operations. The cache comes last: it is closed then. */
const classes: readonly (readonly [type: { readonly prototype: object }, before: string, rows: Rows])[] = [
  [Lock, 'lock.', lockRows],
  [HeldLock, 'lock.', heldLockRows],
  [Collection, 'setAt.', collectionRows],
  [SetHandle, 'setAt.', setRows],
  [HashHandle, 'hashAt.', hashRows],
  [ListHandle, 'listAt.', listRows],
  [SortedSetHandle, 'sortedSetAt.', sortedSetRows],
  [Cache, '', cacheRows],
]

interface Case {
  readonly name: string
  readonly operation: string
  readonly row: Row
}

const cases: readonly Case[] = classes.flatMap(([type, before, rows]) =>
  Object.entries(rows).map(([method, row]) => ({
    name: `${String(Reflect.get(type, 'name'))}.${method}`,
    operation: before + (row.operation ?? method),
    row,
  })),
)

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterEach(() => server.restart())

afterAll(() => server.close())

async function subjectsOf(cache: Cache): Promise<Subjects> {
  await firstSuccess(() => cache.connect())
  const [locks, held] = [new Map<string, Lock>(), new Map<string, HeldLock>()]
  for (const method of ['release', 'extend', 'reacquire', 'owned', 'dispose']) {
    const lock = cache.lock(`lock:${method}`)
    await lock.acquire()
    locks.set(method, lock)
    held.set(method, await cache.lock(`held:${method}`).hold())
  }
  return {
    cache,
    free: cache.lock('free'),
    locks,
    held,
    set: cache.setAt('set'),
    otherSet: cache.setAt('other'),
    hash: cache.hashAt('hash'),
    list: cache.listAt('list'),
    sorted: cache.sortedSetAt('sorted'),
  }
}

const faults = {
  'was killed': {
    code: 'ERR_CONNECTION',
    begin: async (cache: Cache) => {
      await server.kill()
      await vi.waitFor(() => expect(cache.stats().store['state']).not.toBe('ready'))
    },
  },
  hangs: { code: 'ERR_DEADLINE', begin: async () => server.pause() },
} as const

type Fault = keyof typeof faults

interface Outcome {
  readonly code: string | undefined
  readonly value?: unknown
}

async function outcome(call: Promise<unknown>): Promise<Outcome> {
  const { error, value } = await ending(call)
  return { code: error?.code, value }
}

/** All cases at once, in their order, so that a server that hangs costs one deadline. */
async function runAll(fault: Fault, ignoreErrors: boolean) {
  const cache = createCache({ location: server.url, deadline: '400ms', ignoreErrors })
  const events: string[] = []
  cache.on('error', ({ operation, ignored }) => events.push(`${operation} ${ignored ? 'ignored' : 'thrown'}`))
  const subjects = await subjectsOf(cache)
  events.length = 0
  await faults[fault].begin(cache)
  const begun = cases.filter(({ row }) => row.ignored !== 'cannot').map(({ row }) => outcome(row.call(subjects)))
  // Closing comes last: after it nothing is asked any more.
  const last = cases.filter(({ row }) => row.ignored === 'cannot')
  const outcomes = [
    ...(await Promise.all(begun)),
    ...(await Promise.all(last.map(({ row }) => outcome(row.call(subjects))))),
  ]
  return { outcomes, events, stats: cache.stats() }
}

/** What the table says that comes of a case. */
function expected({ row }: Case, fault: Fault, ignoreErrors: boolean): Outcome {
  if (fault === 'hangs' && row.whenConnected === 'answers') return { code: undefined }
  if (row.ignored === 'never' || (!ignoreErrors && row.ignored === undefined)) return { code: faults[fault].code }
  return row.rejects === undefined ? { code: undefined, value: row.answer } : { code: row.rejects }
}

function expectedEvents(fault: Fault, ignoreErrors: boolean): string[] {
  return cases.flatMap(({ operation, row }) => {
    if (row.ignored === 'cannot' || (fault === 'hangs' && row.whenConnected === 'answers')) return []
    const isIgnored = row.ignored === 'always' || (ignoreErrors && row.ignored !== 'never')
    return [`${operation} ${isIgnored ? 'ignored' : 'thrown'}`]
  })
}

function counted(events: readonly string[]): Record<string, number> {
  const ignored = events.filter((event) => event.endsWith(' ignored')).map((event) => event.split(' ')[0] as string)
  return Object.fromEntries([...new Set(ignored)].map((name) => [name, ignored.filter((one) => one === name).length]))
}

describe('the table of what comes of each method', () => {
  it.each(classes.map(([type, , rows]) => [String(Reflect.get(type, 'name')), type.prototype, rows] as const))(
    'knows every method of %s',
    (_, prototype, rows) => {
      const known = [...Object.keys(rows), ...(prototype === Cache.prototype ? askNobody : [])]
      expect(methodsOf(prototype)).toEqual(known.sort())
    },
  )
})

describe.each(['was killed', 'hangs'] as const)('with a Redis that %s', (fault) => {
  it.each([false, true])('every method does what the table says, with ignoreErrors %s', async (ignoreErrors) => {
    const { outcomes, events, stats } = await runAll(fault, ignoreErrors)

    for (const [index, one] of cases.entries()) {
      expect.soft(outcomes[index], one.name).toMatchObject(expected(one, fault, ignoreErrors))
    }
    expect(events.sort()).toEqual(expectedEvents(fault, ignoreErrors).sort())
    expect(stats.ignoredErrorsByOperation).toEqual(counted(expectedEvents(fault, ignoreErrors)))
    expect(stats.ignoredErrors).toBe(Object.values(stats.ignoredErrorsByOperation).reduce((sum, one) => sum + one, 0))
  })
})

describe('a Redis that hangs in the middle of a walk', () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`key${index}`, index]))

  async function filled(ignoreErrors: boolean): Promise<Cache> {
    const cache = createCache({ location: server.url, deadline: '300ms', ignoreErrors })
    await firstSuccess(() => createCache(server.url).setMany(many))
    await cache.connect()
    return cache
  }

  async function walked(keys: AsyncIterable<unknown>): Promise<number> {
    let count = 0
    for await (const _ of keys) if (count++ === 0) server.pause()
    return count
  }

  it('ends it with ignoreErrors, and tells so once', async () => {
    const cache = await filled(true)

    const count = await walked(cache.iterKeys('*', { batch: 10 }))

    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(3000)
    expect(cache.stats().ignoredErrorsByOperation).toEqual({ iterKeys: 1 })
  })

  it('throws out of it without', async () => {
    const cache = await filled(false)

    expect((await ending(walked(cache.iterKeys('*', { batch: 10 })))).error?.code).toBe('ERR_DEADLINE')
  })

  it('lets deletePattern tell with ignoreErrors how many it knows to be deleted', async () => {
    const cache = await filled(true)
    let told = 0
    const onProgress = (deleted: number) => {
      if (told === 0) server.pause()
      told = deleted
    }

    const deleted = await cache.deletePattern('*', { batch: 10, onProgress })

    expect(deleted).toBe(told)
    expect(deleted).toBeLessThan(3000)
    expect(cache.stats().ignoredErrorsByOperation).toEqual({ deletePattern: 1 })
  })

  it('lets deletePattern throw without', async () => {
    const cache = await filled(false)

    const deleting = cache.deletePattern('*', { batch: 10, onProgress: () => server.pause() })

    expect((await ending(deleting)).error?.code).toBe('ERR_DEADLINE')
  })
})

describe('with ignoreErrors, what is no failure of the store is never swallowed', () => {
  it('such as what onProgress throws, whatever it is', async () => {
    await using cache = createCache({ location: server.url, ignoreErrors: true })
    await firstSuccess(() => cache.connect())
    await cache.set('key', 1)
    const failure = new ConnectionError('elsewhere', 'of another cache')

    const onProgress = () => {
      throw failure
    }

    await expect(cache.deletePattern('*', { onProgress })).rejects.toBe(failure)
    expect(cache.stats().errors).toBe(0)
  })

  it('such as a mistake, a loader that fails and bytes that cannot be read', async () => {
    await using cache = createCache({ location: server.url, ignoreErrors: true })
    await firstSuccess(() => cache.connect())
    await cache.raw<{ set(key: string, value: string): Promise<unknown> }>().then((client) => client.set(':1:bad', '{'))

    await expect(cache.get('key', undefined, { version: {} as never })).rejects.toThrow('version')
    await expect(cache.incr('missing')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' })
    await expect(cache.getOrSet('key', () => Promise.reject(new Error('loader')))).rejects.toThrow('loader')
    await expect(cache.get('bad')).rejects.toMatchObject({ code: 'ERR_DECODE' })
    await expect(cache.lock('never held').release()).rejects.toMatchObject({ code: 'ERR_LOCK' })
  })
})
