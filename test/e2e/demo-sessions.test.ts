import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { type Demo, killDemos, launchBrowser, press, startDemo, watchPage } from './support.ts'

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.5 Mobile/15E148 Safari/604.1'

const thisOne = /^Chrome \d+ on Linux this one$/
const theOther = 'Safari 18 on iPhone'

// On a busy machine each page takes a second, and there are a dozen in some tests.
vi.setConfig({ testTimeout: 60_000 })

let browser: Browser
/** Two browsers, each with its own cookies. */
let laptop: Page
let mobile: Page
const problems: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
  laptop = await newPage()
  mobile = await newPage({ userAgent: phone, viewport: { width: 380, height: 800 } })
}, 120_000)

beforeEach(async () => {
  await Promise.all([laptop.context().clearCookies(), mobile.context().clearCookies()])
})

afterEach(() => {
  expect(problems.splice(0), 'problems that the browsers told of').toEqual([])
})

afterAll(async () => {
  await browser.close()
  killDemos()
})

describe.each([
  { where: 'on memory', args: [] },
  { where: 'on Redis', args: ['--own-redis'] },
])('the shop of the demo $where', ({ args }) => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo(...args)
  })

  afterAll(async () => {
    await leave(demo)
  })

  it('a visitor who only looks has no session and no cookie', async () => {
    await open(demo, laptop)
    await laptop.reload()

    expect(await laptop.locator('.who').textContent()).toContain('You have no session and no cookie')
    expect(await laptop.context().cookies()).toEqual([])
  })

  it('the basket of a visitor who did not sign in is kept, by a cookie out of reach of scripts', async () => {
    await open(demo, laptop)
    await press(laptop, 'Put in Brass lamp')
    await open(demo, laptop)
    const [cookie] = await laptop.context().cookies()

    expect(await basketOf(laptop)).toBe('Brass lamp')
    expect(cookie).toMatchObject({ name: 'everwarm_demo', httpOnly: true, sameSite: 'Lax', path: '/' })
    expect(await laptop.evaluate('document.cookie')).toBe('')
    expect(await laptop.content()).not.toContain(cookie?.value)
  })

  it('signing in keeps the basket under a new key, and the old key is nobody', async () => {
    await open(demo, laptop)
    await press(laptop, 'Put in Blue teapot')
    const before = await keyOf(laptop)
    await signIn(laptop, 'Ada')
    const after = await keyOf(laptop)
    await giveKey(mobile, demo, before)
    await open(demo, mobile)

    expect(after).not.toBe(before)
    expect([await userOf(laptop), await basketOf(laptop)]).toEqual(['ada', 'Blue teapot'])
    expect(await isSignedIn(mobile)).toBe(false)
  })

  it('two browsers of one user see each other, and end each other', async () => {
    await signInOnBoth(demo, 'Grace')
    await open(demo, laptop)
    const listed = await devicesOf(laptop)
    await press(laptop, `Log out ${theOther}`)
    const left = await devicesOf(laptop)
    await open(demo, mobile)

    expect(listed.toSorted()).toEqual([expect.stringMatching(thisOne), theOther])
    expect(left).toEqual([expect.stringMatching(thisOne)])
    expect(await isSignedIn(mobile)).toBe(false)
    expect(await mobile.locator('main').textContent()).toContain('a cookie that leads to no session')
    expect(await mobile.context().cookies()).toEqual([])
  })

  it('each device is told of with its times', async () => {
    await open(demo, laptop)
    await signIn(laptop, 'Linus')
    const cells = await laptop.locator('.devices tbody td').allTextContents()

    expect(cells[0]).toMatch(/^\d\d:\d\d:\d\d$/)
    expect(cells[1]).toBe('now')
    expect(cells[2]).toMatch(/^(20|19) min$/)
  })

  it('a logout ends this device only, with its basket and cookie', async () => {
    await signInOnBoth(demo, 'Barbara')
    await press(laptop, 'Put in Music box')
    await press(laptop, 'Log out')
    await open(demo, mobile)

    expect([await isSignedIn(laptop), await basketOf(laptop)]).toEqual([false, 'nothing'])
    expect(await laptop.context().cookies()).toEqual([])
    expect(await devicesOf(mobile)).toEqual([`${theOther} this one`])
  })

  it('logging out everywhere else leaves this device alone', async () => {
    await signInOnBoth(demo, 'Edsger')
    await open(demo, laptop)
    await press(laptop, 'Log out everywhere else')
    await open(demo, mobile)

    expect([await isSignedIn(laptop), await isSignedIn(mobile)]).toEqual([true, false])
    expect(await devicesOf(laptop)).toEqual([expect.stringMatching(thisOne)])
    expect(await laptop.getByRole('button', { name: 'Log out everywhere else' }).isDisabled()).toBe(true)
  })

  it('logging out everywhere leaves nobody signed in and no cookie', async () => {
    await signInOnBoth(demo, 'Donald')
    await press(laptop, 'Log out everywhere')
    await open(demo, mobile)

    expect([await isSignedIn(laptop), await isSignedIn(mobile)]).toEqual([false, false])
    expect([await laptop.context().cookies(), await mobile.context().cookies()]).toEqual([[], []])
  })

  it('requests that write at once all keep what they wrote', async () => {
    await open(demo, laptop, '/sessions/at-once')
    await press(laptop, 'Send the two at once')
    const kept = await laptop.locator('#kept').textContent()
    await press(laptop, 'Count ten times at once')
    const counted = await laptop.locator('#counts').textContent()

    expect(kept).toBe('Brass lamp, Blue teapot')
    expect(counted).toBe('10 different numbers')
  })

  it('a request that ends after the logout does not bring the session back', async () => {
    await open(demo, laptop)
    await press(laptop, 'Put in Brass lamp')
    await signIn(laptop, 'Tony')
    await open(demo, laptop, '/sessions/at-once')
    await press(laptop, 'Log out while it is at work')
    const said = await laptop.locator('.result').textContent()
    await open(demo, laptop)

    expect(said).toContain('refused')
    expect([await isSignedIn(laptop), await basketOf(laptop)]).toEqual([false, 'nothing'])
    expect(await laptop.context().cookies()).toEqual([])
  })
})

