import { setTimeout as sleep } from 'node:timers/promises'

import { basketOf, cookieName, put, takeOut } from '../shop.mjs'
import { countAtOnce, logOutMeanwhile, writeAtOnce } from '../trials.mjs'
import { atOnceView } from '../view/at-once.mjs'
import { withSession } from '../with-session.mjs'

export const atOnceRoutes = {
  'GET /sessions/at-once': withSession(show),
  'POST /sessions/at-once/writes': withSession(tryWrites),
  'POST /sessions/at-once/count': withSession(tryCount),
  'POST /sessions/at-once/logout': withSession(tryLogout),
  'POST /sessions/at-once/slowly': withSession(putSlowly),
}

const here = '/sessions/at-once'
const patienceMs = 6000

async function show({ session, journal, query }) {
  const visitor = { userId: session.userId, basket: basketOf(session) }
  return {
    title: 'At the same moment',
    content: atOnceView({ visitor, patienceMs, done: journal.kept(query.get('done')) }),
  }
}

async function tryWrites({ sessions, session, call }) {
  takeOut(session, 'lamp')
  takeOut(session, 'teapot')
  const cookie = await cookieOf(session)
  const writes = await call('writeAtOnce(sessions, cookie)', () => writeAtOnce(sessions, cookie), nothing)
  return { redirect: `${here}#writes`, note: { writes } }
}

async function tryCount({ sessions, session, call }) {
  const cookie = await cookieOf(session)
  const counts = await call('countAtOnce(sessions, cookie)', () => countAtOnce(sessions, cookie))
  return { redirect: `${here}#count`, note: { counts } }
}

async function tryLogout({ sessions, session, call }) {
  if (session.userId === undefined) return { redirect: here }
  takeOut(session, 'lamp')
  const cookie = await cookieOf(session)
  const logout = await call('logOutMeanwhile(sessions, session, cookie)', () =>
    logOutMeanwhile(sessions, session, cookie),
  )
  return { redirect: `${here}#logout`, note: { logout } }
}

/** For a visitor with two tabs: time enough to do something in the other one. What was in the basket would be no change. */
async function putSlowly({ session, call }) {
  takeOut(session, 'musicbox')
  await session.save()
  await call("put(session, 'musicbox')", () => put(session, 'musicbox'))
  await sleep(patienceMs)
  return { redirect: `${here}#slowly` }
}

/** As the browser sends it. A visitor who had no session gets one. */
async function cookieOf(session) {
  session.data.triedAt = new Date()
  await session.save()
  return `${cookieName}=${session.key}`
}

function nothing() {
  return undefined
}
