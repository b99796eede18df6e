import type { Bytes } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Deletes a value only while it is what the caller saw. */
export const removeValue: Script<[key: string], [expected: Bytes], boolean> = {
  name: 'removeValue',
  lua: /* lua */ `
    -- KEYS[1] the key   ARGV[1] the value expected
    -- returns 1 deleted, 0 missing or another value was there
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1])
  `,
  reply: (raw) => raw === 1,
}
