import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { SessionStore, type SessionStoreOptions, type StoredSession } from '../../../src/frameworks/express-session.ts'
import { type Cache, createCache } from '../../../src/index.ts'
import { done } from '../../frameworks/store-support.ts'
import { randomFrom } from '../../support/mutations.ts'
import { everyPlace } from '../../support/places.ts'
import { freshPrefix } from '../../support/redis.ts'

const cookie = { originalMaxAge: null }

interface Subject extends AsyncDisposable {
  readonly store: SessionStore
  readonly cache: Cache
}

/** It stands on what the session suites try everywhere, and counts thousands. */
const few = ['memory', 'redis', 'replicas', 'Sentinels', 'a Cluster']

describe.each(everyPlace(2).filter(({ name }) => few.includes(name)))('a session store: $name', ({ prepare }) => {
  const place = prepare()

  function open(options?: Omit<SessionStoreOptions, 'cache'>): Subject {
    const cache = createCache({ ...place(), keyPrefix: freshPrefix() })
    return { cache, store: new SessionStore({ cache, ...options }), [Symbol.asyncDispose]: () => cache.close() }
  }

  it('a session comes back as it was set, with dates, maps and bytes', async () => {
    await using subject = open()
    const session = { cookie, since: new Date(0), seen: new Map([[1, 'x']]), key: new Uint8Array([1, 2]), none: null }

    await subject.store.set('a', session)

    expect(await subject.store.get('a')).toEqual(session)
    expect(await subject.store.get('b')).toBeUndefined()
  })

  it('what speaks for itself by toJSON is kept as it says, methods and what is undefined are not kept', async () => {
    await using subject = open()
    class Id {
      readonly hidden = 'secret'
      toJSON(): string {
        return 'id-1'
      }
    }
    const link = new URL('http://localhost/x')

    await subject.store.set('a', { cookie, user: { id: new Id(), tags: [new Id()] }, link, gone: undefined, run() {} })

    expect(await subject.store.get('a')).toEqual({
      cookie,
      user: { id: 'id-1', tags: ['id-1'] },
      link: 'http://localhost/x',
    })
  })

  it('what is met twice or contains itself stays one', async () => {
    await using subject = open()
    const node: Record<string, unknown> = { list: [] }
    node['self'] = node

    await subject.store.set('a', { cookie, pair: { node, again: node } })

    const { pair } = (await subject.store.get<{ pair: Record<string, typeof node> }>('a')) ?? {}
    expect(pair?.['node']?.['self']).toBe(pair?.['again'])
  })

  it('data that JSON holds is written as JSON under the prefix and the plain id', async () => {
    await using subject = open()
    const expires = new Date(Date.now() + 60_000)

    await subject.store.set('a', { cookie: { originalMaxAge: 60_000, expires, path: undefined }, n: 1 })

    expect(await subject.cache.get('sess:a')).toEqual({
      cookie: { originalMaxAge: 60_000, expires: expires.toISOString() },
      n: 1,
    })
    expect((await subject.store.get('a'))?.cookie).toEqual({ originalMaxAge: 60_000, expires })
  })

  it('two who loaded a session and changed different fields lose nothing to each other', async () => {
    await using subject = open()
    await subject.store.set('a', { cookie, kept: 1, removed: 1, list: [1] })
    const [first, second] = [await subject.store.get('a'), await subject.store.get('a')]
    if (first === undefined || second === undefined) throw new Error('No session')

    Object.assign(first, { x: 1, list: [1, 2] })
    delete first['removed']
    Object.assign(second, { y: 2 })
    await Promise.all([subject.store.set('a', first), subject.store.set('a', second)])

    expect(await subject.store.get('a')).toEqual({ cookie, kept: 1, list: [1, 2], x: 1, y: 2 })
  })

  it('one who saves again has changed only what it changed since', async () => {
    await using subject = open()
    await subject.store.set('a', { cookie, x: 0, y: 0 })
    const [first, second] = [await subject.store.get('a'), await subject.store.get('a')]
    if (first === undefined || second === undefined) throw new Error('No session')

    await subject.store.set('a', Object.assign(first, { x: 1 }))
    await subject.store.set('a', Object.assign(second, { x: 2, y: 2, z: 2 }))
    await subject.store.set('a', Object.assign(first, { w: 1 }))

    expect(await subject.store.get('a')).toEqual({ cookie, x: 2, y: 2, z: 2, w: 1 })
  })

  it('one who saves again does not take back what others had saved before', async () => {
    await using subject = open()
    await subject.store.set('a', { cookie, x: 0, y: 0 })
    const [first, second] = [await subject.store.get('a'), await subject.store.get('a')]
    if (first === undefined || second === undefined) throw new Error('No session')

    await subject.store.set('a', Object.assign(second, { y: 2, z: 2 }))
    await subject.store.set('a', Object.assign(first, { x: 1 }))
    await subject.store.set('a', Object.assign(first, { w: 1 }))

    expect(await subject.store.get('a')).toEqual({ cookie, x: 1, y: 2, z: 2, w: 1 })
  })

  it('of a field that both changed the later save wins, or what merge says', async () => {
    await using plain = open()
    await using summing = open({
      merge: (_field, { base, mine, theirs }) => Number(mine) + Number(theirs) - Number(base),
    })

    for (const [{ store }, sum] of [
      [plain, 13],
      [summing, 15],
    ] as const) {
      await store.set('a', { cookie, n: 10 })
      const [first, second] = [await store.get('a'), await store.get('a')]
      await store.set('a', Object.assign(first ?? {}, { n: 12 }))
      await store.set('a', Object.assign(second ?? {}, { n: 13 }))

      expect(await store.get('a')).toEqual({ cookie, n: sum })
    }
  })

  it('a session that nobody loaded replaces what is there', async () => {
    await using subject = open()
    await subject.store.set('a', { cookie, x: 1 })

    await subject.store.set('a', { cookie, y: 1 })

    expect(await subject.store.get('a')).toEqual({ cookie, y: 1 })
  })

  it('what was loaded under one id is new under another', async () => {
    await using subject = open()
    await subject.store.set('a', { cookie, x: 1 })
    const loaded = await subject.store.get('a')

    await subject.store.set('b', loaded ?? {})

    expect(await subject.store.get('b')).toEqual({ cookie, x: 1 })
  })

  it('a destroyed session is not brought back by one who has it, and only the promise tells', async () => {
    await using subject = open()
    const told: unknown[] = []
    subject.cache.on('error', ({ error, ignored }) => told.push([(error as { code: string }).code, ignored]))
    await subject.store.set('a', { cookie, x: 1 })
    const loaded = (await subject.store.get('a')) ?? {}
    await subject.store.destroy('a')
    Object.assign(loaded, { x: 2 })

    const refusal = await subject.store.set('a', loaded).catch((error: unknown) => error)
    const error = await new Promise((resolve) => subject.store.set('a', loaded, resolve))
    await subject.store.touch('a', loaded)

    expect(refusal).toMatchObject({ code: 'ERR_SESSION_REVOKED', operation: 'save' })
    expect(error).toBeNull()
    expect(told).toEqual([['ERR_SESSION_REVOKED', true]])
    expect(await subject.store.get('a')).toBeUndefined()
    expect(await subject.cache.keys()).toEqual([])
  })

  it('writers at once lose nothing, and none brings back what was destroyed among them, 150 times', async () => {
    await using subject = open()
    const { store } = subject
    const random = randomFrom(4)
    const pause = async (): Promise<void> => {
      for (let turns = random(7); turns > 0; turns--) await turn()
    }
    const write = async (id: string, field: string): Promise<void> => {
      await pause()
      const loaded = await store.get(id)
      await pause()
      if (loaded !== undefined) await done((tell) => store.set(id, Object.assign(loaded, { [field]: 1 }), tell))
    }
    const end = async (id: string): Promise<void> => {
      await pause()
      await store.destroy(id)
    }

    for (let round = 0; round < 150; round++) {
      const [kept, ended] = [`kept${round}`, `ended${round}`]
      await Promise.all([store.set(kept, { cookie }), store.set(ended, { cookie })])
      await Promise.all(
        ['a', 'b', 'c'].flatMap((field) => [write(kept, field), write(ended, field)]).concat(end(ended)),
      )

      expect(await store.get(kept), `round ${round}`).toEqual({ cookie, a: 1, b: 1, c: 1 })
      expect(await store.get(ended), `round ${round}`).toBeUndefined()
    }
  })

  it('a session that nothing changed is prolonged and not written, nor brought back', async () => {
    await using subject = open({ ttl: '1h' })
    await subject.store.set('a', { cookie, x: 1 })
    const loaded = (await subject.store.get('a')) ?? {}
    await subject.cache.expire('sess:a', '1m')

    await subject.store.set('a', loaded)

    expect(await subject.cache.pttl('sess:a')).toBeGreaterThan(3_590_000)
    await subject.store.destroy('a')
    await expect(subject.store.set('a', loaded)).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    expect(await subject.store.get('a')).toBeUndefined()
  })

  it.each([
    ['expires', { expires: 'in a minute' }, 60_000],
    ['expires as text', { expires: 'in a minute, as text' }, 60_000],
    ['maxAge', { maxAge: 60_000 }, 60_000],
    ['originalMaxAge', { originalMaxAge: 60_000 }, 60_000],
    ['nothing', {}, 3_600_000],
    ['expires null', { expires: null, originalMaxAge: null }, 3_600_000],
    ['expires false', { expires: false, originalMaxAge: false }, 3_600_000],
    ['expires that is no date', { expires: 'soon', maxAge: Number.NaN }, 3_600_000],
  ])('a cookie with %s gives its time to the session', async (_name, given, ms) => {
    await using subject = open({ ttl: '1h' })
    const cookie = inAMinute(given)

    await subject.store.set('a', { cookie })
    const set = await subject.cache.pttl('sess:a')
    await subject.cache.expire('sess:a', '1s')
    await subject.store.touch('a', { cookie })
    const touched = await subject.cache.pttl('sess:a')

    for (const left of [set, touched]) {
      expect(left).toBeLessThanOrEqual(ms)
      expect(left).toBeGreaterThan(ms - 10_000)
    }
  })

  it('ttl may be for ever, or be asked for each session', async () => {
    await using forever = open({ ttl: null })
    await using asked = open({ ttl: (session) => (session['admin'] === true ? '1m' : null) })

    await forever.store.set('a', { cookie })
    await asked.store.set('a', { cookie: { maxAge: 5000 }, admin: true })
    await asked.store.set('b', { cookie: { maxAge: 5000 } })

    expect(await forever.cache.pttl('sess:a')).toBeNull()
    expect(await asked.cache.pttl('sess:a')).toBeGreaterThan(50_000)
    expect(await asked.cache.pttl('sess:b')).toBeNull()
  })

  it('a session that is over when it is set is gone', async () => {
    await using subject = open()
    const over = { cookie: { expires: new Date(Date.now() - 1000) } }
    await subject.store.set('a', { cookie, x: 1 })
    await subject.store.set('b', { cookie, x: 1 })
    const loaded = (await subject.store.get('b')) ?? {}

    await subject.store.set('a', over)
    await subject.store.set('b', Object.assign(loaded, over))

    expect(await subject.store.ids()).toEqual([])
  })

  it('one who loaded a session whose written end has passed meanwhile does not end it', async () => {
    await using subject = open()
    const past = { expires: new Date(Date.now() - 1000), originalMaxAge: 60_000 }
    await subject.cache.set(
      'sess:a',
      { cookie: { ...past, expires: past.expires.toISOString() }, x: 1 },
      { timeout: '40s' },
    )
    const loaded = (await subject.store.get('a')) ?? {}

    await subject.store.set('a', Object.assign(loaded, { y: 2 }))
    const saved = await subject.cache.pttl('sess:a')
    await subject.store.touch('a', loaded)

    expect(saved).toBeGreaterThan(30_000)
    expect(saved).toBeLessThanOrEqual(40_000)
    expect(await subject.cache.pttl('sess:a')).toBeGreaterThan(50_000)
    expect(await subject.store.get('a')).toMatchObject({ x: 1, y: 2 })
  })

  it('a lifetime that one gave the cookie is not taken back by another who only used the session', async () => {
    await using subject = open()
    const at = (ms: number) => ({ originalMaxAge: ms, expires: new Date(Date.now() + ms), path: '/' })
    await subject.store.set('a', { cookie: at(60_000) })
    const [first, second] = [await subject.store.get('a'), await subject.store.get('a')]

    await subject.store.set('a', Object.assign(first ?? {}, { cookie: at(3_600_000) }))
    await subject.store.set(
      'a',
      Object.assign(second ?? {}, { cookie: { ...at(60_001), originalMaxAge: 60_000 }, x: 1 }),
    )

    expect(await subject.store.get('a')).toMatchObject({ cookie: { originalMaxAge: 3_600_000 }, x: 1 })
    expect(await subject.cache.pttl('sess:a')).toBeGreaterThan(3_500_000)
  })

  it('disableTouch leaves the time as it is', async () => {
    await using subject = open({ disableTouch: true })
    await subject.store.set('a', { cookie })
    await subject.cache.expire('sess:a', '1m')

    await subject.store.touch('a', { cookie })

    expect(await subject.cache.pttl('sess:a')).toBeLessThanOrEqual(60_000)
  })

  it('ids, all, length and clear know thousands of sessions and nothing else', async () => {
    await using subject = open({ prefix: 's*[' })
    const ids = Array.from({ length: 2500 }, (_, index) => `id${index}`)
    await subject.cache.setMany(new Map(ids.map((id) => [`s*[${id}`, { cookie, n: id }])))
    await subject.cache.setMany({ other: 1, 'sx[id': 1 })

    const all = await subject.store.all<{ n: string }>()

    expect((await subject.store.ids()).toSorted()).toEqual(ids.toSorted())
    expect(await subject.store.length()).toBe(2500)
    expect(all).toHaveLength(2500)
    expect(all.every(({ id, n }) => id === n)).toBe(true)
    await subject.store.clear()
    expect(await subject.store.length()).toBe(0)
    expect((await subject.cache.keys()).toSorted()).toEqual(['other', 'sx[id'])
  })

  it('without sessions there are none to list', async () => {
    await using subject = open()

    expect([await subject.store.ids(), await subject.store.all(), await subject.store.length()]).toEqual([[], [], 0])
    await subject.store.clear()
  })

  it.each([
    '__proto__',
    'constructor',
    '*',
    '[a-z]',
    'a:b',
    '../x',
    '\0',
    '\r\nDEL x',
    'é',
    '\u{1f600}',
    ' ',
    'x'.repeat(512),
  ])('the id %j names a session of its own', async (id) => {
    await using subject = open()
    await subject.store.set('a', { cookie, x: 1 })

    expect(await subject.store.get(id)).toBeUndefined()
    await subject.store.set(id, { cookie, y: 1 })
    expect(await subject.store.get(id)).toEqual({ cookie, y: 1 })
    expect((await subject.store.ids()).toSorted()).toEqual(['a', id].toSorted())
    await subject.store.destroy(id)
    expect(await subject.store.all()).toEqual([{ cookie, x: 1, id: 'a' }])
  })

  it.each([['x'.repeat(513)], ['\ud800'], [''], [undefined], [null], [{}], [['a']]])(
    'what is no id is no session: %j',
    async (id) => {
      await using subject = open()
      const hostile = id as string

      expect(await subject.store.get(hostile)).toBeUndefined()
      await subject.store.touch(hostile, { cookie })
      await subject.store.destroy(hostile)
      await expect(subject.store.set(hostile, { cookie })).rejects.toThrow(/^set: expected the id of a session/)
      expect(await subject.cache.keys()).toEqual([])
    },
  )

  it('a field named __proto__ changes nobody and stays where it is', async () => {
    await using subject = open()
    const hostile = JSON.parse(
      '{"cookie":{"__proto__":{"a":1}},"__proto__":{"admin":true},"nested":{"__proto__":{"b":1}}}',
    ) as object
    await subject.cache.set('sess:a', hostile)

    const session: StoredSession = (await subject.store.get('a')) ?? { cookie }
    await subject.store.set('a', Object.assign(session, { x: 1 }))

    expect(session['admin']).toBeUndefined()
    expect(Object.getPrototypeOf(session)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(session.cookie)).toBe(Object.prototype)
    const stored = (await subject.cache.get<object>('sess:a')) ?? {}
    expect(Object.keys(stored).toSorted()).toEqual(['__proto__', 'cookie', 'nested', 'x'])
  })

  it('every method tells a callback, once and never at once', async () => {
    await using subject = open()
    const { store } = subject
    const calls: unknown[][] = []
    const told = async (begin: (callback: (...args: unknown[]) => void) => unknown): Promise<unknown> => {
      let isLate = false
      const answer = new Promise((resolve) => {
        const returned = begin((...args) => {
          calls.push(args)
          resolve(isLate ? args[1] : 'called at once')
        })
        expect(returned).toBeUndefined()
      })
      isLate = true
      return answer
    }

    const answers = [
      await told((done) => store.set('a', { cookie, x: 1 }, done)),
      await told((done) => store.get('a', done)),
      await told((done) => store.get('b', done)),
      await told((done) => store.touch('a', { cookie }, done)),
      await told((done) => store.all(done)),
      await told((done) => store.ids(done)),
      await told((done) => store.length(done)),
      await told((done) => store.destroy('a', done)),
      await told((done) => store.clear(done)),
    ]

    const [, got, ...rest] = answers
    expect(got).toMatchObject({ cookie, x: 1 })
    expect(rest).toEqual([undefined, undefined, [{ cookie, x: 1, id: 'a' }], ['a'], 1, undefined, undefined])
    expect(calls.map(([error]) => error)).toEqual(answers.map(() => null))
  })

  it('what a callback throws is not swallowed', async () => {
    await using subject = open()
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const uncaught = once(process, 'uncaughtException')

    subject.store.get('a', () => {
      throw new Error('of the callback')
    })
    const [error] = (await uncaught) as [Error]
    for (const listener of listeners) process.on('uncaughtException', listener)

    expect(error.message).toBe('of the callback')
  })

  it('a value that cannot be kept is an error for the callback, and nothing is written', async () => {
    await using subject = open()

    const error = await new Promise((resolve) => {
      subject.store.set('a', { cookie, nested: { run: () => {} } }, resolve)
    })

    expect(error).toBeInstanceOf(TypeError)
    expect(await subject.cache.keys()).toEqual([])
  })

  it('bytes that hold no session are an error, or none where the cache says so', async () => {
    await using subject = open()
    await using careless: Cache = createCache({
      ...place(),
      keyPrefix: freshPrefix(),
      onDecodeError: 'miss',
    })
    await Promise.all([subject.cache.set('sess:a', [1]), careless.set('sess:a', [1])])

    await expect(subject.store.get('a')).rejects.toMatchObject({ code: 'ERR_DECODE' })
    expect(await new SessionStore({ cache: careless }).get('a')).toBeUndefined()
  })
})

