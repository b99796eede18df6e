import { expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'

it('where no value is kept, locks are still held and given back', async () => {
  await using cache = createCache('dummy:')
  const lock = cache.lock('report')

  expect(await lock.acquire()).toBe(true)
  expect(await cache.lock('report').acquire()).toBe(false)
  expect(await lock.release()).toBe(true)
})
