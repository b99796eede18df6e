import type { Clock } from '../base/clock.ts'
import { kindOf } from '../base/options.ts'
import { type Cache, coreOf } from '../cache/cache.ts'
import type { Core } from '../cache/core.ts'
import { OptionError, SessionUnavailableError } from '../errors.ts'
import type { Commit, ResponseFacts } from '../sessions/commit.ts'
import { type HostParts, resolveSessions, type SessionsOptions } from '../sessions/options.ts'
import { readOnce } from '../sessions/read.ts'
import { deviceOf, type LoginOptions, type Session, stateOf } from '../sessions/session.ts'
import { type Keeper, Sessions } from '../sessions/sessions.ts'
import type { Host, SessionState } from '../sessions/state.ts'
import { cookieKeeping } from './cookie-sessions.ts'
import { given, placeOf, type Section, textAt, unknownAt } from './section.ts'
import { type Auth, checkUserOf, type DjangoUser, loginUser, renewHash } from './session-auth.ts'
import { djangoExpiry } from './session-expiry.ts'
import { djangoLayout, type Engine, engines, ownPrefix } from './session-layout.ts'
import {
  asSettingError,
  authBackends,
  checkSessionsOptions,
  cookieAge,
  cookieOptions,
  type DjangoSessionSettings,
  engineOf,
  expirySettings,
  flagAt,
  settingsSection,
} from './session-settings.ts'
import { signingConfigOf } from './signing/keys.ts'
import { djangoVersion, type DjangoSwitches } from './version.ts'

/** What `djangoSessions` takes beside the site's settings. */
export interface DjangoSessionsOptions extends Pick<SessionsOptions, 'lazy' | 'onOutage' | 'merge' | 'grace'> {
  /** What `djangoCaches` made of the same site's CACHES, or other caches by alias. Not needed for `signed_cookies`. */
  readonly caches?: object
  /** The site's version of Django, such as `'3.2'` or `'5.2.14'`. @defaultValue `'6.0'` */
  readonly django?: string | undefined
  /** Dotted paths of the site's own, such as a subclass as SESSION_ENGINE, with the known ones that they stand for. */
  readonly paths?: Readonly<Record<string, string>>
  /** @defaultValue the system's */
  readonly clock?: Clock
}

/** Sessions that a Django site has too. Use `djangoSessions`. */
export class DjangoSessions extends Sessions {
  readonly #auth: Auth
  readonly #savesEveryRequest: boolean

  /** Use `djangoSessions`. */
  constructor(host: Host, auth: Auth, keeper?: Keeper) {
    super(host, keeper)
    this.#auth = auth
    this.#savesEveryRequest = host.lifetimes.rolling
  }

