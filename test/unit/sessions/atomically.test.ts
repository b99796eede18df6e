import { describe, expect, it } from 'vitest'

import { createCache } from '../../../src/index.ts'
import { createSessions } from '../../../src/sessions/index.ts'

/** A session that was saved with a basket, as the next request has it. */
async function loaded() {
  const sessions = createSessions({ cache: createCache() })
  const first = await sessions.load(undefined)
  first.data['basket'] = { items: ['book'] }
  const { setCookie } = await sessions.commit(first, { status: 200, secure: true })
  const again = async () => sessions.load(setCookie?.split(';')[0])
  return { sessions, again, session: await again() }
}

function put(item: string) {
  return (data: Record<string, unknown>): void => void (data['basket'] as { items: string[] }).items.push(item)
}

describe('a change made atomically', () => {
  it('deep inside a field is seen by the request and not taken back by its end', async () => {
    const { sessions, again, session } = await loaded()

    await session.atomically(put('pen'))
    const seen = structuredClone(session.data['basket'])
    await sessions.commit(session, { status: 200, secure: true })

    expect(seen).toEqual({ items: ['book', 'pen'] })
    expect((await again()).data['basket']).toEqual({ items: ['book', 'pen'] })
  })

  it('leaves what the request changed besides unsaved, until its end', async () => {
    const { sessions, again, session } = await loaded()
    session.data['seen'] = true

    await session.atomically(put('pen'))
    const saved = (await again()).data
    await sessions.commit(session, { status: 200, secure: true })

    expect(saved).toEqual({ basket: { items: ['book', 'pen'] } })
    expect((await again()).data).toEqual({ basket: { items: ['book', 'pen'] }, seen: true })
  })

  it('that throws has changed nothing, and the rest of the request is saved', async () => {
    const { sessions, again, session } = await loaded()
    session.data['seen'] = true
    const failing = (data: Record<string, unknown>) => {
      put('pen')(data)
      throw new Error('of the change')
    }

    await expect(session.atomically(failing)).rejects.toThrow('of the change')
    await sessions.commit(session, { status: 200, secure: true })

    expect((await again()).data).toEqual({ basket: { items: ['book'] }, seen: true })
  })
})
