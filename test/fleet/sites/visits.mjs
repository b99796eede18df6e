import { promisify } from 'node:util'

/** Of sessions of ours. They are saved before the response ends, and it fails when they cannot be. */
export function ownVisit(session) {
  return {
    data: session.data,
    user: session.userId,
    login: (user) => session.login(user),
    logout: () => session.logout(),
    save: () => {},
    cycle: () => session.cycleKey(),
    count: () => session.atomically((data) => (data.count = Number(data.count ?? 0) + 1)),
  }
}

/** As one logs in and out with the libraries that our store is for: the user is a field like any other. */
export function storedVisit(request) {
  return {
    data: request.session,
    user: request.session.user,
    login: async (user) => {
      await call(request.session, 'regenerate')
      request.session.user = user
    },
    logout: () => call(request.session, 'destroy'),
    save: () => call(request.session, 'save'),
  }
}

function call(session, name) {
  return promisify(session[name]).call(session)
}