  override async commit(session: Session, facts: ResponseFacts): Promise<Commit> {
    if (this.#savesEveryRequest && facts.status < 500) await readIfThere(stateOf(session))
    return super.commit(session, facts)
  }

  /**
   * Logs a user in, here and in Django: as `django.contrib.auth.login`, and always with a new key. The data stays, unless
   * another user was logged in, or the same one with another password.
   *
   * @throws SessionUnavailableError, SessionRevokedError
   */
  async login(session: Session, user: DjangoUser, options: LoginOptions = {}): Promise<void> {
    await loginUser(changing(session), this.#auth, { user, device: deviceOf(options) })
  }

  /**
   * Whether `user`, read from the database by `session.userId`, is logged in: as `django.contrib.auth.get_user`. A login
   * with another password than the user has now ends here. One by a key out of SECRET_KEY_FALLBACKS is renewed.
   *
   * @throws SessionUnavailableError
   */
  async check(session: Session, user: DjangoUser | null | undefined): Promise<boolean> {
    const state = stateOf(session)
    state.looked = true
    return checkUserOf(state, this.#auth, user)
  }

  /**
   * To be called when a user has changed the password: this session stays logged in, under a new key, and all others of the
   * user end. As Django's function of that name.
   *
   * @throws SessionUnavailableError, SessionRevokedError
   */
  async updateSessionAuthHash(session: Session, user: DjangoUser): Promise<void> {
    await renewHash(changing(session), this.#auth, user)
  }
}

/**
 * The sessions of a Django site, out of its settings as JSON: the same cookie, keys, values and lifetimes, so that a user
 * who is logged in there is known here, and the other way round.
 *
 * @throws OptionError naming the setting and what can stand there.
 */
export function djangoSessions(settings: DjangoSessionSettings, options: DjangoSessionsOptions = {}): DjangoSessions {
  checkSessionsOptions(options)
  const section = settingsSection(settings)
  const switches = djangoVersion(options.django)
  const path = engineOf(section, options.paths ?? {})
  if (path === cookieEngine) return inCookies(section, switches, options)
  const engine = knownEngine(section, path)
  const { cache, core } = cacheOf(section, options.caches)
  const parts: HostParts = {
    layout: djangoLayout(core.codec, engine, cookieAge(section) * 1000),
    refreshAfter: 0,
    expiryForm: djangoExpiry(expirySettings(section, switches)),
    takesCookie: 'last',
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  }
  const host = asSettings(() => resolveSessions(coreOptions(section, cache, options), parts))
  return new DjangoSessions(host, authOf(section, switches))
}

const cookieEngine = 'django.contrib.sessions.backends.signed_cookies'

function inCookies(section: Section, switches: DjangoSwitches, options: DjangoSessionsOptions): DjangoSessions {
  const { SECRET_KEY, SECRET_KEY_FALLBACKS } = section.dict as DjangoSessionSettings
  const parts = {
    settings: { SECRET_KEY: SECRET_KEY ?? '', ...(SECRET_KEY_FALLBACKS && { SECRET_KEY_FALLBACKS }) },
    django: options.django,
    cookie: cookieOptions(section),
    ageSeconds: cookieAge(section),
    untilBrowserCloses: flagAt(section, 'SESSION_EXPIRE_AT_BROWSER_CLOSE'),
    savesEveryRequest: flagAt(section, 'SESSION_SAVE_EVERY_REQUEST'),
    // What is signed is JSON, which has no dates but as text.
    expiryForm: djangoExpiry(expirySettings(section, { ...switches, sessionExpiryAsText: true })),
    clock: options.clock,
  }
  const { host, keeper } = asSettings(() => cookieKeeping(parts))
  return new DjangoSessions(host, authOf(section, switches), keeper)
}

function coreOptions(section: Section, cache: Cache, options: DjangoSessionsOptions): SessionsOptions {
  const { lazy = false, onOutage = 'error', merge, grace } = options
  return {
    cache,
    cookie: cookieOptions(section),
    idle: cookieAge(section),
    rolling: flagAt(section, 'SESSION_SAVE_EVERY_REQUEST'),
    untilBrowserCloses: flagAt(section, 'SESSION_EXPIRE_AT_BROWSER_CLOSE'),
    prefix: ownPrefix,
    lazy,
    onOutage,
    ...(merge === undefined ? {} : { merge }),
    ...(grace === undefined ? {} : { grace }),
  }
}

function asSettings<T>(resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    throw asSettingError(error)
  }
}

/** With SESSION_SAVE_EVERY_REQUEST a session is prolonged that nobody looked at. When the store fails, the next request does. */
async function readIfThere(state: SessionState): Promise<void> {
  try {
    await readOnce(state)
  } catch (error) {
    if (!(error instanceof SessionUnavailableError)) throw error
  }
}

function changing(session: Session): SessionState {
  const state = stateOf(session)
  state.looked = true
  state.touched = true
  return state
}

function knownEngine(section: Section, path: string): Engine {
  const engine = engines.get(path)
  if (engine !== undefined) return engine
  const at = placeOf(section, 'SESSION_ENGINE')
  if (!path.startsWith('django.contrib.sessions.backends.'))
    throw unknownAt(at, 'engine', path, [...engines.keys(), cookieEngine])
  const advice = `let the site use "${[...engines.keys()][0]}", which keeps sessions where both can reach them`
  throw new OptionError(at, `${at}: the sessions of "${path}" cannot be shared: ${advice}`)
}

function cacheOf(section: Section, caches: unknown): { readonly cache: Cache; readonly core: Core } {
  const { dict } = sectionOfCaches(caches)
  const alias = textAt(section, 'SESSION_CACHE_ALIAS') ?? 'default'
  const cache = Object.hasOwn(dict, alias) ? dict[alias] : undefined
  const core = coreOf(cache)
  if (core !== undefined) return { cache: cache as Cache, core }
  const known = Object.keys(dict).filter((name) => coreOf(dict[name]) !== undefined)
  const at = placeOf(section, 'SESSION_CACHE_ALIAS')
  throw unknownAt(at, 'cache', alias, known)
}

function sectionOfCaches(caches: unknown): Pick<Section, 'dict'> {
  if (typeof caches === 'object' && caches !== null) return { dict: caches as Readonly<Record<string, unknown>> }
  throw new OptionError('caches', `djangoSessions: expected caches, what djangoCaches made, got ${kindOf(caches)}`)
}

function authOf(section: Section, switches: DjangoSwitches): Auth {
  // Before 4.0 the secret is kept masked, which makes it twice as long.
  const csrfLength = switches.version.major < 4 ? 64 : 32
  const auth = {
    backends: authBackends(section),
    csrfLength: flagAt(section, 'CSRF_USE_SESSIONS') ? csrfLength : undefined,
  }
  if (given(section, 'SECRET_KEY') === undefined) return { ...auth, keys: undefined }
  const { SECRET_KEY, SECRET_KEY_FALLBACKS } = section.dict
  const { keys } = signingConfigOf({ SECRET_KEY, SECRET_KEY_FALLBACKS }, switches)
  return { ...auth, keys: { ...keys, fallbackKeys: switches.authHashFallbackKeys ? keys.fallbackKeys : [] } }
}
