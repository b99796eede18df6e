import { describe, expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'
import { createSessions, type Merge } from '../../../src/sessions/index.ts'

describe("the user's merge", () => {
  it("is not asked about the session's own fields, of which the later save wins", async () => {
    const asked: string[] = []
    const merge: Merge = (field) => asked.push(field)
    const sessions = createSessions({ cache: createCache(), merge })
    const first = await sessions.load(undefined)
    first.data['n'] = 0
    const { setCookie } = await sessions.commit(first, { status: 200, secure: true })
    const [one, other] = [await sessions.load(setCookie), await sessions.load(setCookie)]

    const end = new Date(Date.now() + 3_600_000)
    one.setExpiry('2h')
    other.setExpiry(end)
    await one.save()
    await other.save()

    expect(asked).toEqual([])
    expect((await sessions.load(setCookie)).expiresAt()).toEqual(end)
  })
})
