import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { type Browser, chromium, type Page } from 'playwright-core'

import { ensureChromium } from '../../scripts/servers.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

const browserArgs = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The demo as a process of its own. */
export interface Demo {
  readonly url: string
  /** As Ctrl-C does; the exit code. A page that is open goes on asking for its figures, so leave it first. */
  interrupt(): Promise<number | null>
}

const running = new Set<ChildProcess>()

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: ensureChromium(), chromiumSandbox: false, args: browserArgs })
}

/** Starts `npm run demo` on a free port. */
export function launchDemo(args: readonly string[]): ChildProcess {
  const { PORT: _port, REDIS_URL: _url, ...env } = process.env
  const child = spawn(process.execPath, ['scripts/demo.mjs', '--port', '0', '--no-build', ...args], { cwd: root, env })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** As {@link launchDemo}, once it answers. */
export async function startDemo(...args: string[]): Promise<Demo> {
  const child = launchDemo(args)
  const exited = once(child, 'exit')
  const url = await Promise.race([addressIn(child), errorsOf(child).then((said) => Promise.reject(new Error(said)))])
  return {
    url,
    async interrupt() {
      child.kill('SIGINT')
      const [code] = (await exited) as [number | null]
      return code
    },
  }
}

/** Ends whatever demo is left. */
export function killDemos(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** All that a child says on its standard error. */
export async function errorsOf(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const chunk of child.stderr ?? []) said += String(chunk)
  return said
}

/** Notes what goes wrong in a page: what it throws, and what its console tells, such as a breach of the CSP. */
export function watchPage(page: Page, problems: string[]): Page {
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  return page
}

/** Presses a button and waits for the page that comes of it. */
export async function press(page: Page, name: string): Promise<void> {
  const arrived = page.waitForEvent('load')
  await page.getByRole('button', { name, exact: true }).click()
  await arrived
}

async function addressIn(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk)
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
    if (address !== undefined) return address
  }
  throw new Error(`The demo printed no address: ${said}`)
}
