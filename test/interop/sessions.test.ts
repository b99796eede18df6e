import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { type DjangoSessions, djangoCaches, djangoSessions, type DjangoUser } from '../../src/django/index.ts'
import type { Cache } from '../../src/index.ts'
import { attributesOf, Browser } from '../support/browser.ts'
import { pythonForSites } from '../support/django-peer.ts'
import { type DjangoSite, startSite } from '../support/django-site.ts'
import { type ExpressSite, type Page, startExpress } from '../support/express-site.ts'
import { freshPrefix } from '../support/redis.ts'

const site = pythonForSites()
const backend = site?.hasDjangoRedis === false ? 'django.core.cache.backends.redis' : 'django_redis.cache'
const users = ['ada', 'bob', 'eve', 'kim', 'lea', 'max'].map((name) => ({ name, password: `${name}'s secret` }))
const backends = 'django.contrib.sessions.backends'

type Settings = Readonly<Record<string, unknown>>

/** A Django site and one of ours beside it, by the same settings. */
interface Pair {
  readonly django: DjangoSite
  readonly ours: ExpressSite
  readonly sessions: DjangoSessions
  readonly cache: Cache
  /** Django's answers to steps of `site.py`. */
  theirs(browser: Browser, ...steps: readonly unknown[][]): Promise<unknown[]>
  /** What a page of ours answers. */
  here<Answer = unknown>(browser: Browser, page: Page): Promise<Answer>
  row(name: string): Promise<DjangoUser>
  stop(): Promise<void>
}

async function startPair(more: Settings): Promise<Pair> {
  const settings = {
    SECRET_KEY: 'django_tests_secret_key',
    SESSION_ENGINE: `${backends}.cache`,
    USE_TZ: true,
    CACHES: {
      default: {
        BACKEND: `${backend}.RedisCache`,
        LOCATION: `${inject('redisUrl')}/13`,
        KEY_PREFIX: freshPrefix(),
        ...(more['CACHE'] as object | undefined),
      },
    },
    ...more,
  }
  const django = await startSite(site?.python ?? '', settings, users)
  const caches = djangoCaches(settings.CACHES, Number.parseInt(django.version) < 4 ? { pickle: { utc: 'pytz' } } : {})
  const sessions = djangoSessions(settings, { caches, django: django.version })
  const ours = await startExpress(sessions)
  const theirs: Pair['theirs'] = async (browser, ...steps) => {
    const response = await browser.get(`${django.url}/do/?steps=${encodeURIComponent(JSON.stringify(steps))}`)
    return ((await response.json()) as { answers: unknown[] }).answers
  }
  return {
    django,
    ours,
    sessions,
    cache: caches.default,
    theirs,
    here: async (browser, page) => {
      const response = await browser.get(ours.page(page))
      return ((await response.json()) as { answer: never }).answer
    },
    row: async (name) => (await (await fetch(`${django.url}/row/?name=${name}`)).json()) as DjangoUser,
    stop: async () => {
      await Promise.all([django.stop(), ours.stop()])
      await caches.close()
    },
  }
}

it.skipIf(site === undefined)(
  'tells which Django it ran on',
  async () => {
    const pair = await startPair({})
    await pair.stop()
    process.stdout.write(`Sessions were shared with a site of Django ${pair.django.version}, its cache ${backend}\n`)
  },
  60_000,
)

/** Logs in by the page that people log in by. */
async function logInThere(pair: Pair, browser: Browser, name: string): Promise<void> {
  const csrfmiddlewaretoken = await tokenOf(pair, browser, '/login/')
  const fields = { csrfmiddlewaretoken, username: name, password: `${name}'s secret` }
  const response = await post(pair, browser, '/login/', fields)
  if (response.status !== 302) throw new Error(`The login page answered ${response.status}`)
}

/** What Django hides in the form of this page. */
async function tokenOf({ django }: Pair, browser: Browser, page: string): Promise<string> {
  const form = await (await browser.get(django.url + page)).text()
  return /name="csrfmiddlewaretoken" value="(\w+)"/.exec(form)?.[1] ?? ''
}

function post({ django }: Pair, browser: Browser, page: string, fields: Record<string, string>): Promise<Response> {
  return browser.get(django.url + page, { method: 'POST', body: new URLSearchParams(fields) })
}

async function userThere({ django }: Pair, browser: Browser): Promise<string | null> {
  return ((await (await browser.get(`${django.url}/who/`)).json()) as { user: string | null }).user
}

