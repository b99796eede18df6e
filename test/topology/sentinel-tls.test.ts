import { expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { freePort } from '../../src/testing/index.ts'
import { startSentinel } from '../../src/testing/servers/sentinel.ts'
import { startTlsRedis, tlsSettings, withCa } from '../support/tls.ts'

const password = 'data-secret'
const sentinelPassword = 'watch-secret'

it('Sentinels and their servers may both speak TLS, each with a password of its own', async () => {
  const primary = await startTlsRedis('no', ['--requirepass', password])
  const port = await freePort()
  const settings = tlsSettings(port, 'no')
  const sentinel = await startSentinel({ service: 'main', primary, password, sentinelPassword, port, settings })
  await using cache = createCache({
    location: `rediss+sentinel://:${password}@127.0.0.1:${port}/main`,
    tls: withCa,
    sentinel: { password: sentinelPassword, tls: withCa },
  })

  await cache.set('key', 'value')

  expect(await cache.get('key')).toBe('value')
  await Promise.all([primary.close(), sentinel.close()])
})
