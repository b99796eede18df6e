import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { type SentinelServers, startSentinels } from '../../src/testing/index.ts'
import { deadlineMs, expectInTime, figures, missingOf } from '../support/fleet-judge.ts'
import { logIn, startLoad } from '../support/fleet-load.ts'
import { fleetRandom } from '../support/fleet-random.ts'
import { type Framework, type Site, startSite } from '../support/fleet-site.ts'

const random = fleetRandom('A failover in the middle of the load')

const password = 'data-secret'
const sentinelPassword = 'watch-secret'

/** One of each adapter, and one of the store: each waits for a failover of its own, so other versions are left out. */
const onePerAdapter: readonly Framework[] = ['express', 'fastify', 'hono', 'koa', 'express-session']

describe.each(onePerAdapter)(
  'a failover in the middle of the load on two processes of %s',
  { timeout: 60_000 },
  (framework) => {
    let servers: SentinelServers
    let site: Site
    /** Straight to each server. */
    let ends: { readonly primary: Cache; readonly replica: Cache }

    beforeAll(async () => {
      servers = await startSentinels({ replicas: 1, password, sentinelPassword })
      const [primary = '', replica = ''] = servers.servers.map(({ url }) => url)
      ends = { primary: createCache(primary), replica: createCache(replica) }
      const sentinel = { password: sentinelPassword }
      site = await startSite(framework, { location: servers.url, sentinel, deadline: deadlineMs / 1000 })
    }, 60_000)

    afterAll(async () => {
      await site.stop()
      await Promise.all([ends.primary.close(), ends.replica.close()])
      await servers.close()
    })

    /** Waits until the replica has what was written so far: the one follows the other in the order of its writes. */
    async function replicated(): Promise<void> {
      await ends.primary.set('marker', performance.now(), { timeout: null })
      const marker = await ends.primary.get('marker')
      while ((await ends.replica.get('marker')) !== marker) await sleep(2)
    }

    it('logs nobody out, brings nothing back, and loses only what the replica did not have', async () => {
      const [gone, ...visitors] = await logIn(site, 13)
      const cookie = gone?.cookie
      const slow = site.ask('/write?field=late&gate=slow', { cookie })
      await site.entered('slow')
      await site.ask('/logout', { cookie })
      const load = startLoad(site, visitors, random)
      await load.more(200, 200)
      const replicatedAt = performance.now()
      await replicated()

      await load.more(50, 200)
      await servers.servers[0]?.kill()
      const killedAt = performance.now()
      await load.more(200, 200)
      site.open('slow')
      const late = await slow
      await load.stop()

      console.log(figures(framework, load.sent))
      expectInTime(load.sent)
      const missing = await missingOf(site, visitors, load.sent)
      expect(missing.filter(({ sentAt, endedAt }) => endedAt < replicatedAt || sentAt > killedAt)).toEqual([])
      expect(late.status).toBe(200)
      for (const each of [cookie, late.cookie]) {
        expect((await site.ask('/read', { cookie: each })).body).toEqual({ data: {} })
      }
    }, 40_000)
  },
)