// Django's own cache has no such serializer.
const inJson = { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' }
const serializer = site?.hasDjangoRedis === false ? {} : { OPTIONS: inJson }
const kinds: readonly (readonly [string, Settings])[] = [
  ['pickles', {}],
  [
    'JSON, CSRF in the session',
    { CACHE: { KEY_PREFIX: 'json-site', VERSION: 3, ...serializer }, CSRF_USE_SESSIONS: true },
  ],
]

describe.skipIf(site === undefined).each(kinds)('sessions shared with a Django site, in %s', (_kind, settings) => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair(settings)
  }, 60_000)

  afterAll(() => pair.stop())

  it('who logs in on the login page there is known here', async () => {
    const browser = new Browser()
    await logInThere(pair, browser, 'ada')
    const ada = await pair.row('ada')

    expect(await pair.here(browser, (session) => session.userId)).toBe(String(ada.id))
    expect(await pair.here(browser, (session) => pair.sessions.check(session, ada))).toBe(true)
    expect(await userThere(pair, browser)).toBe('ada')
  })

  it('who logs in here is request.user there, and keeps what was set before', async () => {
    const browser = new Browser()
    const ada = await pair.row('ada')
    await pair.theirs(browser, ['set', 'cart', ['book']])

    await pair.here(browser, (session) => pair.sessions.login(session, ada))

    expect(await userThere(pair, browser)).toBe('ada')
    expect(await pair.theirs(browser, ['get', 'cart'])).toEqual([['book']])
    await logInThere(pair, browser, 'bob')
    expect(await pair.here(browser, (session) => session.data['cart'] ?? 'none')).toBe('none')
    await pair.here(browser, (session) => pair.sessions.login(session, ada))
    expect(await userThere(pair, browser)).toBe('ada')
  })

  it('a logout on either side ends both', async () => {
    const ada = await pair.row('ada')
    const [first, second] = [new Browser(), new Browser()]
    await logInThere(pair, first, 'ada')
    await pair.here(second, (session) => pair.sessions.login(session, ada))
    const [slowThere, slowHere] = [first.copy(), second.copy()]

    await pair.here(first, (session) => session.logout())
    await second.get(`${pair.django.url}/logout/`)

    for (const browser of [first, second, slowThere, slowHere]) {
      expect(await userThere(pair, browser)).toBeNull()
      expect(await pair.here(browser, (session) => session.userId)).toBeNull()
    }
  })

  it('a new password ends the logins by the old one, on both sides, and not the one it was changed in', async () => {
    const [there, here] = [new Browser(), new Browser()]
    await logInThere(pair, there, 'eve')
    const before = await pair.row('eve')
    await pair.here(here, (session) => pair.sessions.login(session, before))

    await pair.theirs(there, ['password', 'new'])
    const after = await pair.row('eve')

    expect(await pair.here(there, (session) => pair.sessions.check(session, after))).toBe(true)
    expect(await userThere(pair, there)).toBe('eve')
    expect(await pair.here(here, (session) => pair.sessions.check(session, after))).toBe(false)
    expect(await userThere(pair, here)).toBeNull()
  })

  it('a password that was changed here goes on there', async () => {
    const [changing, other] = [new Browser(), new Browser()]
    await logInThere(pair, changing, 'kim')
    await logInThere(pair, other, 'kim')
    const helper = new Browser()
    await logInThere(pair, helper, 'kim')
    await pair.theirs(helper, ['password', 'new'])

    await pair.here(changing, async (session) => pair.sessions.updateSessionAuthHash(session, await pair.row('kim')))

    expect(await userThere(pair, changing)).toBe('kim')
    expect(await userThere(pair, other)).toBeNull()
  })

  it('revoking here ends what was made here, and what Django made and this side has saved', async () => {
    const lea = await pair.row('lea')
    const [ours, theirs] = [new Browser(), new Browser()]
    await pair.here(ours, (session) => pair.sessions.login(session, lea, { device: 'here' }))
    await logInThere(pair, theirs, 'lea')
    await pair.here(theirs, (session) => void (session.data['seen'] = true))

    expect(await pair.sessions.revoke(lea.id)).toBe(2)

    for (const browser of [ours, theirs]) expect(await userThere(pair, browser)).toBeNull()
  })

  it('messages of Django live through writes here and are shown once', async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['message', 'saved'])

    await pair.here(browser, (session) => void (session.data['ours'] = 1))

    expect(await pair.theirs(browser, ['messages'])).toEqual([['saved']])
    expect(await pair.theirs(browser, ['messages'])).toEqual([[]])
    expect(await pair.here(browser, (session) => session.data['ours'])).toBe(1)
  })

  it("a form of Django's that was fetched before a write here is accepted after it", async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['set', 'a', 1])
    const token = await tokenOf(pair, browser, '/form/')

    await pair.here(browser, (session) => void (session.data['ours'] = 1))
    const sent = await post(pair, browser, '/form/', { csrfmiddlewaretoken: token })
    const forged = await post(pair, browser, '/form/', { csrfmiddlewaretoken: 'x'.repeat(token.length) })

    expect([sent.status, forged.status]).toEqual([200, 403])
    expect(await sent.json()).toEqual({ accepted: true })
    expect(await pair.here(browser, (session) => session.data['ours'])).toBe(1)
  })

  it('both write by turns and nothing is lost', async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['set', 'theirs', 0])
    for (let round = 1; round <= 5; round++) {
      await pair.here(browser, (session) => void (session.data['ours'] = { round }))
      await pair.theirs(browser, ['set', 'theirs', round])
    }

    expect(await pair.theirs(browser, ['get', 'theirs'], ['get', 'ours'])).toEqual([5, { round: 5 }])
    expect(await pair.here(browser, (session) => session.data)).toMatchObject({ theirs: 5, ours: { round: 5 } })
  })

  it('a save of Django during a request here is kept', async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['set', 'count', 0])
    for (let round = 1; round <= 10; round++) {
      await pair.here(browser, async (session) => {
        session.data[`ours${round}`] = round
        await pair.theirs(browser.copy(), ['set', `theirs${round}`, round])
      })
    }

    const names = Object.keys(await pair.here<object>(browser, (session) => session.data))
    expect(names.filter((name) => name.startsWith('theirs'))).toHaveLength(10)
    expect(names.filter((name) => name.startsWith('ours'))).toHaveLength(10)
  })

  it('truly at once, no write here takes away one of Django', async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['set', 'count', 0])
    const work = Array.from({ length: 20 }, (_, index) => index)

    const writes = work.map((index) => pair.here(browser.copy(), (session) => void (session.data[`o${index}`] = index)))
    for (const index of work) await pair.theirs(browser.copy(), ['set', `t${index}`, index])
    await Promise.all(writes)

    const seen = await pair.here<object>(browser, (session) => session.data)
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(work.map((index) => `t${index}`)))
  })

  it('what Django saves into a session that ended here is refused there', async () => {
    const browser = new Browser()
    await logInThere(pair, browser, 'max')
    const slow = browser.copy()
    const steps = JSON.stringify([
      ['get', 'x'],
      ['sleep', 0.4],
      ['set', 'late', 1],
    ])
    const request = slow.get(`${pair.django.url}/do/?steps=${encodeURIComponent(steps)}`)
    await new Promise((resolve) => setTimeout(resolve, 150))

    await pair.here(browser, (session) => session.logout())

    expect((await request).status).toBe(400)
    expect(await userThere(pair, slow)).toBeNull()
  })

  it('lifetimes of a session are the same on both sides', async () => {
    const [there, here] = [new Browser(), new Browser()]
    await pair.theirs(there, ['set', 'a', 1], ['expiry', 300])
    await pair.here(here, (session) => {
      session.data['a'] = 1
      session.setExpiry('5m')
    })

    const left = await pair.here<string>(there, (session) => session.expiresAt())
    expect(Math.round((Date.parse(left) - Date.now()) / 1000)).toBe(300)
    expect(await pair.theirs(here, ['age'], ['browser'])).toEqual([300, false])
    await pair.theirs(there, ['expiry', 0])
    await pair.here(here, (session) => session.setExpiry('browser'))
    expect(await pair.theirs(here, ['browser'], ['age'])).toEqual([true, 1_209_600])
    await pair.theirs(here, ['expiry', null])
    expect(await pair.theirs(here, ['browser'])).toEqual([false])
    const changed = await there.get(pair.ours.page((session) => void (session.data['b'] = 1)))
    expect(changed.headers.getSetCookie()[0]).not.toContain('Max-Age')
  })

  it('the cookies have the same attributes', async () => {
    const there = await new Browser().get(`${pair.django.url}/do/?steps=${encodeURIComponent('[["set","a",1]]')}`)
    const here = await new Browser().get(pair.ours.page((session) => void (session.data['a'] = 1)))

    const [theirs, ours] = [there, here].map((response) => attributesOf(response.headers.getSetCookie()[0] ?? ''))
    expect({ ...ours, expires: '' }).toEqual({ ...theirs, expires: '' })
    expect(Math.abs(Date.parse(ours?.['expires'] ?? '') - Date.parse(theirs?.['expires'] ?? ''))).toBeLessThan(3000)
    expect(here.headers.get('vary')).toBe(there.headers.get('vary'))
  })
})

