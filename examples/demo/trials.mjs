import { setTimeout as sleep } from 'node:timers/promises'

import { basketOf, put } from './shop.mjs'

/** Milliseconds that a slow request is at work. */
export const slowMs = 1200
const answered = { status: 200, secure: false }

/** Two requests of one browser, as an adapter makes them. The page shows this function as it stands here. */
export async function writeAtOnce(sessions, cookie) {
  const begun = performance.now()
  const [slow, quick] = await Promise.all([sessions.load(cookie), sessions.load(cookie)])
  put(slow, 'lamp')
  put(quick, 'teapot')

  await sessions.commit(quick, answered)
  const quickMs = performance.now() - begun

  await sleep(slowMs)
  const held = basketOf(slow)
  await sessions.commit(slow, answered)

  return { quickMs, slowMs: performance.now() - begun, held, basket: basketOf(await sessions.load(cookie)) }
}

/** A logout overtakes a request that is at work. The page shows this function as it stands here. */
export async function logOutMeanwhile(sessions, session, cookie) {
  const slow = await sessions.load(cookie)
  put(slow, 'lamp')

  await session.logout()

  await sleep(slowMs)
  const { outcome, setCookie } = await sessions.commit(slow, answered)
  const { isNew } = await sessions.load(cookie)
  return { outcome, setCookie, isNew }
}

/** Ten requests count in one session at once. The page shows this function as it stands here. */
export async function countAtOnce(sessions, cookie) {
  const count = async () => {
    const session = await sessions.load(cookie)
    return session.atomically((data) => (data.count = (data.count ?? 0) + 1))
  }
  return Promise.all(Array.from({ length: 10 }, count))
}
