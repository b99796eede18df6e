import { describe, expect, it } from 'vitest'

import type { ClientClass } from '../../../src/django/clients.ts'
import { type Connections, djangoConnections, djangoRedisConnections } from '../../../src/django/connections.ts'
import { sectionOf } from '../../../src/django/section.ts'
import { OptionError } from '../../../src/errors.ts'

interface Given {
  readonly LOCATION?: unknown
  readonly OPTIONS?: Readonly<Record<string, unknown>>
  readonly client?: ClientClass
  readonly globals?: Readonly<Record<string, unknown>>
  readonly own?: boolean
}

function connections({ LOCATION, OPTIONS = {}, client = 'default', globals = {}, own = false }: Given): Connections {
  const context = {
    alias: sectionOf('CACHES["default"]', LOCATION === undefined ? {} : { LOCATION }),
    options: sectionOf('CACHES["default"]["OPTIONS"]', OPTIONS),
    client,
    globals: sectionOf('globals', globals),
    paths: {},
    tls: undefined,
  }
  return own ? djangoConnections(context) : djangoRedisConnections(context)
}

/** The first server, with what was found of it. */
function first(LOCATION: unknown, OPTIONS: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [server] = connections({ LOCATION, OPTIONS }).servers
  return server?.address as unknown as Record<string, unknown>
}

function refusal(given: Given): OptionError {
  try {
    connections(given)
  } catch (error) {
    if (error instanceof OptionError) return error
  }
  throw new Error('It was accepted')
}

describe('a connection string', () => {
  it.each([
    ['redis://localhost/2', { host: 'localhost', port: 6379, database: 2, tls: false }],
    ['redis://', { host: 'localhost', port: 6379, database: 0 }],
    ['redis://Cache.Example:6380', { host: 'cache.example', port: 6380, database: 0 }],
    ['rediss://localhost:3333?db=2', { port: 3333, database: 2, tls: true }],
    ['redis://localhost/1?db=2', { database: 2 }],
    ['redis://localhost/1?db=&password=', { database: 1, password: undefined }],
    ['redis://localhost/1?db=&db=2', { database: 2 }],
    ['redis://localhost/abc', { database: 0 }],
    ['redis://localhost//3/', { database: 3 }],
    ['redis://[::1]:6380/1', { host: '::1', port: 6380 }],
    ['redis://user:p%40ss@host/0', { username: 'user', password: 'p@ss', host: 'host' }],
    ['redis://:secret@host', { username: undefined, password: 'secret' }],
    ['redis://user@host', { username: 'user', password: undefined }],
    ['redis://:50%@host', { password: '50%' }],
    ['redis://host?username=ann&password=pw', { username: 'ann', password: 'pw' }],
    ['redis://bob:one@host?username=ann&password=two', { username: 'bob', password: 'one' }],
    ['unix:///run/redis.sock?db=1', { path: '/run/redis.sock', database: 1, tls: false }],
    ['unix://:pw@/run/a%20b.sock', { path: '/run/a b.sock', password: 'pw', database: 0 }],
    ['unix://tmp/foo.bar?db=1', { path: '/foo.bar', database: 1 }],
  ])('%s is read as redis-py reads it', (url, expected) => {
    expect(first(url)).toMatchObject(expected)
  })

  it.each(['localhost:6379', 'http://localhost', 'redis:localhost', 'redis://host:x', 'redis://host:70000', 'unix://'])(
    '%s is refused with the name of the setting',
    (LOCATION) => {
      const error = refusal({ LOCATION })

      expect(error.option).toBe('CACHES["default"]["LOCATION"]')
      expect(error.message).toContain('CACHES["default"]["LOCATION"]: ')
    },
  )

  it('that is refused does not show its password', () => {
    expect(refusal({ LOCATION: 'redis://:hunter2@host:x' }).message).not.toContain('hunter2')
    expect(refusal({ LOCATION: 'redis://:hunter2@host?nonsense=hunter2' }).message).not.toContain('hunter2')
  })

  it('that is refused among several is told by its number', () => {
    expect(refusal({ LOCATION: ['redis://a/1', 'http://b/1'] }).option).toBe('CACHES["default"]["LOCATION"][1]')
    expect(refusal({ LOCATION: ['redis://a/1', 5] }).message).toContain('["LOCATION"][1]: expected a URL such as')
    expect(refusal({ LOCATION: 'redis://a/1,redis://b:x' }).option).toBe('CACHES["default"]["LOCATION"][1]')
  })

  it('with a query that means nothing is refused, with what is known', () => {
    const { message } = refusal({ LOCATION: 'redis://host?sockt_timeout=1' })

    expect(message).toContain('did you mean "socket_timeout"?')
  })
})

