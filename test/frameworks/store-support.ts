import { type Cache, createCache } from '../../src/index.ts'
import { freshPrefix } from '../support/redis.ts'
import { cookieOf, type Ground } from './support.ts'

/** A response that has ended: only then is the session saved, and its headers go before. */
export interface Answer {
  readonly status: number
  /** What it sets, as the browser sends it back. */
  readonly cookie: string
  readonly setCookie: readonly string[]
  readonly body: unknown
}

/** Somewhere to be held until somebody lets go. */
export interface Gate {
  readonly entered: Promise<void>
  readonly pass: () => Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  let enter = (): void => {}
  let open = (): void => {}
  const entered = new Promise<void>((resolve) => (enter = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { entered, open: () => open(), pass: () => (enter(), opened) }
}

/** A call that tells a callback, as a promise. */
export function done(begin: (callback: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    begin((error) => {
      if (error === undefined || error === null) resolve()
      else reject(error)
    })
  })
}

/** Asks for a page, and for all of it. */
export async function ask(url: string, cookie?: string): Promise<Answer> {
  const response = await fetch(url, cookie === undefined ? {} : { headers: { cookie } })
  const text = await response.text()
  return {
    status: response.status,
    cookie: cookieOf(response),
    setCookie: response.headers.getSetCookie(),
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  }
}

/** A cache of its own, connected: its first call has all of the deadline for itself. */
export async function cacheOn(ground: Ground): Promise<Cache> {
  const cache = createCache({ location: ground.redis().url, keyPrefix: freshPrefix(), deadline: '500ms' })
  ground.closeAfterwards(() => cache.close())
  await cache.connect()
  return cache
}

/** What Redis is asked by `work`: commands by name, without those that this asks itself. */
export async function commandsOf(cache: Cache, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const client = await cache.raw<{ sendCommand(command: readonly string[]): Promise<unknown> }>()
  await client.sendCommand(['CONFIG', 'RESETSTAT'])
  await work()
  const text = String(await client.sendCommand(['INFO', 'commandstats']))
  const counted = [...text.matchAll(/^cmdstat_(\w+)[^:]*:calls=(\d+)/gm)].map(([, name, calls]) => [
    name,
    Number(calls),
  ])
  return Object.fromEntries(counted.filter(([name]) => name !== 'config' && name !== 'info'))
}
