import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { createFaultProxy, type RedisServer, startRedis } from '../../src/testing/index.ts'
import { startReplica } from '../../src/testing/servers/replicated.ts'
import { ending, firstSuccess } from '../support/settled.ts'

describe('a server that will be well again in a moment', () => {
  it('LOADING: is waited for, and the call is done then', async () => {
    // Each key takes 20 ms to be read from the disk.
    const slow = { save: '3600 1', 'key-load-delay': '20000', 'loading-process-events-interval-bytes': '1024' }
    await using server = await startRedis({ config: slow })
    await using cache = createCache({ location: server.url, deadline: '20s' })
    await cache.setMany(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key${index}`, 'x'.repeat(3000)])))
    await server.ask('SAVE')

    await server.kill()
    const restarted = server.restart()
    await isLoading(server)
    const [read, written, counted] = await Promise.all([
      ending(cache.get('key1')),
      ending(cache.set('key2', 'new')),
      ending(cache.incr('count', 1, { create: true })),
    ])
    await restarted

    expect(read.value).toBe('x'.repeat(3000))
    expect(written).toMatchObject({ value: true })
    expect(counted).toMatchObject({ value: 1 })
    expect(read.ms).toBeGreaterThan(200)
  }, 30_000)

  it('LOADING: tells so when the deadline is over first', async () => {
    const slow = { save: '3600 1', 'key-load-delay': '20000', 'loading-process-events-interval-bytes': '1024' }
    await using server = await startRedis({ config: slow })
    await using cache = createCache({ location: server.url, deadline: '1s' })
    await firstSuccess(() =>
      cache.setMany(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key${index}`, 'x'.repeat(3000)]))),
    )
    await server.ask('SAVE')

    await server.kill()
    const restarted = server.restart()
    await isLoading(server)
    const { error, ms } = await ending(cache.get('key1'))
    await restarted

    expect(error).toMatchObject({ code: 'ERR_CONNECTION' })
    expect(error?.message).toContain('still loading its data')
    expect(ms).toBeLessThan(1500)
  }, 30_000)

  it('BUSY: a script that runs too long is waited for', async () => {
    await using server = await startRedis({ config: { 'busy-reply-threshold': '50' } })
    await using cache = createCache({ location: server.url, deadline: '5s' })
    await cache.set('key', 1)

    const busy = server.ask('EVAL', 'while true do end', '0').catch(() => undefined)
    await sleep(200)
    const written = ending(cache.set('key', 2))
    await sleep(200)
    await server.ask('SCRIPT', 'KILL')
    await busy

    expect(await written).toMatchObject({ value: true })
    expect(await cache.get('key')).toBe(2)
  })

  it('MASTERDOWN: a replica that serves no old data is left for the primary', async () => {
    await using server = await startRedis()
    await using replica = await startReplica(server, { config: { 'replica-serve-stale-data': 'no' } })
    await using cache = createCache({ location: [server.url, replica.url] })
    await cache.set('key', 'value')

    await replica.ask('REPLICAOF', '127.0.0.1', '1')

    expect(await cache.get('key')).toBe('value')
  })
})

