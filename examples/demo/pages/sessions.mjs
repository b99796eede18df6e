import { deviceName } from '../device-name.mjs'
import { basketOf, cookieName, put, takeOut, thingCalled } from '../shop.mjs'
import { quoted } from '../view/parts.mjs'
import { sessionsView, unavailableView } from '../view/sessions.mjs'
import { withSession } from '../with-session.mjs'

export const sessionsRoutes = {
  'GET /sessions': withSession(show),
  'POST /sessions/put': withSession(putThing),
  'POST /sessions/take-out': withSession(takeThingOut),
  'POST /sessions/sign-in': withSession(signIn),
  'POST /sessions/log-out': withSession(logOut),
  'POST /sessions/log-out-one': withSession(logOutOne),
  'POST /sessions/log-out-others': withSession(logOutOthers),
  'POST /sessions/log-out-everywhere': withSession(logOutEverywhere),
}

const [here, shop, devices] = ['/sessions', '/sessions#shop', '/sessions#devices']
const longestName = 40

/** The page in place of any other while the store of the sessions fails. */
export function unavailable({ store }, error) {
  return { title: 'Your session is out of reach', content: unavailableView(store, error) }
}

async function show({ sessions, session, call, cookie, journal, query }) {
  const { userId } = session
  const listed = userId === undefined ? [] : await call(listCode(userId), () => sessions.list(userId), countOf)
  const visitor = {
    userId,
    id: session.id,
    basket: basketOf(session),
    expiresAt: session.expiresAt(),
    hadAnother: session.isNew && (cookie ?? '').includes(`${cookieName}=`),
  }
  const done = journal.kept(query.get('done'))
  return { title: 'Sessions', content: sessionsView({ visitor, devices: listed, done, longestName }) }
}

async function putThing({ session, form, call }) {
  const thing = thingCalled(form.get('thing'))
  if (thing !== undefined) await call(`put(session, ${quoted(thing.id)})`, () => put(session, thing.id))
  return { redirect: shop }
}

async function takeThingOut({ session, form, call }) {
  const thing = thingCalled(form.get('thing'))
  if (thing !== undefined) await call(`takeOut(session, ${quoted(thing.id)})`, () => takeOut(session, thing.id))
  return { redirect: shop }
}

/** A name is all it takes, as this is a demo; a real shop asks for proof before it calls `login`. */
async function signIn({ session, form, call, userAgent }) {
  const userId = userIn(form)
  if (userId === '') return { redirect: here, note: { problem: 'Give a name to sign in with.' } }
  const device = deviceName(userAgent)
  const before = session.id
  const code = `session.login(${quoted(userId)}, { device: ${quoted(device)} })`
  await call(code, () => session.login(userId, { device }))
  return { redirect: here, note: before && { newKey: { before, after: session.id, count: basketOf(session).length } } }
}

async function logOut({ session, call }) {
  await call('session.logout()', () => session.logout())
  return { redirect: here }
}

/** Only sessions of the user whose own session this is, whatever the form says. */
async function logOutOne({ sessions, session, form, call }) {
  const { userId } = session
  const id = form.get('id') ?? ''
  if (userId === undefined) return { redirect: here }
  const code = `sessions.revoke(${quoted(userId)}, { only: ${quoted(id)} })`
  await call(code, () => sessions.revoke(userId, { only: id }))
  return { redirect: devices }
}

async function logOutOthers({ sessions, session, call }) {
  const { userId, key } = session
  if (userId === undefined) return { redirect: here }
  const code = `sessions.revoke(${quoted(userId)}, { except: session.key })`
  await call(code, () => sessions.revoke(userId, { except: key }))
  return { redirect: devices }
}

/** The logout besides is for this response: it takes the cookie away. */
async function logOutEverywhere({ sessions, session, call }) {
  const { userId } = session
  if (userId === undefined) return { redirect: here }
  await call(`sessions.revoke(${quoted(userId)})`, () => sessions.revoke(userId))
  await call('session.logout()', () => session.logout())
  return { redirect: here }
}

/** The same user in capitals and without, since a telephone begins with one by itself. */
function userIn(form) {
  const name = (form.get('name') ?? '').normalize('NFC').replace(/\s+/g, ' ').trim()
  return Array.from(name).slice(0, longestName).join('').trim().toLowerCase()
}

function listCode(userId) {
  return `sessions.list(${quoted(userId)})`
}

function countOf(devices) {
  return devices.length
}
