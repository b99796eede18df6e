import { describe, expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'
import { createSessions, type Merge, type Sessions } from '../../../src/sessions/index.ts'

/** A session that was saved with a counter, as the next request has it. */
async function loaded(merge?: Merge) {
  const cache = createCache()
  const sessions = createSessions({ cache, ...(merge && { merge }) })
  const first = await sessions.load(undefined)
  first.data['n'] = 0
  const { setCookie } = await sessions.commit(first, { status: 200, secure: true })
  const again = async () => sessions.load(setCookie?.split(';')[0])
  return { sessions, again, session: await again() }
}

function end(sessions: Sessions, session: Awaited<ReturnType<Sessions['load']>>) {
  return sessions.commit(session, { status: 200, secure: true })
}

const count = (data: Record<string, unknown>): void => void (data['n'] = Number(data['n']) + 1)

describe('what one request does at once', () => {
  it('is no conflict with itself: a save that nobody awaits and the end of the response count once', async () => {
    const added: Merge = (_field, { base, mine, theirs }) => Number(mine) + Number(theirs) - Number(base)
    const { sessions, again, session } = await loaded(added)
    count(session.data)

    await Promise.all([session.save(), end(sessions, session)])

    expect((await again()).data).toEqual({ n: 1 })
  })

  it('begins one session, not two', async () => {
    const cache = createCache()
    const sessions = createSessions({ cache })
    const session = await sessions.load(undefined)
    session.data['n'] = 0

    await Promise.all([session.save(), session.atomically(count), end(sessions, session)])

    const keys = await cache.keys('*')
    expect(keys).toHaveLength(1)
    expect(session.data).toEqual({ n: 1 })
  })

  it('counts each change made atomically, and its end takes none of them back', async () => {
    const { sessions, again, session } = await loaded()

    await Promise.all([session.atomically(count), session.atomically(count), session.save()])
    const seen = { ...session.data }
    await end(sessions, session)

    expect(seen).toEqual({ n: 2 })
    expect((await again()).data).toEqual({ n: 2 })
  })

  it('may save inside of a change', async () => {
    const { again, session } = await loaded()
    session.data['seen'] = true

    await session.atomically(async (data) => {
      await session.save()
      count(data)
    })

    expect((await again()).data).toEqual({ n: 1, seen: true })
  })
})
