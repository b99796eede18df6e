import { setTimeout as sleep } from 'node:timers/promises'

import type { Site } from './fleet-site.ts'

/** Somebody who is logged in. */
export interface Visitor {
  readonly user: string
  readonly cookie: string
}

/** A request that wrote a field of its own, and what came of it. Times are milliseconds of this process. */
export interface Sent {
  readonly visitor: Visitor
  readonly field: string
  readonly status: number
  readonly cookie: string | undefined
  readonly sentAt: number
  readonly endedAt: number
}

/** Requests that never end until they are told. */
export interface Load {
  readonly sent: readonly Sent[]
  /** Waits until so many more have been answered like this. */
  more(count: number, status: number): Promise<void>
  stop(): Promise<void>
}

/** How many requests are under way at once. */
const loops = 8

/** How long any of the states that are waited for may take to come. */
const patienceMs = 20_000

export async function logIn(site: Site, count: number): Promise<Visitor[]> {
  const users = Array.from({ length: count }, (_, index) => `user${index}`)
  return Promise.all(
    users.map(async (user) => ({ user, cookie: (await site.ask(`/login?user=${user}`)).cookie ?? '' })),
  )
}

/** Writes to the visitors' sessions. They are saved explicitly: express-session would else answer 200 before it tries. */
export function startLoad(site: Site, visitors: readonly Visitor[], random: (limit: number) => number): Load {
  const sent: Sent[] = []
  const until = new AbortController()
  let last = 0
  const run = async (): Promise<void> => {
    while (!until.signal.aborted) {
      const visitor = visitors[random(visitors.length)] as Visitor
      const field = `field${++last}`
      const sentAt = performance.now()
      const path = `/write?field=${field}&save&wait=${random(8)}`
      const { status, cookie, endedAt } = await site.ask(path, { cookie: visitor.cookie })
      sent.push({ visitor, field, status, cookie, sentAt, endedAt })
      await sleep(random(8))
    }
  }
  const running = Promise.all(Array.from({ length: loops }, run))
  return {
    sent,
    more: async (count, status) => {
      const from = sent.length
      const end = performance.now() + patienceMs
      while (sent.slice(from).filter((each) => each.status === status).length < count) {
        if (performance.now() > end) throw new Error(`Not ${count} answers of ${status} within ${patienceMs} ms`)
        await sleep(5)
      }
    },
    stop: async () => {
      until.abort()
      await running
    },
  }
}