describe('the shop of the demo', () => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo()
  })

  afterAll(async () => {
    await leave(demo)
  })

  it('two tabs that write at once both keep what they wrote', async () => {
    const tab = await secondTab(laptop.context())
    await Promise.all([open(demo, laptop, '/sessions/at-once'), open(demo, tab)])
    await press(tab, 'Put in Field telescope')
    const slow = pressSlowly(laptop)
    await untilAtWork(demo)
    await tab.bringToFront()
    await press(tab, 'Put in Brass lamp')
    await slow
    await tab.close()

    expect(await laptop.locator('#basket').textContent()).toBe('Brass lamp, Field telescope, Music box')
  })

  it('a tab that is still at work when the other one logs out stays logged out', async () => {
    const tab = await secondTab(laptop.context())
    await open(demo, laptop)
    await signIn(laptop, 'Margaret')
    await Promise.all([open(demo, laptop, '/sessions/at-once'), open(demo, tab)])
    const slow = pressSlowly(laptop)
    await untilAtWork(demo)
    await tab.bringToFront()
    await press(tab, 'Log out')
    await slow
    const said = await laptop.locator('.result').textContent()
    await Promise.all([tab.close(), open(demo, laptop)])

    expect(said).toContain('refused')
    expect([await isSignedIn(laptop), await basketOf(laptop)]).toEqual([false, 'nothing'])
    expect(await laptop.context().cookies()).toEqual([])
  })

  it('the keyboard is enough to sign in and to log out', async () => {
    await open(demo, laptop)
    await tabTo(laptop, 'Your name')
    await laptop.keyboard.type('Ada')
    await enter(laptop)
    const user = await userOf(laptop)
    await tabTo(laptop, 'Log out')
    await enter(laptop)

    expect(user).toBe('ada')
    expect(await isSignedIn(laptop)).toBe(false)
  })

  it('does without JavaScript', async () => {
    const page = await newPage({ javaScriptEnabled: false })
    await open(demo, page)
    await press(page, 'Put in Music box')
    await signIn(page, 'Alan')
    const seen = [await userOf(page), await basketOf(page), (await devicesOf(page)).length]
    await press(page, 'Log out everywhere')
    const isOver = !(await isSignedIn(page))
    await page.context().close()

    expect(seen).toEqual(['alan', 'Music box', 1])
    expect(isOver).toBe(true)
  })

  it('HTML in names and user agents is shown as text', async () => {
    const [name, agent] = [`<img src=x onerror="a">'&quot;`, '<script>document.title="caught"</script>']
    const page = await newPage({ userAgent: agent })
    await open(demo, page)
    await signIn(page, name)
    const seen = [await userOf(page), ...(await devicesOf(page))]
    const made = await page.locator('main img, main script').count()
    await page.context().close()

    expect(seen).toEqual([name.toLowerCase(), `unknown: ${agent} this one`])
    expect(made).toBe(0)
  })

  it('a very long name and user agent are cut, and the page stays as wide as a telephone', async () => {
    const page = await newPage({ userAgent: 'X'.repeat(3000), viewport: { width: 380, height: 800 } })
    await page.context().request.post(`${demo.url}/sessions/sign-in`, { form: { name: 'W'.repeat(20_000) } })
    await open(demo, page)
    const seen = [await userOf(page), ...(await devicesOf(page))]
    const width = await page.evaluate('document.documentElement.scrollWidth')
    await page.context().close()

    expect(seen).toEqual(['w'.repeat(40), `unknown: ${'X'.repeat(60)} this one`])
    expect(width).toBeLessThanOrEqual(380)
  })

  it.each([' ', '\u3000\t'])('a name of nothing but blanks signs nobody in', async (name) => {
    await open(demo, laptop)
    await signIn(laptop, name)

    expect(await isSignedIn(laptop)).toBe(false)
    expect(await laptop.locator('.note.failed').textContent()).toContain('Give a name')
  })

  it.each([
    { kind: 'of the right form', value: 'A'.repeat(32) },
    { kind: 'that is short', value: 'x' },
    { kind: 'with a zero byte', value: '%00' },
    { kind: 'that is long and breaks the rules of cookies', value: '"; Path=/'.repeat(40) },
  ])('a made-up cookie $kind is not taken up', async ({ value }) => {
    await giveKey(laptop, demo, encodeURIComponent(value))
    await open(demo, laptop)
    const afterwards = await laptop.context().cookies()
    await giveKey(laptop, demo, encodeURIComponent(value))
    await signIn(laptop, 'Mallory')

    expect(afterwards).toEqual([])
    expect(await userOf(laptop)).toBe('mallory')
    expect(await keyOf(laptop)).not.toBe(encodeURIComponent(value))
  })

  it('nobody ends the session of somebody else', async () => {
    await Promise.all([open(demo, laptop), open(demo, mobile)])
    await signIn(laptop, 'Alice')
    await signIn(mobile, 'Eve')
    const id = String(await laptop.locator('.devices tbody tr').getAttribute('data-device'))
    await mobile.context().request.post(`${demo.url}/sessions/log-out-one`, { form: { id } })
    await open(demo, laptop)

    expect(await userOf(laptop)).toBe('alice')
  })

  it('a form of another site is refused', async () => {
    await open(demo, laptop)
    await signIn(laptop, 'Victor')
    const action = `${demo.url}/sessions/log-out-everywhere`
    await laptop.goto(`data:text/html,<form method="post" action="${action}"><button>Win</button></form>`)
    const answered = laptop.waitForResponse(action)
    await press(laptop, 'Win')
    const status = (await answered).status()
    const fromOldBrowser = await laptop.context().request.post(action, { headers: { origin: 'http://127.0.0.1:1' } })
    await open(demo, laptop)

    expect([status, fromOldBrowser.status()]).toEqual([403, 403])
    expect(await userOf(laptop)).toBe('victor')
    expect(problems.splice(0)).toEqual([expect.stringContaining('403')])
  })
})

