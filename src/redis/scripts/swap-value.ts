import type { Bytes } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Replaces a value only while it is what the caller saw. */
export const swapValue: Script<
  [key: string],
  [expected: Bytes, value: Bytes, ttlMs: string],
  'swapped' | 'changed' | 'missing'
> = {
  name: 'swapValue',
  lua: /* lua */ `
    -- KEYS[1] the key   ARGV[1] the value expected   ARGV[2] the new one   ARGV[3] milliseconds to live: '' = as before, '0' = for ever
    -- returns 1 swapped, 0 another value was there, -1 nothing was there
    local found = redis.call('GET', KEYS[1])
    if not found then return -1 end
    if found ~= ARGV[1] then return 0 end
    if ARGV[3] == '' then
      redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
    elseif ARGV[3] == '0' then
      redis.call('SET', KEYS[1], ARGV[2])
    else
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    end
    return 1
  `,
  reply: (raw) => (raw === 1 ? 'swapped' : raw === 0 ? 'changed' : 'missing'),
}
