import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { type Commit, commitState, type ResponseFacts } from './commit.ts'
import { readCookie } from './cookie.ts'
import type { Device } from './devices.ts'
import { type HostParts, resolveSessions, type SessionsOptions } from './options.ts'
import { readOnce } from './read.ts'
import { Session, stateOf } from './session.ts'
import { type Host, newState } from './state.ts'

/** Which of a user's sessions end. */
export interface RevokeOptions {
  /** The key of the one that stays: `session.key`. */
  readonly except?: string | undefined
  /** The `id` of the only one that ends, out of `sessions.list`. */
  readonly only?: string | undefined
}

/** Where sessions are kept, and what can be done there. */
export interface Keeper {
  load(cookieHeader: string | undefined): Promise<Session>
  commit(session: Session, facts: ResponseFacts): Promise<Commit>
  list(user: string): Promise<Device[]>
  revoke(user: string, targets: RevokeOptions): Promise<number>
}

/** Sessions in one place, under one cookie. Use `createSessions`. */
export class Sessions {
  readonly #keeper: Keeper

  constructor(host: Host, keeper: Keeper = cacheKeeper(host)) {
    this.#keeper = keeper
  }

  /**
   * The session that a `Cookie` header names, however broken it is; a new one without. One round trip when there is a
   * key in it, and with `lazy` none.
   *
   * @throws SessionUnavailableError when the store fails, unless `onOutage` is `'anonymous'`.
   */
  load(cookieHeader: string | undefined): Promise<Session> {
    return this.#keeper.load(cookieHeader)
  }

  /**
   * Saves what the request changed and says what the response needs: once before its headers go, and once more before
   * it ends when it was a stream. Without HTTP, `session.save()` is enough.
   *
   * @throws SessionUnavailableError when it could not be saved: the response is not to go as it is.
   */
  commit(session: Session, facts: ResponseFacts): Promise<Commit> {
    return this.#keeper.commit(session, facts)
  }

  /** A user's sessions, the one used last first. */
  async list(userId: string | number | bigint): Promise<Device[]> {
    return this.#keeper.list(userText('list', userId))
  }

  /**
   * Ends a user's sessions, everywhere; how many. A login at the same moment ends with them or is listed afterwards.
   * When it fails half way, call it again.
   */
  async revoke(userId: string | number | bigint, options: RevokeOptions = {}): Promise<number> {
    checkOptions(options, ['except', 'only'], 'revoke')
    checkTexts(options)
    return this.#keeper.revoke(userText('revoke', userId), options)
  }
}

/** Sessions kept in a cache. @throws OptionError naming what cannot be, and what can. */
export function createSessions(options: SessionsOptions): Sessions {
  return new Sessions(resolveSessions(options))
}

/** The same over another layout: for what shares its sessions with others. */
export function sessionsWith(options: SessionsOptions, parts: HostParts): Sessions {
  return new Sessions(resolveSessions(options, parts))
}

/** In the host's cache. */
function cacheKeeper(host: Host): Keeper {
  return {
    load: (cookieHeader) => {
      const state = newState(host, readCookie(cookieHeader, host.cookie, host.layout.isKey))
      const session = new Session(state)
      return host.lazy ? Promise.resolve(session) : readOnce(state).then(() => session)
    },
    commit: (session, facts) => commitState(stateOf(session), facts),
    list: (user) => host.devices.list(user),
    revoke: (user, { except, only }) =>
      host.devices.revoke(user, { except: except === undefined ? undefined : host.layout.nameOf(except), only }),
  }
}

function checkTexts({ except, only }: RevokeOptions): void {
  for (const [option, value] of Object.entries({ except, only })) {
    if (value === undefined || typeof value === 'string') continue
    throw new OptionError(option, `revoke: expected ${option} as a text, got ${kindOf(value)}`)
  }
}

function userText(operation: string, userId: unknown): string {
  if ((typeof userId === 'string' && userId !== '') || typeof userId === 'bigint') return String(userId)
  if (typeof userId === 'number' && Number.isFinite(userId)) return String(userId)
  throw new OptionError('userId', `${operation}: expected a user's id as a text or a number, got ${kindOf(userId)}`)
}
