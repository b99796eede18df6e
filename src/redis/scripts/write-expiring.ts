import type { Command, Reply } from '../link.ts'
import type { Script } from '../script.ts'

/** Any one command that writes to a key, and its time to live begun anew, in one step. */
export const writeExpiring: Script<[key: string], [ttlMs: string, ...command: Command], Reply> = {
  name: 'writeExpiring',
  lua: /* lua */ `
    -- KEYS[1] the key written to   ARGV[1] milliseconds that it lives from now   ARGV[2] and on: the command
    -- returns what the command answered
    local reply = redis.pcall(unpack(ARGV, 2))
    if type(reply) == 'table' and reply.err then return reply end
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return reply
  `,
  reply: (raw) => raw,
}
