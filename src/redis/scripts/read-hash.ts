import type { Reply } from '../link.ts'
import type { Script } from '../script.ts'

/**
 * All fields and values of a hash, as a list. HGETALL itself answers a map in RESP3, of which a client library may make
 * an object: a field named `__proto__` would become its prototype.
 */
export const readHash: Script<[hash: string], [], Reply> = {
  name: 'readHash',
  lua: /* lua */ `
    -- KEYS[1] the hash
    -- returns its fields, each followed by its value
    return redis.call('HGETALL', KEYS[1])
  `,
  reply: (raw) => raw,
}
