import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../../src/testing/index.ts'

describe('a server that speaks TLS', () => {
  let open: RedisServer
  let strict: RedisServer

  beforeAll(async () => {
    open = await startRedis({ tls: true, config: { 'tls-auth-clients': 'no' } })
    strict = await startRedis({ tls: true })
  })

  afterAll(() => Promise.all([open, strict].map((server) => server.close())))

  it('is known by its CA', async () => {
    await using cache = createCache(`rediss://localhost:${open.port}`, { tls: { ca: open.tls?.ca } })

    await cache.set('key', 'value')

    expect(await cache.get('key')).toBe('value')
  })

  it('is refused when its CA is not known, with advice', async () => {
    await using cache = createCache(`rediss://localhost:${open.port}`)

    await expect(cache.get('key')).rejects.toThrow(/the certificate is not accepted: see the option tls/)
  })

  it('that wants certificates of its clients gets one', async () => {
    await using cache = createCache(`rediss://127.0.0.1:${strict.port}`, { tls: { ...strict.tls } })

    expect(await cache.set('key', 'value')).toBe(true)
  })

  it('that wants certificates of its clients refuses one without', async () => {
    await using cache = createCache(`rediss://127.0.0.1:${strict.port}`, { tls: { ca: strict.tls?.ca } })

    await expect(cache.set('key', 'value')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('fails a connection without TLS within the deadline', async () => {
    await using cache = createCache(`redis://127.0.0.1:${open.port}`, { deadline: '500ms' })

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })
})

describe('a server with users', () => {
  let server: RedisServer

  beforeAll(async () => {
    const users = ['default off', 'shop on >secret ~shop:* +@all -@dangerous']
    server = await startRedis({ args: users.flatMap((user) => ['--user', ...user.split(' ')]) })
  })

  afterAll(() => server.close())

  it.each(['the URL', 'options'])('is entered by a user named in %s', async (where) => {
    const place = `127.0.0.1:${server.port}`
    await using cache =
      where === 'the URL'
        ? createCache(`redis://shop:secret@${place}`, { keyPrefix: 'shop' })
        : createCache(`redis://${place}`, { keyPrefix: 'shop', username: 'shop', password: 'secret' })

    await cache.set('key', 'value')

    expect(await cache.get('key')).toBe('value')
  })

  it('says so when the user may not do that', async () => {
    await using cache = createCache(`redis://shop:secret@127.0.0.1:${server.port}`, { keyPrefix: 'other' })

    await expect(cache.set('key', 'value')).rejects.toThrow(/not allowed to do that: widen its ACL/)
  })

  it('says so when the password is wrong or missing, and shows none', async () => {
    await using wrong = createCache(`redis://shop:guessed@127.0.0.1:${server.port}`)
    await using none = createCache(`redis://127.0.0.1:${server.port}`)

    await expect(wrong.get('key')).rejects.toThrow(/^(?!.*guessed).*password is wrong/)
    await expect(none.get('key')).rejects.toThrow(/wants a password/)
  })
})

it('a server behind a unix socket is a location, with a database', async () => {
  const server = await startRedis()
  await using cache = createCache(`unix://${server.socketPath}?db=3`)

  await cache.set('key', 'value')

  await using overTcp = createCache(`${server.url}/3`)
  expect(await overTcp.get('key')).toBe('value')
  await server.close()
})
