import { expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { freePort, startRedis } from '../../src/testing/index.ts'
import { tlsSettings } from '../../src/testing/servers/certificates.ts'
import { startSentinel } from '../../src/testing/servers/sentinel.ts'

const password = 'data-secret'
const sentinelPassword = 'watch-secret'
/** What a Sentinel needs to speak TLS to the servers, too. */
const amongEachOther = { 'tls-auth-clients': 'no', 'tls-replication': 'yes' }

it('Sentinels and their servers may both speak TLS, each with a password of its own', async () => {
  const primary = await startRedis({ tls: true, password, config: amongEachOther })
  const port = await freePort()
  const settings = Object.entries({ ...tlsSettings(primary.folder, port), ...amongEachOther })
  const sentinel = await startSentinel({ service: 'main', primary, password, sentinelPassword, port, settings })
  const tls = { ca: primary.tls?.ca }
  await using cache = createCache({
    location: `rediss+sentinel://:${password}@127.0.0.1:${port}/main`,
    tls,
    sentinel: { password: sentinelPassword, tls },
  })

  await cache.set('key', 'value')

  expect(await cache.get('key')).toBe('value')
  await Promise.all([primary.close(), sentinel.close()])
})