describe('a server that refuses', () => {
  it('OOM: tells that it is full, and what to raise', async () => {
    await using server = await startRedis({ config: { maxmemory: '3mb', 'maxmemory-policy': 'noeviction' } })
    await using cache = createCache({ location: server.url, timeout: null })

    const { error } = await fill(cache.set.bind(cache))

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'OOM' })
    expect(error?.message).toMatch(/raise its maxmemory/)
    expect(await cache.get('0')).toHaveLength(100_000)
  })

  it('MISCONF: tells that it cannot save, and where to look', async () => {
    await using server = await startRedis({ config: { save: '3600 1', 'enable-protected-configs': 'yes' } })
    await using cache = createCache(server.url)
    await cache.set('key', 1)

    const { error } = await afterFailedSave(server, () => cache.set('key', 2))

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'MISCONF' })
    expect(error?.message).toMatch(/look into its log/)
  })

  it('NOAUTH and WRONGPASS: tell where the password stands', async () => {
    await using server = await startRedis({ password: 'right' })
    await using without = createCache(`redis://127.0.0.1:${server.port}`)
    await using wrong = createCache(`redis://:wrong@127.0.0.1:${server.port}`)

    expect((await ending(without.get('key'))).error?.message).toMatch(/wants a password: put it into the URL/)
    expect((await ending(wrong.get('key'))).error?.message).toMatch(/password is wrong: check/)
  })

  it('NOAUTH and WRONGPASS: never open the breaker, whose error would hide the reason', async () => {
    await using server = await startRedis({ password: 'right' })
    await using cache = createCache(`redis://:wrong@127.0.0.1:${server.port}`)

    const endings = []
    for (let call = 0; call < 30; call++) endings.push(await ending(cache.get('key')))

    expect(new Set(endings.map(({ error }) => error?.code))).toEqual(new Set(['ERR_CONNECTION']))
    expect(cache.stats().store).toMatchObject({ breaker: 'closed' })
  })

  it('READONLY: a replica given as the location is told so', async () => {
    await using server = await startRedis()
    await using replica = await startReplica(server)
    await using cache = createCache(replica.url)

    const { error, ms } = await ending(cache.set('key', 1))

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'READONLY' })
    expect(error?.message).toMatch(/give the primary as location/)
    expect(ms).toBeLessThan(1200)
  })

  it('READONLY: behind an address that leads to the new primary by now, the write is done there', async () => {
    await using former = await startRedis()
    await using primary = await startRedis()
    let target: RedisServer = former
    const { port, close } = await addressOf(() => target)
    await using cache = createCache(`redis://127.0.0.1:${port}`)
    await cache.set('key', 1)

    await former.ask('REPLICAOF', '127.0.0.1', String(primary.port))
    target = primary

    expect(await cache.set('key', 2)).toBe(true)
    expect(await cache.incr('key')).toBe(3)
    await close()
  })

  it('MOVED: a node of a Cluster given as a single server tells how a Cluster is given', async () => {
    await using node = await startRedis({ config: { 'cluster-enabled': 'yes' } })
    await using cache = createCache(node.url)

    const { error } = await ending(cache.get('key'))

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'CLUSTERDOWN' })
    expect(error?.message).toMatch(/Cluster/)
  })
})

describe('an answer that is lost with its connection', () => {
  it('is asked for again where the call only reads', async () => {
    await using server = await startRedis()
    const proxy = await createFaultProxy({ target: server.url })
    await using cache = createCache(proxy.url)
    await cache.setMany({ a: 1, b: 2 })

    proxy.delay(60_000, { only: 'answers' })
    const reads = [cache.get('a'), cache.getMany(['a', 'b']), cache.has('a'), cache.ttl('a')].map(ending)
    await sleep(50)
    proxy.delay(0)
    proxy.cut()
    const endings = await Promise.all(reads)
    await proxy.close()

    expect(endings.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined])
    expect(endings[0]?.value).toBe(1)
  })

  it('is never asked for twice where the call writes: an incr counts once', async () => {
    await using server = await startRedis()
    const proxy = await createFaultProxy({ target: server.url })
    await using cache = createCache(proxy.url)
    await cache.incr('count', 1, { create: true })

    proxy.halfAnswer(1, 'cut')
    const { error } = await ending(cache.incr('count'))
    await proxy.resume()
    await firstSuccess(() => cache.has('count'))
    await proxy.close()

    expect(error).toMatchObject({ code: 'ERR_CONNECTION' })
    expect(await server.ask('GET', ':1:count')).toBe('2')
  })
})

/** Until the server says that it is loading. */
async function isLoading(server: RedisServer): Promise<void> {
  const said = () => server.ask('GET', 'key').then(String, String)
  await expect.poll(said, { timeout: 5000, interval: 5 }).toContain('LOADING')
}

async function fill(
  set: (key: string, value: string) => Promise<boolean>,
): Promise<Awaited<ReturnType<typeof ending>>> {
  for (let key = 0; ; key++) {
    const end = await ending(set(String(key), 'x'.repeat(100_000)))
    if (end.error !== undefined || key > 1000) return end
  }
}

/** A folder that is gone makes the next save fail. */
async function afterFailedSave(
  server: RedisServer,
  call: () => Promise<unknown>,
): Promise<Awaited<ReturnType<typeof ending>>> {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  const folder = await mkdtemp(`${tmpdir()}/everwarm-gone-`)
  await server.ask('CONFIG', 'SET', 'dir', folder)
  await rm(folder, { recursive: true })
  await server.ask('BGSAVE')
  await expect
    .poll(() => server.ask('INFO', 'persistence').then(String), { timeout: 5000 })
    .toContain('rdb_last_bgsave_status:err')
  return ending(call())
}

/** An address that leads new connections wherever `target` says, as a host name does whose record is changed. */
async function addressOf(target: () => RedisServer): Promise<{ port: number; close: () => Promise<void> }> {
  const { connect, createServer } = await import('node:net')
  const server = createServer((socket) => {
    const onward = connect(target().port, '127.0.0.1')
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  return { port, close: async () => void server.close() }
}