describe.skipIf(site === undefined)('sessions shared with a Django site that saves on every request', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair({
      SESSION_SAVE_EVERY_REQUEST: true,
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_AGE: 1000,
      SESSION_COOKIE_PATH: '/',
      SESSION_COOKIE_SAMESITE: 'Strict',
      SESSION_COOKIE_HTTPONLY: false,
    })
  }, 60_000)

  afterAll(() => pair.stop())

  it('every request prolongs, here as there', async () => {
    const browser = new Browser()
    await pair.theirs(browser, ['set', 'a', 1])
    const name = `django.contrib.sessions.cache${browser.cookies.get('sid')}`

    await pair.cache.expire(name, 100)
    const ours = await browser.get(pair.ours.page(() => 'untouched'))
    const leftHere = await pair.cache.ttl(name)
    await pair.cache.expire(name, 100)
    const theirs = await browser.get(`${pair.django.url}/do/`)

    expect([leftHere, await pair.cache.ttl(name)]).toEqual([1000, 1000])
    const [here, there] = [ours, theirs].map((response) => attributesOf(response.headers.getSetCookie()[0] ?? ''))
    expect({ ...here, expires: '' }).toEqual({ ...there, expires: '' })
  })
})

describe.skipIf(site === undefined)('pickled sessions of a Django site', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair({})
  }, 60_000)

  afterAll(() => pair.stop())

  it('keep every type of Python that is not touched here', async () => {
    const special = ['tuple', 'datetime', 'naive', 'date', 'decimal', 'float', 'big', 'set', 'bytes', 'timedelta']
    const browser = new Browser()
    const [, , before] = await pair.theirs(
      browser,
      ['set_special', ...special],
      ['set_number_key', 5, 'five'],
      ['shown'],
    )

    await pair.here(browser, (session) => void (session.data['ours'] = true))

    expect(await pair.theirs(browser, ['shown'])).toEqual([{ ...(before as object), ours: 'True' }])
  })

  it('until a date are so on both sides', async () => {
    const [there, here] = [new Browser(), new Browser()]
    await pair.theirs(there, ['set', 'a', 1], ['expiry', { after: 500 }])
    await pair.here(here, (session) => {
      session.data['a'] = 1
      session.setExpiry(new Date(Date.now() + 500_000))
    })

    const left = await pair.here<string>(there, (session) => session.expiresAt())
    const [age] = await pair.theirs(here, ['age'])

    expect((Date.parse(left) - Date.now()) / 1000).toBeGreaterThan(490)
    expect((Date.parse(left) - Date.now()) / 1000).toBeLessThanOrEqual(500)
    expect(age).toBeGreaterThan(490)
    expect(age).toBeLessThanOrEqual(500)
    await pair.theirs(here, ['set', 'b', 2])
    expect(await pair.here(here, (session) => session.data)).toEqual({ a: 1, b: 2 })
  })
})

