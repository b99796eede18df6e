import { once } from 'node:events'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { freePort, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { type Demo, errorsOf, killDemos, launchBrowser, launchDemo, press, startDemo, watchPage } from './support.ts'

const latencyMs = 1200
const deadlineMs = 1000

// On a busy machine each page takes a second.
vi.setConfig({ testTimeout: 60_000 })

let browser: Browser
let usual: Page
const problems: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
  usual = await newPage()
}, 120_000)

afterEach(() => {
  expect(problems.splice(0), 'problems that the browser told of').toEqual([])
})

afterAll(async () => {
  await browser.close()
  killDemos()
})

describe('the demo on memory', () => {
  let demo: Demo

  beforeAll(async () => {
    demo = await startDemo()
  })

  it('the first visit is a slow miss, the second a fast hit with its time to live', async () => {
    const page = await open(demo.url)
    const first = await verdictOf(page)
    await press(page, 'Ask again')
    const second = await verdictOf(page)

    expect(first.kind).toBe('miss')
    expect(first.ms).toBeGreaterThanOrEqual(latencyMs - 1)
    expect(second.kind).toBe('hit')
    expect(second.ms).toBeLessThan(latencyMs / 10)
    expect(await page.locator('.left').textContent()).toMatch(/Time to live: (60|[1-5]\d) s/)
  })

  it('what was deleted is loaded anew', async () => {
    const page = await open(demo.url)
    await press(page, 'Delete it and ask again')

    expect((await verdictOf(page)).kind).toBe('miss')
  })

  it('forms do without JavaScript', async () => {
    const page = await open(demo.url, await newPage({ javaScriptEnabled: false }))
    await press(page, 'Ask again')

    expect((await verdictOf(page)).kind).toBe('hit')
  })

  it('HTML that a visitor typed is shown as text', async () => {
    const typed = '</textarea><img src=x onerror="document.title=1"><b>bold</b> & more'
    const page = await open(demo.url)
    await page.getByLabel('or a text of your own').fill(typed)
    await press(page, 'Count these words')
    await page.getByText('your own text,').waitFor()

    expect(await page.locator('blockquote').textContent()).toBe(typed)
    expect(await page.getByLabel('or a text of your own').inputValue()).toBe(typed)
    expect(await page.locator('main img, main b').count()).toBe(0)
  })

  it('ten visitors to a cold key cause one load', async () => {
    const page = await open(`${demo.url}/rush`)
    await press(page, 'Send ten visitors to a cold key')
    await page.locator('.visitors').waitFor()

    expect(await page.locator('#loads').textContent()).toBe('1')
    expect(await page.locator('#shared').textContent()).toBe('9')
  })

  it('the counter counts visits and clicks, a hundred at once too', async () => {
    const page = await open(`${demo.url}/counter`)
    const views = Number(await page.locator('#views').textContent())
    await press(page, '+ 1')
    await press(page, '+ 100, all at once')
    await page.getByText('100 different sums').waitFor()

    expect(await page.locator('#clicks').textContent()).toBe('101')
    expect(await page.locator('#views').textContent()).toBe(String(views + 2))
  })

  it('keys are listed with their time to live, touched, deleted and cleared', async () => {
    const page = await open(`${demo.url}/keys`)
    await store(page, { key: '<i>', value: 'x', timeout: '90s' })
    await store(page, { key: 'note', value: 'hello', timeout: '' })
    const listed = await timesLeft(page)
    await row(page, 'my:note').getByRole('button', { name: 'Touch: 60 s' }).click()
    await page.getByText("await cache.touch('my:note', 60)").waitFor()
    const touched = await timesLeft(page)
    await row(page, 'my:note').getByRole('button', { name: 'Delete' }).click()
    await page.getByText("await cache.delete('my:note')").waitFor()
    const left = await timesLeft(page)
    await press(page, 'Clear all')
    await page.getByText('The cache is empty').waitFor()

    expect(listed.get('my:<i>')).toMatch(/^(90|8\d) s$/)
    expect(listed.get('my:note')).toBe('for ever')
    expect(touched.get('my:note')).toMatch(/^(60|5\d) s$/)
    expect([left.has('my:note'), left.has('my:<i>')]).toEqual([false, true])
  })

  it('a time to live that cannot be is answered by its OptionError', async () => {
    const page = await open(`${demo.url}/keys`)
    await store(page, { key: 'note', value: 'hello', timeout: 'soon' })

    expect(await page.locator('.call .error-name').textContent()).toBe('OptionError')
  })

  it('the page about outages says how to run on Redis', async () => {
    const page = await open(`${demo.url}/outage`)

    expect(await page.locator('main').textContent()).toContain('npm run demo -- redis://127.0.0.1:6379/1')
  })

  it('Ctrl-C ends it cleanly', async () => {
    expect(await leave(demo)).toBe(0)
  })
})