describe('the shop of the demo while its Redis is away', () => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo('--own-redis')
  })

  afterAll(async () => {
    await leave(demo)
  })

  it.each([
    { how: 'frozen', stop: 'Freeze Redis (SIGSTOP)', start: 'Thaw it' },
    { how: 'killed', stop: 'Kill it', start: 'Start it again' },
  ])('says so when it is $how, and nobody is logged out', async ({ stop, start }) => {
    await open(demo, laptop)
    await press(laptop, 'Put in Field telescope')
    await signIn(laptop, 'Frances')
    const cookies = await laptop.context().cookies()

    await open(demo, laptop, '/outage')
    await press(laptop, stop)
    const [away, refused] = [await open(demo, laptop), await refusedPut(demo, laptop)]
    await open(demo, laptop)
    const said = await laptop.locator('main').textContent()
    const cookiesMeanwhile = await laptop.context().cookies()
    await press(laptop, 'Try again')
    await laptop.getByRole('link', { name: 'Bring Redis back' }).click()
    await press(laptop, start)
    await expect.poll(() => open(demo, laptop), { timeout: 30_000 }).toBe(200)

    expect([away, refused]).toEqual([503, 503])
    expect(said).toMatch(/Nobody was logged out.*SessionUnavailableError/s)
    expect(cookiesMeanwhile).toEqual(cookies)
    expect([await userOf(laptop), await basketOf(laptop)]).toEqual(['frances', 'Field telescope'])
    expect(problems.splice(0).filter((problem) => !problem.includes('503'))).toEqual([])
  })
})

