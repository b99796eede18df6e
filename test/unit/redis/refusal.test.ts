import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { commandFailure, connectFailure } from '../../../src/redis/refusal.ts'

const server = 'redis://localhost:6379/0'

describe('a command that the server does not know', () => {
  it('is named without the values that were sent along', () => {
    const reply = new Error("ERR unknown command 'SET', with args beginning with: ':1:card' '4111-1111' 'PX' '300000' ")

    const error = commandFailure(server, 'set', reply)

    expect(error).toMatchObject({ code: 'ERR_COMMAND', reason: 'ERR' })
    expect(error.message).toContain("ERR unknown command 'SET'")
    expect(inspect(error)).not.toContain('4111')
  })

  it('is named without the password that was sent along', () => {
    const reply = new Error(
      'ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `hunter2`, ',
    )

    const error = connectFailure(server, reply)

    expect(error.message).toContain('the server is older than Redis 6')
    expect(inspect(error)).not.toContain('hunter2')
  })
})

describe('any other failure', () => {
  it('is kept as the cause', () => {
    const reply = new Error('WRONGTYPE Operation against a key holding the wrong kind of value')

    expect(commandFailure(server, 'get', reply).cause).toBe(reply)
  })
})
