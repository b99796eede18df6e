import { describe, expect, it } from 'vitest'

import { createCache, isEverwarmError } from '../../../src/index.ts'
import { createSessions } from '../../../src/sessions/index.ts'

describe("a session's methods", () => {
  const load = () => createSessions({ cache: createCache() }).load(undefined)

  it.each([
    [{ devise: 'Firefox' }, 'login: unknown option "devise"; did you mean "device"?'],
    ['Firefox', "login: expected an object with options, got 'Firefox'"],
    [{ device: 5 }, 'login: expected the device as a text, got 5'],
  ])('login refuses %j and logs nobody in', async (options, message) => {
    const session = await load()

    const error: unknown = await session.login('42', options as never).catch((failure: unknown) => failure)

    expect(error).toMatchObject({ message })
    expect(error instanceof TypeError || isEverwarmError(error)).toBe(true)
    expect(session.userId).toBeUndefined()
  })

  it('login keeps 200 characters of a device', async () => {
    const cache = createCache()
    const sessions = createSessions({ cache })
    const session = await sessions.load(undefined)

    await session.login('42', { device: 'x'.repeat(500) })

    expect((await sessions.list('42')).map(({ device }) => device)).toEqual(['x'.repeat(200)])
  })

  it('atomically says that it needs a function', async () => {
    const session = await load()

    await expect(session.atomically(undefined as never)).rejects.toThrow(
      'atomically: expected a function that changes the data, got undefined',
    )
  })
})
