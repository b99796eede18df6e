import { type Bytes, sameBytes } from '../base/bytes.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { coreOf } from '../cache/cache.ts'
import type { Core } from '../cache/core.ts'
import { createCache } from '../cache/create-cache.ts'
import { type Commit, commitState, type ResponseFacts } from '../sessions/commit.ts'
import type { SessionCookieOptions } from '../sessions/cookie-options.ts'
import { readCookie, writeCookie } from '../sessions/cookie.ts'
import { Devices } from '../sessions/devices.ts'
import { endsWithBrowser, type ExpiryForm } from '../sessions/expiry.ts'
import { resolveSessions } from '../sessions/options.ts'
import { readOnce } from '../sessions/read.ts'
import { Records } from '../sessions/records.ts'
import { Remembered } from '../sessions/remembered.ts'
import { Session, stateOf } from '../sessions/session.ts'
import { type Keeper, Sessions } from '../sessions/sessions.ts'
import { type Host, lifeOf, newState, type SessionState } from '../sessions/state.ts'
import { memoryStore } from '../stores/memory.ts'
import { cookieLayout, type CookieText, cookieText } from './cookie-text.ts'
import { ownPrefix } from './session-layout.ts'
import type { DjangoSigningSettings } from './signing/keys.ts'

/** What sessions need that live in the cookie alone, as with Django's engine `signed_cookies`. */
export interface CookieSessionsParts {
  /** SECRET_KEY and what else signing goes by. */
  readonly settings: DjangoSigningSettings
  /** The site's version of Django. @defaultValue as `djangoSigning` */
  readonly django?: string | undefined
  /** The SESSION_COOKIE_* settings. */
  readonly cookie: SessionCookieOptions
  /** SESSION_COOKIE_AGE: a cookie that was signed longer ago is no session. */
  readonly ageSeconds: number
  /** SESSION_EXPIRE_AT_BROWSER_CLOSE */
  readonly untilBrowserCloses: boolean
  /** SESSION_SAVE_EVERY_REQUEST */
  readonly savesEveryRequest: boolean
  /** How the site writes `_session_expiry`. */
  readonly expiryForm: ExpiryForm
  readonly clock?: Clock | undefined
}

/** What the class `Sessions` is made of. */
export interface CookieKeeping {
  readonly host: Host
  readonly keeper: Keeper
}

/** What browsers keep of one cookie: its name and value, in bytes. */
const mostBytes = 4096

/**
 * Sessions that live in the browser's cookie, signed and readable there. Of requests at once the last response wins, and
 * none can be ended from elsewhere; what changes after the headers are gone is lost.
 *
 * @throws OptionError
 */
export function cookieSessions(parts: CookieSessionsParts): Sessions {
  const { host, keeper } = cookieKeeping(parts)
  return new Sessions(host, keeper)
}

/** The same, for classes that extend `Sessions`. @throws OptionError */
export function cookieKeeping(parts: CookieSessionsParts): CookieKeeping {
  const { settings, django, cookie, ageSeconds, untilBrowserCloses, savesEveryRequest, expiryForm } = parts
  const clock = parts.clock ?? systemClock
  const cache = createCache()
  const host = resolveSessions(
    { cache, cookie, idle: ageSeconds, rolling: savesEveryRequest, untilBrowserCloses, prefix: ownPrefix },
    { layout: cookieLayout(), refreshAfter: 0, expiryForm, takesCookie: 'last', clock },
  )
  const text = cookieText({ settings, django, lifetimes: host.lifetimes, clock })
  return { host, keeper: new CookieKeeper({ host, text, core: coreOf(cache) as Core, savesEveryRequest }) }
}

interface KeeperParts {
  readonly host: Host
  readonly text: CookieText
  /** Of a cache, for all but its store. */
  readonly core: Core
  readonly savesEveryRequest: boolean
}

/** Each request has a store of its own, which holds one record, so that a session works there as everywhere. */
class CookieKeeper implements Keeper {
  readonly #parts: KeeperParts
  /** What each session's browser has, or was given. */
  readonly #known = new WeakMap<Session, Bytes>()

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  async load(cookieHeader: string | undefined): Promise<Session> {
    const { host, text } = this.#parts
    let bytes: Bytes | undefined
    const isOpened = (value: string): boolean => (bytes = text.open(value)) !== undefined
    const { came } = readCookie(cookieHeader, host.cookie, isOpened)

    const own = this.#hostOfRequest()
    const key = bytes && host.layout.newKey()
    const state = newState(own, { came, key })
    const session = new Session(state)
    if (bytes === undefined || key === undefined) return session
    await own.records.writeRaw(host.layout.nameOf(key), undefined, bytes, null)
    await readOnce(state)
    this.#known.set(session, bytes)
    return session
  }

  async commit(session: Session, facts: ResponseFacts): Promise<Commit> {
    const state = stateOf(session)
    if (facts.headersSent === true) return { setCookie: undefined, vary: state.looked, outcome: 'untouched' }
    const commit = await commitState(state, facts)
    const { found, key } = state
    if (key === undefined || found === undefined || commit.outcome === 'refused') return commit

    const isHandedOut = commit.setCookie !== undefined || (this.#parts.savesEveryRequest && facts.status < 500)
    const known = this.#known.get(session)
    if (!isHandedOut && known !== undefined && sameBytes(known, found.bytes)) return commit
    const setCookie = this.#cookieOf(state, found.bytes, facts)
    this.#known.set(session, found.bytes)
    return { ...commit, setCookie, vary: true }
  }

  async list(): Promise<never> {
    throw nowhere('list')
  }

  async revoke(): Promise<never> {
    throw nowhere('revoke')
  }

  #hostOfRequest(): Host {
    const { host, core } = this.#parts
    const { clock } = host
    const records = new Records({ ...core, store: memoryStore({ clock }) }, host.layout, clock)
    const devices = new Devices(records, ownPrefix, clock)
    return { ...host, records, devices, refreshTimes: new Remembered(), listedTimes: new Remembered() }
  }

  #cookieOf(state: SessionState, bytes: Bytes, { secure }: ResponseFacts): string {
    const { host, text } = this.#parts
    const { cookie, clock, lifetimes } = host
    const value = text.sign(bytes)
    const size = Buffer.byteLength(cookie.name) + value.length
    if (size > mostBytes) throw tooLarge(size)
    const until = endsWithBrowser(state.own, lifetimes) ? 'browser' : lifeOf(host, state.own).endsAt
    return writeCookie(value, cookie, { until, now: clock.now(), secure })
  }
}

function nowhere(method: string): TypeError {
  return new TypeError(
    `sessions.${method}: these sessions are in the browsers' cookies and nowhere else, so those of a user cannot be found; ` +
      'let the site use another SESSION_ENGINE, or end its logins by a new password',
  )
}

function tooLarge(size: number): TypeError {
  return new TypeError(
    `The session was not saved: its cookie would have ${size} bytes, and browsers keep ${mostBytes}; ` +
      'keep less in it, or let the site use another SESSION_ENGINE',
  )
}