describe('LOCATION', () => {
  it.each([undefined, null, '', [], [''], 'redis://a,,redis://b'])('%j has no connections string', (LOCATION) => {
    expect(refusal({ LOCATION }).message).toContain('Missing connections string')
  })

  it('is one URL, several with commas between them, or a list: a primary and its replicas', () => {
    const list = ['redis://a/1', 'redis://b/1']

    for (const LOCATION of [list, 'redis://a/1,redis://b/1', 'redis://a/1, redis://b/1']) {
      const { servers, layout } = connections({ LOCATION })
      expect(servers.map(({ name }) => name)).toEqual(list)
      expect(layout).toBe('replicas')
    }
  })

  it("of Django's own backend may have semicolons too", () => {
    const { servers } = connections({ LOCATION: 'redis://a/1;redis://b/1,redis://c/1', own: true })

    expect(servers.map(({ name }) => name)).toEqual(['redis://a/1', 'redis://b/1', 'redis://c/1'])
  })

  it('of a ShardClient names the nodes of the ring as they are written', () => {
    const { servers, layout } = connections({ LOCATION: ['redis://a?db=1', 'redis://b/2'], client: 'shard' })

    expect(layout).toBe('shards')
    expect(servers.map(({ name }) => name)).toEqual(['redis://a?db=1', 'redis://b/2'])
  })

  it('of replicas that are not read-only lets them take what the primary does not', () => {
    const LOCATION = ['redis://a/1', 'redis://b/1']

    expect(connections({ LOCATION, OPTIONS: { REPLICA_READ_ONLY: false } }).layout).toBe('writable replicas')
  })
})

describe('precedence', () => {
  it('the password of the URL beats that of the pool, which beats PASSWORD', () => {
    const OPTIONS = { PASSWORD: 'option', CONNECTION_POOL_KWARGS: { password: 'pool' } }

    expect(first('redis://:url@host', OPTIONS)['password']).toBe('url')
    expect(first('redis://host', OPTIONS)['password']).toBe('pool')
    expect(first('redis://host', { PASSWORD: 'option' })['password']).toBe('option')
  })

  it('a password that is a number is its text', () => {
    expect(first('redis://host', { PASSWORD: 12345 })['password']).toBe('12345')
  })

  it('the database of the URL beats that of the pool', () => {
    const OPTIONS = { CONNECTION_POOL_KWARGS: { db: 5 } }

    expect(first('redis://host/1', OPTIONS)['database']).toBe(1)
    expect(first('redis://host', OPTIONS)['database']).toBe(5)
  })

  it('the time of the URL beats that of the pool, which beats SOCKET_TIMEOUT', () => {
    const OPTIONS = { SOCKET_TIMEOUT: 3, CONNECTION_POOL_KWARGS: { socket_timeout: 0.9 } }

    expect(connections({ LOCATION: 'redis://host?socket_timeout=0.25', OPTIONS }).socketTimeoutMs).toBe(250)
    expect(connections({ LOCATION: 'redis://host', OPTIONS }).socketTimeoutMs).toBe(900)
    expect(connections({ LOCATION: 'redis://host', OPTIONS: { SOCKET_TIMEOUT: 3 } }).socketTimeoutMs).toBe(3000)
  })

  it('of several servers the shortest time counts', () => {
    const LOCATION = ['redis://a?socket_timeout=3', 'redis://b?socket_timeout=0.5', 'redis://c']

    expect(connections({ LOCATION }).socketTimeoutMs).toBe(500)
  })

  it("OPTIONS of Django's own backend are the arguments of its pool", () => {
    const OPTIONS = { db: 3, username: 'ann', password: 'pw', max_connections: 5, pool_class: 'x', parser_class: 'y' }
    const [server] = connections({ LOCATION: 'redis://host', OPTIONS, own: true }).servers

    expect(server?.address).toMatchObject({ database: 3, username: 'ann', password: 'pw' })
  })
})

describe('times', () => {
  it.each([0, null, '', false])('SOCKET_TIMEOUT %j is none', (SOCKET_TIMEOUT) => {
    expect(connections({ LOCATION: 'redis://host', OPTIONS: { SOCKET_TIMEOUT } }).socketTimeoutMs).toBeUndefined()
  })

  it.each(['soon', [1], -1, true])('SOCKET_TIMEOUT %j is refused', (SOCKET_TIMEOUT) => {
    expect(refusal({ LOCATION: 'redis://host', OPTIONS: { SOCKET_TIMEOUT } }).option).toBe(
      'CACHES["default"]["OPTIONS"]["SOCKET_TIMEOUT"]',
    )
  })

  it('connecting has the time of SOCKET_CONNECT_TIMEOUT, else of SOCKET_TIMEOUT, as in redis-py', () => {
    const timeouts = (OPTIONS: Readonly<Record<string, unknown>>) =>
      connections({ LOCATION: 'redis://host', OPTIONS }).servers.map(({ connectTimeoutMs }) => connectTimeoutMs)

    expect(timeouts({ SOCKET_TIMEOUT: 3, SOCKET_CONNECT_TIMEOUT: 0.2 })).toEqual([200])
    expect(timeouts({ SOCKET_TIMEOUT: 3 })).toEqual([3000])
    expect(timeouts({})).toEqual([undefined])
  })
})

