import { setTimeout as sleep } from 'node:timers/promises'

import { isEverwarmError } from 'everwarm'

import { pass } from './gates.mjs'

/**
 * What every site here answers, whatever it is made with. A page gets the request's visit, which has `data`, `user`,
 * `login`, `logout`, `save` and, with sessions of ours, `cycle` and `count`.
 */
const pages = {
  '/who': () => ({}),
  '/read': (visit) => ({ user: visit.user, data: fieldsOf(visit.data) }),
  '/write': async (visit, { field, save }) => {
    visit.data[field] = true
    if (save !== undefined) await visit.save()
    return {}
  },
  '/login': async (visit, { user }) => {
    await visit.login(user)
    return {}
  },
  '/logout': async (visit) => {
    await visit.logout()
    return {}
  },
  '/cycle': async (visit) => {
    await visit.cycle()
    return {}
  },
  '/count': async (visit) => ({ count: await visit.count() }),
}

/** Waits as the query asks, between what was loaded and what is done with it, and answers the page. */
export async function answer(visit, url) {
  const { pathname, searchParams } = new URL(url, 'http://site')
  const query = Object.fromEntries(searchParams)
  if (query.wait !== undefined) await sleep(Number(query.wait))
  if (query.gate !== undefined) await pass(query.gate)
  try {
    return { status: 200, body: await pages[pathname](visit, query) }
  } catch (error) {
    if (!isEverwarmError(error) || error.code !== 'ERR_SESSION_REVOKED') throw error
    return { status: 409, body: { code: error.code } }
  }
}

/** Without what the store's library keeps there for itself. */
function fieldsOf({ cookie: _cookie, user: _user, ...fields }) {
  return fields
}
