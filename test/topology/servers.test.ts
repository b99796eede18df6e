import { existsSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { slotOf } from '../../src/redis/slots.ts'
import { startCluster, startReplicated, startSentinels } from '../../src/testing/index.ts'

describe('the servers that startReplicated starts', () => {
  it('have on each replica what was written to the primary, also after a restart', async () => {
    await using servers = await startReplicated({ password: 'secret' })

    for (const round of ['first', 'second']) {
      await servers.primary.ask('SET', 'key', round)
      await servers.synced()
      const seen = await Promise.all(servers.replicas.map((replica) => replica.ask('GET', 'key')))
      expect(seen).toEqual([round, round])
      await servers.restart()
    }
    expect(servers.urls[0]).toBe(servers.primary.url)
  })

  it('leave nothing behind when one of them cannot start', async () => {
    await expect(startReplicated({ args: ['--no-such-setting', '1'] })).rejects.toThrow('Bad directive')
  })
})

describe('the servers that startSentinels starts', () => {
  it('have another primary after a failover, which a cache follows', async () => {
    await using servers = await startSentinels({
      service: 'shop',
      password: 'secret',
      sentinelPassword: 'watch',
      replicas: 1,
    })
    await using cache = createCache({ location: servers.url, sentinel: { password: 'watch' } })
    await cache.set('key', 1)
    const before = await servers.primary()

    const after = await servers.failover()

    expect(after.port).not.toBe(before.port)
    await expect.poll(() => cache.set('key', 2).catch(() => false), { timeout: 10_000 }).toBe(true)
    expect(await after.ask('EXISTS', ':1:key')).toBe(1)
  }, 60_000)

  it('know each other again after a restart', async () => {
    await using servers = await startSentinels({ sentinels: 2, replicas: 0 })
    const before = await servers.primary()
    await servers.restart()

    expect(await servers.primary()).toBe(before)
  }, 60_000)
})

describe('the nodes that startCluster starts', () => {
  it('serve every slot, move slots, fail over and come back, with a user of the ACL', async () => {
    await using cluster = await startCluster({ username: 'app', password: 'secret' })
    await using cache = createCache(cluster.url)
    await cache.set('key', 'value')
    const slot = slotOf(cache.makeKey('key'))
    const [owner, other] = [await cluster.masterOf(slot), cluster.nodes[(slot % 3) + 3]]

    const next = await cluster.failover(slot)
    expect(next.port).not.toBe(owner.port)
    expect(await cache.get('key')).toBe('value')

    const target = cluster.nodes.slice(0, 3).find((node) => node !== owner && node !== other)
    if (target !== undefined) await cluster.moveSlot(slot, target)
    expect(await cluster.masterOf(slot)).toBe(target)
    expect(await cache.get('key')).toBe('value')

    await cluster.restart()
    await expect.poll(() => cache.set('key', 2).catch(() => false), { timeout: 10_000 }).toBe(true)
    await cluster.close()
    expect(cluster.nodes.map(({ folder }) => existsSync(folder))).toEqual(cluster.nodes.map(() => false))
  }, 60_000)
})