describe('a session store', () => {
  it('a wrong option is refused and told', () => {
    const cache = createCache()
    const make = (options: object) => () => new SessionStore(options as SessionStoreOptions)

    expect(make({ cache, prefx: 'x' })).toThrow('did you mean "prefix"?')
    expect(make({ client: {} })).toThrow('unknown option "client"')
    expect(make({ cache: {} })).toThrow('cache: expected what createCache() of this package made')
    expect(make({ cache, prefix: 1 })).toThrow('prefix: expected a text, got 1')
    expect(make({ cache, ttl: 0 })).toThrow('ttl: expected more than no time')
    expect(make({ cache, ttl: '1 day' })).toThrow('ttl: expected a duration')
    expect(make({ cache, disableTouch: 1 })).toThrow('disableTouch: expected true or false')
    expect(make({ cache, merge: 1 })).toThrow('merge: expected a function')
  })

  it('is of use to express-session only after it was handed to it', () => {
    const store = new SessionStore({ cache: createCache() })

    expect(() => store.createSession({}, { cookie })).toThrow('session({ store })')
    expect(() => store.regenerate({}, () => {})).toThrow('session({ store })')
  })
})

/** Dates as of now: the table is made long before its tests run. */
function inAMinute(given: object): object {
  const date = new Date(Date.now() + 60_000)
  const { expires }: { readonly expires?: unknown } = given
  if (expires === 'in a minute') return { expires: date }
  return expires === 'in a minute, as text' ? { expires: date.toISOString() } : given
}
