import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { type RedisServer, startRedis } from '../../src/testing/index.ts'
import { calm, deadlineMs, expectInTime, figures, missingOf } from '../support/fleet-judge.ts'
import { logIn, startLoad } from '../support/fleet-load.ts'
import { fleetRandom } from '../support/fleet-random.ts'
import { frameworks, type Site, startSite } from '../support/fleet-site.ts'

const random = fleetRandom('Outages in the middle of the load')

describe.each(frameworks)('in the middle of the load on two processes of %s', { timeout: 60_000 }, (framework) => {
  let redis: RedisServer
  let site: Site

  beforeAll(async () => {
    // What was acknowledged is on the disk.
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    site = await startSite(framework, { location: redis.url, deadline: deadlineMs / 1000 })
  })

  afterEach(() => redis.resume())

  afterAll(async () => {
    await site.stop()
    await redis.close()
  })

  it('Redis hangs: all is answered in time, nobody is logged out and nothing is lost', async () => {
    const visitors = await logIn(site, 12)
    const load = startLoad(site, visitors, random)

    await load.more(calm, 200)
    redis.pause()
    await load.more(16, 503)
    redis.resume()
    await load.more(100, 200)
    await load.stop()

    console.log('hung', figures(framework, load.sent))
    expectInTime(load.sent)
    expect(await missingOf(site, visitors, load.sent)).toEqual([])
  })

  it('Redis dies and comes back: all is answered in time, nobody is logged out and nothing is lost', async () => {
    const visitors = await logIn(site, 12)
    const load = startLoad(site, visitors, random)

    await load.more(calm, 200)
    await redis.kill()
    await load.more(50, 503)
    await redis.restart()
    await load.more(100, 200)
    await load.stop()

    console.log('died', figures(framework, load.sent))
    expectInTime(load.sent)
    expect(await missingOf(site, visitors, load.sent)).toEqual([])
  })
})
