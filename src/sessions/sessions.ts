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

/** Sessions in one cache, under one cookie. Use `createSessions`. */
export class Sessions {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * The session that a `Cookie` header names, however broken it is; a new one without. One round trip when there is a
   * key in it, and with `lazy` none.
   *
   * @throws SessionUnavailableError when the store fails, unless `onOutage` is `'anonymous'`.
   */
  async load(cookieHeader: string | undefined): Promise<Session> {
    const state = newState(this.#host, readCookie(cookieHeader, this.#host.cookie, this.#host.layout.isKey))
    if (!this.#host.lazy) await readOnce(state)
    return new Session(state)
  }

  /**
   * Saves what the request changed and says what the response needs: once before its headers go, and once more before
   * it ends when it was a stream. Without HTTP, `session.save()` is enough.
   *
   * @throws SessionUnavailableError when it could not be saved: the response is not to go as it is.
   */
  commit(session: Session, facts: ResponseFacts): Promise<Commit> {
    return commitState(stateOf(session), facts)
  }

  /** A user's sessions, the one used last first. */
  async list(userId: string | number | bigint): Promise<Device[]> {
    return this.#host.devices.list(userText('list', userId))
  }

  /**
   * Ends a user's sessions, everywhere; how many. A login at the same moment ends with them or is listed afterwards.
   * When it fails half way, call it again.
   */
  async revoke(userId: string | number | bigint, options: RevokeOptions = {}): Promise<number> {
    checkOptions(options, ['except', 'only'], 'revoke')
    const { except, only } = options
    return this.#host.devices.revoke(userText('revoke', userId), {
      except: except === undefined ? undefined : this.#host.layout.nameOf(except),
      only,
    })
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

function userText(operation: string, userId: unknown): string {
  if (typeof userId === 'string' || typeof userId === 'number' || typeof userId === 'bigint') return String(userId)
  throw new OptionError('userId', `${operation}: expected a user's id as a text or a number, got ${kindOf(userId)}`)
}
