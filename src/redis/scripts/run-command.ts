import type { Command, Reply } from '../link.ts'
import type { Script } from '../script.ts'

/**
 * Any one command: with a time to live begun anew in the same step, and with every key that it touches made known, so
 * that keys kept on different servers are refused instead of missed.
 */
export const runCommand: Script<
  readonly [key: string, ...others: string[]],
  [ttlMs: string, ...command: Command],
  Reply
> = {
  name: 'runCommand',
  lua: /* lua */ `
    -- KEYS[1] the key that lives on   ARGV[1] milliseconds from now: '' = as before   ARGV[2] and on: the command
    -- returns what the command answered
    local reply = redis.pcall(unpack(ARGV, 2))
    if type(reply) == 'table' and reply.err then return reply end
    if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return reply
  `,
  reply: (raw) => raw,
}
