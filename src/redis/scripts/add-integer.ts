import { toText } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Adds to a counter; the sum as text, since Lua's own numbers end at 2^53. `undefined` when it is missing. */
export const addInteger: Script<[counter: string], [delta: string, ttlMs: string], bigint | undefined> = {
  name: 'addInteger',
  lua: /* lua */ `
    -- KEYS[1] the counter   ARGV[1] what to add   ARGV[2] milliseconds that a new one lives: '' = make none, '0' = for ever
    -- returns the sum as text, nil when missing, or the error that INCRBY gave
    if redis.call('EXISTS', KEYS[1]) == 0 then
      if ARGV[2] == '' then return false end
      local made = redis.pcall('INCRBY', KEYS[1], ARGV[1])
      if type(made) == 'table' and made.err then return made end
      if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
      return redis.call('GET', KEYS[1])
    end
    local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
    if type(sum) == 'table' and sum.err then return sum end
    return redis.call('GET', KEYS[1])
  `,
  reply: (raw) => (raw instanceof Uint8Array ? BigInt(toText(raw)) : undefined),
}
