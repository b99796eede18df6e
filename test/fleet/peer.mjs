/**
 * Sessions in a process of their own, without a web site: told in `PEER` where they are, it does what its parent sends, at
 * the moment that is named, and says when each began and ended by the clock that all processes share.
 */
import process from 'node:process'
import { setImmediate as turn } from 'node:timers/promises'

import { createCache } from 'everwarm'
import { createSessions } from 'everwarm/sessions'

const cache = createCache(JSON.parse(process.env.PEER))
const sessions = createSessions({ cache })

const operations = {
  login: ({ key, user }) => inSession(key, (session) => session.login(user)),
  cycle: ({ key }) => inSession(key, (session) => session.cycleKey()),
  logout: ({ key }) => inSession(key, (session) => session.logout()),
  revoke: async ({ user, except }) => ({ count: await sessions.revoke(user, { except }) }),
}

process.on('disconnect', () => process.exit())
process.on('message', ({ call, op, at, ...args }) => {
  void run(op, at, args).then((outcome) => process.send({ call, outcome }))
})
await cache.connect()
process.send({ ready: true })

async function run(op, at, args) {
  while (now() < at) await turn()
  const begun = now()
  try {
    const answer = await operations[op](args)
    return { ...answer, begun, ended: now() }
  } catch (error) {
    return { error: { code: error.code, message: error.message }, begun, ended: now() }
  }
}

/** As a request does: loads, works, saves, and is told which key the response hands out. */
async function inSession(key, work) {
  const session = await sessions.load(key === undefined ? undefined : `sessionid=${key}`)
  await work(session)
  const { setCookie } = await sessions.commit(session, { status: 200, secure: true })
  const handedOut = /^sessionid=([^;]+)/.exec(setCookie ?? '')?.[1]
  return { key: handedOut, id: handedOut === undefined ? undefined : session.id }
}

/** Milliseconds of the machine's clock that never goes back. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6
}
