import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

import type { CacheOptions } from '../../src/cache/options.ts'
import { startChild } from './fleet-child.ts'

/** Those with sessions of ours: programs in `test/fleet/sites`, as are the others. */
const ownFrameworks = ['express', 'express4', 'fastify', 'hono', 'koa'] as const

/** Those with other sessions in our store. */
const storeFrameworks = ['express-session', 'fastify-session'] as const

/** What a site can be made with. */
export type Framework = (typeof ownFrameworks | typeof storeFrameworks)[number]

export const frameworks: readonly Framework[] = [...ownFrameworks, ...storeFrameworks]

/** Whether a site has sessions of ours, and not only our store. */
export function hasOwnSessions(framework: Framework): boolean {
  return ownFrameworks.some((own) => own === framework)
}

export interface Answer {
  readonly status: number
  /** Of the process that answered; `undefined` where a framework drops all headers of a failure. */
  readonly pid: number | undefined
  readonly body: { readonly user?: string; readonly data?: Readonly<Record<string, unknown>>; readonly count?: number }
  /** What the browser sends back of a cookie that was set: nothing when it was taken away. `undefined` when none was. */
  readonly cookie: string | undefined
  /** When the last byte had come: milliseconds of this process. */
  readonly endedAt: number
  /** From the first byte sent on. */
  readonly ms: number
}

export interface Ask {
  readonly cookie?: string | undefined
  /** The connection to take; by default any, to whichever process gets it. */
  readonly lane?: Agent | undefined
}

/** A site of several processes behind one port. */
export interface Site {
  readonly pids: readonly number[]
  ask(path: string, how?: Ask): Promise<Answer>
  /** So many connections to each process, that stay with it. */
  lanes(count: number): Promise<readonly (readonly Agent[])[]>
  /** When a request has come to a gate. */
  entered(gate: string): Promise<true>
  open(gate: string): void
  stop(): Promise<void>
}

const workers = 2

/** Signs the cookies of the libraries that the store is for. */
const secret = 'a secret of the test, of 32 or more characters'

export async function startSite(framework: Framework, cache: CacheOptions): Promise<Site> {
  const child = startChild('site.mjs', { SITE: JSON.stringify({ framework, workers, secret, cache }) })
  const { port, pids } = await child.until(({ ready }) => ready as { port: number; pids: number[] } | undefined)
  const anyLane = new Agent({ keepAlive: true })
  const agents = [anyLane]
  const ask: Site['ask'] = (path, { cookie, lane = anyLane } = {}) => exchange({ port, path, cookie, agent: lane })
  return {
    pids,
    ask,
    lanes: async (count) => {
      const found = new Map<number | undefined, Agent[]>(pids.map((pid) => [pid, []]))
      while ([...found.values()].some((lanes) => lanes.length < count)) {
        const lane = new Agent({ keepAlive: true, maxSockets: 1 })
        agents.push(lane)
        found.get((await ask('/who', { lane })).pid)?.push(lane)
      }
      return [...found.values()].map((lanes) => lanes.slice(0, count))
    },
    entered: (gate) => child.until(({ entered }) => (entered === gate ? true : undefined)),
    open: (gate) => void child.process.send({ open: gate }),
    stop: async () => {
      for (const agent of agents) agent.destroy()
      await child.stop()
    },
  }
}

interface Exchange {
  readonly port: number
  readonly path: string
  readonly cookie: string | undefined
  readonly agent: Agent
}

async function exchange(asked: Exchange): Promise<Answer> {
  const begun = performance.now()
  const answer = await attempt(asked)
  const endedAt = performance.now()
  return { ...answer, endedAt, ms: endedAt - begun }
}

function attempt({ port, path, cookie, agent }: Exchange): Promise<Omit<Answer, 'endedAt' | 'ms'>> {
  const headers = cookie === undefined ? {} : { cookie }
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      const { statusCode = 0, headers } = response
      text(response).then((body) => {
        const pid = headers['x-pid'] === undefined ? undefined : Number(headers['x-pid'])
        resolve({ status: statusCode, pid, body: read(body), cookie: cookieIn(headers['set-cookie']) })
      }, reject)
    })
    asking.on('error', (error: NodeJS.ErrnoException) => {
      // The connection was closed before it was used again, so nobody has seen the request: browsers send it once more.
      if (asking.reusedSocket && error.code === 'ECONNRESET') resolve(attempt({ port, path, cookie, agent }))
      else reject(error)
    })
    asking.end()
  })
}

/** Failures come in whatever form a framework gives them. */
function read(body: string): Answer['body'] {
  return body.startsWith('{') ? (JSON.parse(body) as Answer['body']) : {}
}

function cookieIn(lines: readonly string[] = []): string | undefined {
  const pair = lines[0]?.split(';')[0]
  return pair?.endsWith('=') === true ? '' : pair
}