describe.skipIf(site === undefined)('the cache half of cached_db', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair({ SESSION_ENGINE: `${backends}.cached_db` })
  }, 60_000)

  afterAll(() => pair.stop())

  it('is read and changed, and Django saves what was changed here', async () => {
    const browser = new Browser()
    await logInThere(pair, browser, 'ada')

    expect(await pair.here(browser, (session) => session.userId)).toBe(String((await pair.row('ada')).id))
    await pair.here(browser, (session) => void (session.data['ours'] = 1))
    expect(await pair.theirs(browser, ['set', 'theirs', 2], ['get', 'ours'])).toEqual([null, 1])
    expect(await pair.here(browser, (session) => session.data)).toMatchObject({ ours: 1, theirs: 2 })
  })

  it('a logout here ends the session there, though its row is in the database', async () => {
    const browser = new Browser()
    await logInThere(pair, browser, 'ada')
    const slow = browser.copy()

    await pair.here(browser, (session) => session.logout())

    expect(await userThere(pair, slow)).toBeNull()
  })

  it('a login here is read there; what changes it there is refused, as there is no row', async () => {
    const browser = new Browser()
    const ada = await pair.row('ada')
    await pair.here(browser, (session) => pair.sessions.login(session, ada))

    expect(await userThere(pair, browser)).toBe('ada')
    expect((await browser.get(`${pair.django.url}/do/?steps=${encodeURIComponent('[["set","a",1]]')}`)).status).toBe(
      400,
    )
  })
})
