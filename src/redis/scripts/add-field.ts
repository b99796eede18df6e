import { toText } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Adds to a whole number in a hash; the sum as text, since Lua's own numbers end at 2^53. */
export const addField: Script<[hash: string], [field: string, delta: string, ttlMs: string], bigint> = {
  name: 'addField',
  lua: /* lua */ `
    -- KEYS[1] the hash   ARGV[1] the field   ARGV[2] what to add   ARGV[3] milliseconds that the hash lives: '' = as before
    -- returns the sum as text, or the error that HINCRBY gave
    local sum = redis.pcall('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
    if type(sum) == 'table' and sum.err then return sum end
    if ARGV[3] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
    return redis.call('HGET', KEYS[1], ARGV[1])
  `,
  reply: (raw) => BigInt(raw instanceof Uint8Array ? toText(raw) : String(raw)),
}
