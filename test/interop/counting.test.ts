import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { djangoCaches } from '../../src/django/index.ts'
import type { Cache } from '../../src/index.ts'
import { type DjangoPeer, pythonWithDjango, startDjango } from '../support/django-peer.ts'
import { siteCaches } from './caches.ts'

const python = pythonWithDjango()

describe.skipIf(python === undefined)('counters, locks and keys shared with Django', () => {
  let site: DjangoPeer
  let ours: Readonly<Record<'default' | 'herd' | 'shards', Cache>>
  let close: () => Promise<void>

  beforeAll(async () => {
    const settings = siteCaches(`${inject('redisUrl')}/12`)
    site = await startDjango(python ?? '', settings)
    const caches = djangoCaches(settings)
    ours = caches as unknown as typeof ours
    close = () => caches.close()
  })

  afterAll(async () => {
    await close()
    await site.stop()
  })

  it('both count at once and none is lost', async () => {
    await ours.default.set('hits', 0)

    const theirs = site.call('count_up', { alias: 'default', key: 'hits', times: 300 })
    await Promise.all(Array.from({ length: 300 }, () => ours.default.incr('hits')))
    await theirs

    expect(await ours.default.get('hits')).toBe(600)
    expect(await site.call('get', { alias: 'default', key: 'hits' })).toEqual({ t: 'int', v: '600' })
  })

  it('a lock keeps both apart: reading, adding and writing loses nothing', async () => {
    await ours.default.set('sum', 0)

    const theirs = site.call('count_locked', { alias: 'default', key: 'guard', counter: 'sum', times: 60 })
    for (let round = 0; round < 60; round++) {
      await using _held = await ours.default.lock('guard', { timeout: '20s', wait: '10s', retryEvery: '2ms' }).hold()
      await ours.default.set('sum', ((await ours.default.get<number>('sum')) ?? 0) + 1)
    }
    await theirs

    expect(await ours.default.get('sum')).toBe(120)
  })

  it('a lock held by Python is not ours, and the other way round', async () => {
    await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'create', timeout: 30 })
    expect(await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'acquire' })).toBe(true)
    const lock = ours.default.lock('door', { timeout: '30s', wait: 0 })

    expect(await lock.acquire()).toBe(false)
    await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'release' })
    expect(await lock.acquire()).toBe(true)
    expect(
      await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'acquire', blocking: false }),
    ).toBe(false)
    await lock.release()
    expect(
      await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'acquire', blocking: false }),
    ).toBe(true)
    await site.call('lock', { alias: 'default', key: 'door', name: 'theirs', method: 'release' })
  })

  it('a lock that is extended or taken anew on one side is still held for the other', async () => {
    const theirs = { alias: 'default', key: 'gate', name: 'gate' }
    await site.call('lock', { ...theirs, method: 'create', timeout: 2 })
    await site.call('lock', { ...theirs, method: 'acquire' })
    await site.call('lock', { ...theirs, method: 'extend', additional_time: 60 })

    expect(await ours.default.ttl('gate')).toBeGreaterThan(55)
    expect(await ours.default.lock('gate').acquire()).toBe(false)
    await site.call('lock', { ...theirs, method: 'release' })
    const lock = ours.default.lock('gate', { timeout: '2s' })
    expect(await lock.acquire()).toBe(true)
    expect(await lock.extend('60s')).toBe(true)
    expect(await site.call('lock', { ...theirs, method: 'acquire', blocking: false })).toBe(false)
    expect(await lock.reacquire()).toBe(true)
    expect(await ours.default.ttl('gate')).toBeLessThanOrEqual(2)
    expect(await lock.release()).toBe(true)
  })

  it('the members of a set are the same on both sides', async () => {
    await site.call('add_members', { alias: 'default', key: 'tags', members: [str('theirs'), { t: 'int', v: '7' }] })
    await ours.default.setAt('tags').addMany(['ours', { id: 1 }])

    expect(await ours.default.setAt('tags').has('theirs')).toBe(true)
    expect(await ours.default.setAt('tags').has(7)).toBe(true)
    expect(await site.call('members', { alias: 'default', key: 'tags' })).toEqual([
      { t: 'dict', v: [[str('id'), { t: 'int', v: '1' }]] },
      { t: 'int', v: '7' },
      str('ours'),
      str('theirs'),
    ])
  })

  it('versions, time to live and patterns mean the same', async () => {
    await ours.default.set('page:1', 'ours', { timeout: 100, version: 2 })
    await site.call('call', {
      alias: 'default',
      method: 'set',
      args: [str('page:2'), str('theirs')],
      kwargs: { timeout: 50 },
    })

    expect(
      await site.call('call', { alias: 'default', method: 'get', args: [str('page:1')], kwargs: { version: 2 } }),
    ).toEqual(str('ours'))
    expect(
      await site.call('call', { alias: 'default', method: 'ttl', args: [str('page:1')], kwargs: { version: 2 } }),
    ).toEqual({ t: 'int', v: '100' })
    expect(await ours.default.ttl('page:2')).toBe(50)
    expect(await ours.default.keys('page:*')).toEqual(['page:2'])
    expect(await site.call('call', { alias: 'default', method: 'delete_pattern', args: [str('page:*')] })).toEqual({
      t: 'int',
      v: '1',
    })
    expect(await ours.default.has('page:2')).toBe(false)
  })

  it('sharded keys are found by both on the same server', async () => {
    for (let index = 0; index < 40; index++) await ours.shards.set(`ours{${index}}`, index)
    for (let index = 0; index < 40; index++)
      await site.call('set', { alias: 'shards', key: `theirs:${index}`, value: { t: 'int', v: String(index) } })

    for (let index = 0; index < 40; index++) {
      expect(await site.call('get', { alias: 'shards', key: `ours{${index}}` })).toEqual({ t: 'int', v: String(index) })
      expect(await ours.shards.get(`theirs:${index}`)).toBe(index)
    }
  })

  it('entries of the herd client are read and written', async () => {
    await site.call('set', { alias: 'herd', key: 'theirs', value: str('text') })
    await ours.herd.set('ours', { id: 1 }, { timeout: 100 })

    expect(await ours.herd.get('theirs')).toBe('text')
    expect(await site.call('get', { alias: 'herd', key: 'ours' })).toEqual({
      t: 'dict',
      v: [[str('id'), { t: 'int', v: '1' }]],
    })
  })
})

function str(v: string): { readonly t: 'str'; readonly v: string } {
  return { t: 'str', v }
}
