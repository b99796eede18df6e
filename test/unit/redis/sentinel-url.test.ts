import { describe, expect, it } from 'vitest'

import { describeSentinels, isSentinelUrl, parseSentinelUrl } from '../../../src/redis/sentinel-url.ts'

describe('a Sentinel URL', () => {
  it('names hosts, service and database, with the ports of Sentinels', () => {
    expect(parseSentinelUrl('redis+sentinel://ann:p%40ss@host1,host2:26380,[::1]:5/my-master/3?role=replica')).toEqual({
      sentinels: [
        { host: 'host1', port: 26_379 },
        { host: 'host2', port: 26_380 },
        { host: '::1', port: 5 },
      ],
      service: 'my-master',
      role: 'replica',
      tls: false,
      username: 'ann',
      password: 'p@ss',
      database: 3,
    })
  })

  it('wants the primary and database 0 unless it says otherwise', () => {
    expect(parseSentinelUrl('rediss+sentinel://host/service')).toMatchObject({
      role: 'primary',
      database: 0,
      tls: true,
    })
  })

  it.each([
    'redis+sentinel://host',
    'redis+sentinel:///service',
    'redis+sentinel://host/',
    'redis+sentinel://host,/service',
    'redis+sentinel://host:0/service',
    'redis+sentinel://host:99999/service',
    'redis+sentinel://host/service/x',
    'redis+sentinel://host/service?role=both',
    'redis+sentinel://host/service?db=1',
    'redis+sentinel://:50%@host/service',
  ])('%s is refused with an example', (url) => {
    expect(() => parseSentinelUrl(url)).toThrow(/^location: .*redis\+sentinel:\/\/user:password@host1/)
  })

  it('is shown without its password', () => {
    const shown = describeSentinels(parseSentinelUrl('redis+sentinel://ann:secret@host1,[::1]:5/a%20b/3?role=replica'))

    expect(shown).toBe('redis+sentinel://ann@host1:26379,[::1]:5/a%20b/3?role=replica')
    expect(isSentinelUrl(shown)).toBe(true)
    expect(isSentinelUrl('redis://host')).toBe(false)
  })
})
