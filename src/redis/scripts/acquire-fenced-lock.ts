import { type Bytes, toText } from '../../base/bytes.ts'
import type { Script } from '../script.ts'

/**
 * Takes a lock and numbers it. The numbers follow the server's clock, so that they go on growing when the one kept here
 * is lost; `undefined` when somebody else has the lock.
 */
export const acquireFencedLock: Script<
  [lock: string, fence: string],
  [token: Bytes, ttlMs: string, fenceTtlMs: string],
  number | undefined
> = {
  name: 'acquireFencedLock',
  lua: /* lua */ `
    -- KEYS[1] the lock   KEYS[2] the last number given
    -- ARGV[1] the owner's token   ARGV[2] milliseconds that it is held: '0' = for ever   ARGV[3] milliseconds that the number is kept
    -- returns the number as text, nil when somebody else has the lock
    local taken
    if ARGV[2] == '0' then
      taken = redis.call('SET', KEYS[1], ARGV[1], 'NX')
    else
      taken = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
    end
    if not taken then return false end
    local time = redis.call('TIME')
    local fence = time[1] * 1000000 + time[2]
    local last = tonumber(redis.call('GET', KEYS[2]) or '')
    if last and last >= fence then fence = last + 1 end
    local text = string.format('%.0f', fence)
    redis.call('SET', KEYS[2], text, 'PX', ARGV[3])
    return text
  `,
  reply: (raw) => (raw instanceof Uint8Array ? Number(toText(raw)) : undefined),
}
