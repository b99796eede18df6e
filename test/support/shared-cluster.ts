import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

import { beforeAll, inject } from 'vitest'

/**
 * Of a describe block: the URL of the Cluster that all test files share, once its tests run. Who flushes it, or lets its
 * nodes fail, starts one of their own.
 */
export function sharedCluster(): () => string {
  let url: string | undefined
  beforeAll(async () => {
    url = await text(connect(inject('clusterPort'), '127.0.0.1'))
  }, 60_000)
  return () => {
    if (url === undefined || url === '') throw new Error('There is no Cluster: did it start?')
    return url
  }
}