describe('CONNECTION_POOL_KWARGS', () => {
  it('that mean nothing here are passed over', () => {
    const CONNECTION_POOL_KWARGS = { max_connections: 100, retry_on_timeout: true, health_check_interval: 30 }

    expect(first('redis://host', { CONNECTION_POOL_KWARGS })).toMatchObject({ host: 'host' })
  })

  it('that nobody knows are refused, with the nearest known one', () => {
    const error = refusal({ LOCATION: 'redis://host', OPTIONS: { CONNECTION_POOL_KWARGS: { max_connectons: 5 } } })

    expect(error.option).toBe('CACHES["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"]["max_connectons"]')
    expect(error.message).toContain('did you mean "max_connections"?')
  })

  it.each([null, 'none', 0])('ssl_cert_reqs %j verifies nothing', (reqs) => {
    const [server] = connections({
      LOCATION: 'rediss://host',
      OPTIONS: { CONNECTION_POOL_KWARGS: { ssl_cert_reqs: reqs } },
    }).servers

    expect(server?.tls).toMatchObject({ rejectUnauthorized: false })
  })

  it('certificates that are not on this machine say what to do', () => {
    const CONNECTION_POOL_KWARGS = { ssl_ca_certs: '/nowhere/ca.pem' }

    expect(refusal({ LOCATION: 'rediss://host', OPTIONS: { CONNECTION_POOL_KWARGS } }).message).toContain(
      'hand the certificates to djangoCaches as the option tls',
    )
  })
})

describe('Sentinels', () => {
  const SENTINELS = [
    ['sentinel1', 26379],
    ['sentinel2', 26380],
  ]
  const CONNECTION_FACTORY = 'django_redis.pool.SentinelConnectionFactory'
  const globals = { DJANGO_REDIS_CONNECTION_FACTORY: CONNECTION_FACTORY }

  it.each([{ OPTIONS: { SENTINELS, CONNECTION_FACTORY } }, { OPTIONS: { SENTINELS }, globals }])(
    'are asked for the service that the URL names, with the factory in OPTIONS or of the site',
    (given) => {
      const { servers } = connections({ LOCATION: 'redis://:pw@mymaster/2', ...given })

      expect(servers.map(({ address }) => address)).toEqual([
        {
          sentinels: [
            { host: 'sentinel1', port: 26_379 },
            { host: 'sentinel2', port: 26_380 },
          ],
          service: 'mymaster',
          role: 'primary',
          tls: false,
          username: undefined,
          password: 'pw',
          database: 2,
        },
      ])
    },
  )

  it('the factory in OPTIONS beats that of the site', () => {
    const OPTIONS = { CONNECTION_FACTORY: 'django_redis.pool.ConnectionFactory' }
    const [server] = connections({ LOCATION: 'redis://host', OPTIONS, globals }).servers

    expect(server?.address).toMatchObject({ host: 'host' })
  })

  it('is_master says which is meant', () => {
    const LOCATION = ['redis://mymaster/0?is_master=1', 'redis://mymaster/0?is_master=0', 'redis://m/2?is_master=False']
    const { servers } = connections({ LOCATION, OPTIONS: { SENTINELS, CONNECTION_FACTORY } })

    expect(servers.map(({ address }) => 'role' in address && address.role)).toEqual(['primary', 'replica', 'replica'])
  })

  it('the SentinelClient makes a primary and its replicas of one URL', () => {
    const { servers } = connections({
      LOCATION: 'redis://mymaster/0',
      OPTIONS: { SENTINELS },
      globals,
      client: 'sentinel',
    })

    expect(servers.map(({ address }) => 'role' in address && address.role)).toEqual(['primary', 'replica'])
  })

  it('the SentinelClient without the factory is refused', () => {
    const error = refusal({ LOCATION: 'redis://mymaster/0', OPTIONS: { SENTINELS }, client: 'sentinel' })

    expect(error.message).toContain('SentinelConnectionFactory')
  })

  it.each([undefined, [], 'host:1', [['host']], [['host', 'port']], [{ host: 'x' }]])(
    '%j is no list of them',
    (given) => {
      const error = refusal({ LOCATION: 'redis://mymaster/0', OPTIONS: { SENTINELS: given, CONNECTION_FACTORY } })

      expect(error.option).toBe('CACHES["default"]["OPTIONS"]["SENTINELS"]')
      expect(error.message).toContain('list of (host, port)')
    },
  )

  it('are entered by SENTINEL_KWARGS alone', () => {
    const OPTIONS = { SENTINELS, CONNECTION_FACTORY, PASSWORD: 'data', SENTINEL_KWARGS: { password: 'watch' } }
    const [server] = connections({ LOCATION: 'redis://mymaster/0', OPTIONS }).servers

    expect(server?.sentinel).toMatchObject({ password: 'watch' })
    expect(server?.address).toMatchObject({ password: 'data' })
    const [plain] = connections({ LOCATION: 'redis://m', OPTIONS: { ...OPTIONS, SENTINEL_KWARGS: null } }).servers
    expect(plain?.sentinel?.password).toBeUndefined()
  })

  it('a connection factory that nobody knows is refused', () => {
    const error = refusal({ LOCATION: 'redis://m', OPTIONS: { CONNECTION_FACTORY: 'site.Factory' } })

    expect(error.message).toContain('unknown connection factory "site.Factory"')
  })
})
