import type { Bytes } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Replaces a field's value only while it is what the caller saw. */
export const swapField: Script<
  [hash: string],
  [field: string, seen: '0' | '1', expected: Bytes | string, value: Bytes, ttlMs: string],
  boolean
> = {
  name: 'swapField',
  lua: /* lua */ `
    -- KEYS[1] the hash   ARGV[1] the field   ARGV[2] '1' when it had the value ARGV[3], '0' when it had none
    -- ARGV[4] the new value   ARGV[5] milliseconds that the hash lives: '' = as before
    -- returns 1 when it was written, 0 when somebody else wrote meanwhile
    local found = redis.call('HGET', KEYS[1], ARGV[1])
    if ARGV[2] == '1' then
      if found ~= ARGV[3] then return 0 end
    elseif found then
      return 0
    end
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
    if ARGV[5] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
    return 1
  `,
  reply: (raw) => raw === 1,
}
