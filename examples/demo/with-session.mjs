/** One request with its session, as every adapter does it. The page shows this function as it stands here. */
async function serve(sessions, cookie, handler) {
  const session = await sessions.load(cookie)
  const reply = await handler(session)

  const facts = { status: reply.status, secure: false }
  const { setCookie, vary } = await sessions.commit(session, facts)
  if (setCookie !== undefined) reply.headers['set-cookie'] = setCookie
  if (vary) reply.headers.vary = 'Cookie'
  return reply
}

export const serveCode = serve.toString()

/** A route's handler that gets its visitor's `session`; what it and the session did is kept for the page that comes next. */
export function withSession(handler) {
  return async function serveWatched({ sessions, ...request }) {
    const { calls, call } = request.journal.follow(request.name)
    const { note, redirect, ...reply } = await serve(watched(sessions, call), request.cookie, async (session) => {
      const given = await handler({ ...request, sessions, session, call })
      return { ...given, status: given.redirect === undefined ? 200 : 303, headers: {} }
    })
    if (redirect === undefined) return reply
    const [path, part] = redirect.split('#')
    const done = request.journal.keep({ calls, part, ...note })
    return { ...reply, redirect: `${path}?done=${done}${part === undefined ? '' : `#${part}`}` }
  }
}

/** The two calls that a handler does not make itself, told of like its own. */
function watched(sessions, call) {
  return {
    load: (cookie) => call('sessions.load(cookie)', () => sessions.load(cookie), shownSession),
    commit: (session, facts) =>
      call(
        `sessions.commit(session, { status: ${facts.status}, … })`,
        () => sessions.commit(session, facts),
        shownCommit,
      ),
  }
}

export function shownSession({ isNew, userId }) {
  return isNew ? { isNew } : { isNew, userId }
}

/** The key stays where it belongs, in the cookie. */
export function shownCommit({ outcome, setCookie }) {
  return { outcome, setCookie: setCookie?.replace(/^([^=]+)=[^;]+/, '$1=…') }
}