describe('the demo on Redis', () => {
  let server: RedisServer
  let demo: Demo

  beforeAll(async () => {
    server = await startRedis()
    demo = await startDemo(`${server.url}/1`)
  })

  afterAll(async () => {
    await leave(demo)
    await server.close()
  })

  it('the first visit is a slow miss, the second a fast hit', async () => {
    const page = await open(demo.url)
    const first = await verdictOf(page)
    await press(page, 'Ask again')
    const second = await verdictOf(page)

    expect([first.kind, second.kind]).toEqual(['miss', 'hit'])
    expect(second.ms).toBeLessThan(latencyMs / 4)
  })

  it('a frozen Redis is told of within the deadline, and forgotten once it thaws', async () => {
    const page = await open(`${demo.url}/outage`)
    server.pause()
    const begun = performance.now()
    await press(page, 'Make four calls now')
    await page.locator('.trials').waitFor()
    const tookMs = performance.now() - begun
    const frozen = await outcomes(page)
    server.resume()
    await press(page, 'Make four calls now')
    await page.locator('.pill.well').waitFor()

    expect(frozen).toEqual(['DeadlineError', 'DeadlineError', 'DeadlineError', 'answered by its loader'])
    expect(tookMs).toBeLessThan(2 * deadlineMs + 1500)
    expect((await outcomes(page)).filter((outcome) => !outcome.startsWith('answered'))).toEqual([])
  })
})

describe('the demo without its Redis', () => {
  it('starts, and shows the page together with the ConnectionError', async () => {
    const demo = await startDemo(`redis://user:secret@127.0.0.1:${await freePort()}/0`)
    const page = await open(demo.url)
    const verdict = await verdictOf(page)

    expect(verdict.kind).toBe('no cache')
    expect(await page.locator('.error-name').textContent()).toBe('ConnectionError')
    expect(await page.content()).not.toContain('secret')
    expect(await leave(demo)).toBe(0)
  })

  it('refuses a location that cannot be in one sentence', async () => {
    const child = launchDemo(['http://localhost'])
    const [said, [code]] = await Promise.all([errorsOf(child), once(child, 'exit')])

    expect(code).toBe(1)
    expect(said).toMatch(/^location: expected 'memory:', 'dummy:' or a URL that begins with redis:[^\n]*\n$/)
  })
})

describe('the demo with a Redis of its own', () => {
  it('freezes, kills and starts it by a click', async () => {
    const demo = await startDemo('--own-redis')
    const page = await open(`${demo.url}/outage`)
    const seen: (string | undefined)[] = []
    for (const button of ['Freeze Redis (SIGSTOP)', 'Kill it', 'Start it again']) {
      await press(page, button)
      await page.getByRole('button', { name: button, disabled: true }).waitFor()
      seen.push((await outcomes(page))[0])
    }

    expect(seen).toEqual(['DeadlineError', 'ConnectionError', 'answered'])
    expect(await leave(demo)).toBe(0)
  })
})

/** An open page goes on asking the demo for its figures. */
async function leave(demo: Demo): Promise<number | null> {
  await usual.goto('about:blank')
  return demo.interrupt()
}

/** One page for all: a new one for each test costs more than the test. */
async function open(url: string, page: Page = usual): Promise<Page> {
  await page.goto(url)
  return page
}

async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  return watchPage(await browser.newPage(options), problems)
}

async function verdictOf(page: Page): Promise<{ kind: string | null; ms: number }> {
  const shown = await page.locator('#ms').textContent()
  return { kind: await page.locator('.verdict .badge').textContent(), ms: Number(shown?.replaceAll(',', '')) }
}

async function store(page: Page, entry: { key: string; value: string; timeout: string }): Promise<void> {
  await page.getByLabel('Key, after my:').fill(entry.key)
  await page.getByLabel('Value').fill(entry.value)
  await page.getByLabel('Time to live').fill(entry.timeout)
  await press(page, 'Set')
}

function row(page: Page, key: string): ReturnType<Page['locator']> {
  return page.locator(`tr[data-key="${key}"]`)
}

async function timesLeft(page: Page): Promise<Map<string, string>> {
  const keys = await page.locator('.keys tbody th').allTextContents()
  const times = await page.locator('.keys tbody .value').allTextContents()
  return new Map(keys.map((key, i) => [key, times[i] ?? '']))
}

function outcomes(page: Page): Promise<string[]> {
  return page.locator('.trials .badge').allTextContents()
}
