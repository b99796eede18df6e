import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Cache, createCache } from '../../src/index.ts'
import { type RedisServer, type SentinelServer, startRedis } from '../../src/testing/index.ts'
import { startReplica } from '../../src/testing/servers/replicated.ts'
import { startSentinel } from '../../src/testing/servers/sentinel.ts'
import { deadlineMs, expectInTime, figures, missingOf } from '../support/fleet-judge.ts'
import { logIn, startLoad } from '../support/fleet-load.ts'
import { fleetRandom } from '../support/fleet-random.ts'
import { type Framework, type Site, startSite } from '../support/fleet-site.ts'
import { firstSuccess } from '../support/settled.ts'

const random = fleetRandom('A failover in the middle of the load')

const service = 'mymaster'
const password = 'data-secret'
const sentinelPassword = 'watch-secret'
const args = ['--requirepass', password, '--masterauth', password]

/** One of each adapter, and one of the store: each waits for a failover of its own, so other versions are left out. */
const onePerAdapter: readonly Framework[] = ['express', 'fastify', 'hono', 'koa', 'express-session']

describe.each(onePerAdapter)(
  'a failover in the middle of the load on two processes of %s',
  { timeout: 60_000 },
  (framework) => {
    let primary: RedisServer
    let replica: RedisServer
    let sentinels: readonly SentinelServer[]
    let site: Site
    /** Straight to each server. */
    let ends: { readonly primary: Cache; readonly replica: Cache }

    beforeAll(async () => {
      primary = await startRedis({ args })
      replica = await startReplica(primary, { args })
      const start = () => startSentinel({ service, primary, password, sentinelPassword })
      sentinels = await Promise.all([start(), start(), start()])
      const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
      const location = `redis+sentinel://:${password}@${hosts}/${service}/0`
      const sentinel = { password: sentinelPassword }
      ends = {
        primary: createCache({ location: primary.url, password }),
        replica: createCache({ location: replica.url, password }),
      }
      await firstSuccess(async () => {
        await using reader = createCache({ location: `${location}?role=replica`, sentinel })
        if ((await roleIn(reader)) !== 'slave') throw new Error('The Sentinels do not know the replica yet')
      })
      site = await startSite(framework, { location, sentinel, deadline: deadlineMs / 1000 })
    }, 60_000)

    afterAll(async () => {
      await site.stop()
      await Promise.all([ends.primary.close(), ends.replica.close()])
      await Promise.all([...sentinels, primary, replica].map((each) => each.close()))
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
      await primary.kill()
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

interface Raw {
  sendCommand(command: readonly string[]): Promise<readonly unknown[]>
}

async function roleIn(cache: Cache): Promise<unknown> {
  return (await (await cache.raw<Raw>()).sendCommand(['ROLE']))[0]
}
