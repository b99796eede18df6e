import { describe, expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'
import { describeCluster, parseClusterUrl } from '../../../src/redis/cluster-url.ts'

describe('the URL of a Cluster', () => {
  it.each([
    ['redis+cluster://a', { nodes: [{ host: 'a', port: 6379 }], tls: false }],
    [
      'redis+cluster://a:7000,b:7001/',
      {
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
        ],
        tls: false,
      },
    ],
    [
      'rediss+cluster://user:p%40ss@[::1]:7000/0',
      { nodes: [{ host: '::1', port: 7000 }], tls: true, username: 'user', password: 'p@ss' },
    ],
    ['redis+cluster://:secret@a', { nodes: [{ host: 'a', port: 6379 }], tls: false, password: 'secret' }],
  ])('%s names its nodes', (url, address) => {
    expect(parseClusterUrl(url)).toMatchObject(address)
  })

  it('is shown without its password', () => {
    const address = parseClusterUrl('rediss+cluster://user:secret@a,[::1]:7000')

    expect(describeCluster(address)).toBe('rediss+cluster://user@a:6379,[::1]:7000')
  })

  it.each([
    ['redis+cluster://', 'hosts are missing'],
    ['redis+cluster://a/1', 'one database, of number 0'],
    ['redis+cluster://a?db=0', 'more than hosts'],
    ['redis+cluster://a:0', '"a:0" is no host with a port'],
    ['redis+cluster://a:70000', 'no host with a port'],
    ['redis+cluster://a,,b', 'no host with a port'],
    ['redis+cluster://u:%@a', 'a "%" that begins no escape'],
  ])('%s is refused', (url, why) => {
    expect(() => createCache(url)).toThrow(
      expect.objectContaining({ option: 'location', message: expect.stringContaining(why) as string }),
    )
  })

  it('stands alone, and takes tls only when it is encrypted', () => {
    expect(() => createCache({ location: ['redis+cluster://a', 'redis+cluster://b'] })).toThrow('stands alone')
    expect(() => createCache({ location: 'redis+cluster://a', tls: {} })).toThrow('not encrypted')
    expect(() => createCache({ location: 'rediss+cluster://a', tls: {}, username: 'u', password: 'p' })).not.toThrow()
  })
})
