import { randomBytes } from 'node:crypto'

import { inject } from 'vitest'

/** The server that all test files share. Who flushes, pauses or reconfigures starts one of their own. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** The beginning of keys that nobody else uses, such as `t3f9a0c12:`. */
export function freshPrefix(): string {
  return `t${randomBytes(4).toString('hex')}:`
}