async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  return secondTab(await browser.newContext(options))
}

/** Of the same browser, so with the same cookies. */
async function secondTab(context: BrowserContext): Promise<Page> {
  return watchPage(await context.newPage(), problems)
}

/** The status of the page. */
async function open(demo: Demo, page: Page, path: string = '/sessions'): Promise<number | undefined> {
  const response = await page.goto(demo.url + path)
  return response?.status()
}

/** An open page goes on asking the demo for its figures. */
async function leave(demo: Demo): Promise<void> {
  await Promise.all([laptop.goto('about:blank'), mobile.goto('about:blank')])
  await demo.interrupt()
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await press(page, 'Sign in')
}

async function signInOnBoth(demo: Demo, name: string): Promise<void> {
  await Promise.all([open(demo, laptop), open(demo, mobile)])
  await signIn(laptop, name)
  await signIn(mobile, name)
}

async function userOf(page: Page): Promise<string | null> {
  return page.locator('#user').textContent()
}

async function isSignedIn(page: Page): Promise<boolean> {
  await page.locator('#who').waitFor()
  return (await page.locator('#user').count()) > 0
}

async function basketOf(page: Page): Promise<string | null> {
  return page.locator('#basket').textContent()
}

async function devicesOf(page: Page): Promise<string[]> {
  const texts = await page.locator('.devices tbody th').allTextContents()
  return texts.map((text) => text.trim())
}

async function keyOf(page: Page): Promise<string> {
  const [cookie] = await page.context().cookies()
  return String(cookie?.value)
}

async function giveKey(page: Page, demo: Demo, value: string): Promise<void> {
  await page.context().addCookies([{ name: 'everwarm_demo', value, url: demo.url }])
}

/** Puts a thing in while the store is away. */
async function refusedPut(demo: Demo, page: Page): Promise<number> {
  const response = await page.context().request.post(`${demo.url}/sessions/put`, { form: { thing: 'lamp' } })
  return response.status()
}

/** Until the page comes that the slow request is answered with. */
async function pressSlowly(page: Page): Promise<void> {
  await page.bringToFront()
  await press(page, 'Put the music box in, slowly')
}

/** Until the slow request has loaded its session. */
async function untilAtWork(demo: Demo): Promise<void> {
  const side = async (): Promise<string> => (await fetch(`${demo.url}/live`)).text()
  await expect.poll(side, { interval: 20, timeout: 30_000 }).toContain('POST /sessions/at-once/slowly')
}

async function tabTo(page: Page, name: string): Promise<void> {
  const target = await page
    .getByLabel(name, { exact: true })
    .or(page.getByRole('button', { name, exact: true }))
    .elementHandle()
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    if (await target?.evaluate((element) => element.matches(':focus'))) return
  }
  throw new Error(`The tab key does not lead to "${name}"`)
}

async function enter(page: Page): Promise<void> {
  const arrived = page.waitForEvent('load')
  await page.keyboard.press('Enter')
  await arrived
}
