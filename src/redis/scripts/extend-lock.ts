import type { Bytes } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/** Moves the end of a lock while its owner still has it; milliseconds left now. */
export const extendLock: Script<
  [lock: string],
  [token: Bytes, ms: string, how: 'add' | 'replace'],
  number | 'not-owned' | 'no-timeout'
> = {
  name: 'extendLock',
  lua: /* lua */ `
    -- KEYS[1] the lock   ARGV[1] the owner's token   ARGV[2] milliseconds   ARGV[3] 'add' them to what is left, or 'replace' it
    -- returns the milliseconds left now, 0 when the lock is not the owner's, -1 when it never ends
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 then return -1 end
    local ms = tonumber(ARGV[2])
    if ARGV[3] == 'add' then ms = ms + left end
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ms))
    return ms
  `,
  reply: (raw) => (Number(raw) > 0 ? Number(raw) : raw === 0 ? 'not-owned' : 'no-timeout'),
}
