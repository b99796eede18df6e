import { kindOf } from '../base/options.ts'
import { OptionError, SessionRevokedError } from '../errors.ts'
import { endForOther, endSession } from '../sessions/end.ts'
import { own } from '../sessions/fields.ts'
import { readForChange } from '../sessions/read.ts'
import { cycleKey, login } from '../sessions/rekey.ts'
import { userText } from '../sessions/session.ts'
import { reset, type SessionState, userOf } from '../sessions/state.ts'
import { type AuthHashKeys, checkAuthHash, sessionAuthHash } from './auth-hash.ts'
import { randomText } from './session-layout.ts'

/** A user of the site, as its database has it. */
export interface DjangoUser {
  /** The primary key. */
  readonly id: string | number | bigint
  /** The column `password` as it is: a hash. A new one ends the logins of the old one. */
  readonly password: string
  /** The dotted path of what let the user in. @defaultValue the first of AUTHENTICATION_BACKENDS */
  readonly backend?: string | undefined
}

/** What the logins of a site go by. */
export interface Auth {
  readonly keys: AuthHashKeys | undefined
  readonly backends: readonly string[]
  /** How long the secret of Django's CSRF protection is that is in the session; `undefined` when it is not there. */
  readonly csrfLength?: number | undefined
}

const csrfLetters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** As `django.contrib.auth.login`, always with a new key. */
export async function loginUser(
  state: SessionState,
  auth: Auth,
  { user, device }: { readonly user: DjangoUser; readonly device: string | undefined },
): Promise<void> {
  const { password } = checkUser(user)
  const id = userText(user.id)
  const keys = keysOf(auth)
  const backend = backendOf(user, auth)
  await readForChange(state, 'login')
  const before = userOf(state.own)
  const isSame = before === id && checkAuthHash(state.own.get(own.hash), password, keys) === 'current'
  if (before !== undefined && !isSame) await endForOther(state)
  if (auth.csrfLength !== undefined) state.data['_csrftoken'] = randomText(auth.csrfLength, csrfLetters)
  const also = new Map([
    [own.backend, backend],
    [own.hash, sessionAuthHash(password, keys.secretKey)],
  ])
  await login(state, { user: id, device, also })
}

/** As `django.contrib.auth.get_user`, for the user that the session names. */
export async function checkUserOf(
  state: SessionState,
  auth: Auth,
  user: DjangoUser | null | undefined,
): Promise<boolean> {
  await readForChange(state, 'check')
  const id = userOf(state.own)
  if (id === undefined || user === null || user === undefined || userText(user.id) !== id) return false
  const backend = state.own.get(own.backend)
  if (typeof backend !== 'string' || !auth.backends.includes(backend)) return false
  switch (checkAuthHash(state.own.get(own.hash), checkUser(user).password, keysOf(auth))) {
    case 'current':
      return true
    case 'outdated':
      return renewed(state, () => renewHash(state, auth, user))
    default:
      return renewed(state, async () => {
        state.touched = true
        await endSession(state)
        return false
      })
  }
}

/** As `django.contrib.auth.update_session_auth_hash`: a new key, and where it is the user's session the new hash. */
export async function renewHash(state: SessionState, auth: Auth, user: DjangoUser): Promise<boolean> {
  const { password } = checkUser(user)
  state.touched = true
  await readForChange(state, 'updateSessionAuthHash')
  if (userOf(state.own) === userText(user.id)) {
    state.own.set(own.hash, sessionAuthHash(password, keysOf(auth).secretKey))
  }
  await cycleKey(state)
  return true
}

/** A session that ended meanwhile is nobody's. */
async function renewed(state: SessionState, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SessionRevokedError)) throw error
    reset(state)
    return false
  }
}

function checkUser(user: DjangoUser): DjangoUser {
  const password: unknown = (user as Partial<DjangoUser> | null | undefined)?.password
  if (typeof password === 'string') return user
  throw new TypeError(
    `expected a user { id, password }, the password as Django's database has it, got ${typeof password} for a password`,
  )
}

function keysOf({ keys }: Auth): AuthHashKeys {
  if (keys !== undefined) return keys
  throw new OptionError(
    'SECRET_KEY',
    'settings["SECRET_KEY"]: expected the key of the site, which logins are made with',
  )
}

/** @throws OptionError for one that Django would not take for a login. */
function backendOf({ backend }: DjangoUser, { backends }: Auth): string {
  const [first] = backends
  const path = backend ?? first
  if (path !== undefined && backends.includes(path)) return path
  throw new OptionError(
    'backend',
    `login: expected one of AUTHENTICATION_BACKENDS (${backends.join(', ')}), got ${kindOf(path)}`,
  )
}
