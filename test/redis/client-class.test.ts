import { expect, it } from 'vitest'

import { createCache } from '../../src/index.ts'
import { redisUrl } from '../support/redis.ts'

it('connections to different places share one class, whose making stops the process for long', async () => {
  await using one = createCache({ location: `${redisUrl()}/1` })
  await using other = createCache({ location: `${redisUrl()}/2` })

  const [first, second] = [await one.raw<object>(), await other.raw<object>()]

  expect(first).not.toBe(second)
  expect(first.constructor).toBe(second.constructor)
})
