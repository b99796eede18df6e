import { checkOptions, kindOf } from '../base/options.ts'
import { deviceId } from './devices.ts'
import { endSession } from './end.ts'
import { type SessionExpiry, writeExpiry } from './expiry.ts'
import { own } from './fields.ts'
import type { SessionData } from './index.ts'
import { readForChange, readOnce, reread } from './read.ts'
import { cycleKey, login } from './rekey.ts'
import { changeAtomically, saveChanges } from './save.ts'
import { lifeOf, type SessionState, userOf } from './state.ts'

/** Of `login`. */
export interface LoginOptions {
  /** What the user is to recognise the device by in `sessions.list`, such as its user agent; 200 characters are kept. */
  readonly device?: string | undefined
}

/** Characters. */
const longestDevice = 200

const sharedLogin =
  'session.login: these sessions are shared with others, which need more than an id: use sessions.login(session, user)'

let reveal: (session: Session) => SessionState

/** What a session is made of, for those who load and save it. */
export function stateOf(session: Session): SessionState {
  return reveal(session)
}

/**
 * One visitor's session, as one request has it. It is saved when the response is sent; what other requests save
 * meanwhile is kept. Methods that ask the store settle within its deadline, with a `SessionUnavailableError` when it
 * fails, and with a `SessionRevokedError` when the session has ended.
 */
export class Session {
  readonly #state: SessionState

  static {
    reveal = (session) => session.#state
  }

  /** Use `sessions.load`. */
  constructor(state: SessionState) {
    this.#state = state
  }

  /**
   * The user's fields. Change it and whatever is in it as you like. A field is merged as a whole, so keep apart what
   * changes apart.
   *
   * @throws TypeError with `lazy` before `await session.load()`.
   */
  get data(): SessionData {
    const state = this.#looked('data')
    state.touched = true
    return state.data
  }

  /** The key that is in the cookie; `undefined` before the session is saved for the first time. */
  get key(): string | undefined {
    return this.#looked('key').key
  }

  /** Names the session in `sessions.list`, and cannot be used to log in; `undefined` before it is saved for the first time. */
  get id(): string | undefined {
    const { found } = this.#looked('id')
    return found === undefined ? undefined : deviceId(found.name)
  }

  /** Whether it has not been saved yet. */
  get isNew(): boolean {
    const { phase } = this.#looked('isNew')
    return phase === 'new' || phase === 'offline'
  }

  /** False for one that stands in while the store fails (`onOutage: 'anonymous'`): nothing of it is saved. */
  get isAvailable(): boolean {
    return this.#looked('isAvailable').phase !== 'offline'
  }

  /** Who is logged in. */
  get userId(): string | undefined {
    return userOf(this.#looked('userId').own)
  }

  /** Reads the session, unless that was done: needed with `lazy` before the first look. */
  async load(): Promise<this> {
    this.#state.looked = true
    await readOnce(this.#state)
    return this
  }

  /**
   * Logs a user in: a new key, the old one gone, listed among the user's devices. The data stays, unless another user
   * was logged in.
   */
  async login(userId: string | number | bigint, options: LoginOptions = {}): Promise<void> {
    if (this.#state.host.layout.shared !== undefined) throw new TypeError(sharedLogin)
    await login(this.#change(), { user: userText(userId), device: deviceOf(options) })
  }

  /** Ends the session: its record, data and key. What is set afterwards begins a new one. */
  async logout(): Promise<void> {
    await endSession(this.#change())
  }

  /** The same as {@link logout}, by Django's name. */
  async flush(): Promise<void> {
    await endSession(this.#change())
  }

  /** Gives the session a new key, as is to be done when a user's rights grow. `login` does so by itself. */
  async cycleKey(): Promise<void> {
    await cycleKey(this.#change())
  }

  /**
   * Gives this session a lifetime of its own: seconds or `'2h'` without use, a date, or until the browser closes.
   * `undefined` takes it back; 0 or less ends the session with this response. The sessions' `age` holds besides.
   *
   * @throws OptionError
   */
  setExpiry(expiry: SessionExpiry | undefined): void {
    const state = this.#looked('setExpiry')
    state.touched = true
    const stored = expiry === undefined ? undefined : writeExpiry(expiry, state.host.lifetimes)
    if (stored === undefined) state.own.delete(own.expiry)
    else state.own.set(own.expiry, stored)
  }

  /** When it ends unless it is used again after this; `null` never. */
  expiresAt(): Date | null {
    const state = this.#looked('expiresAt')
    const { endsAt } = lifeOf(state.host, state.own)
    return endsAt === null ? null : new Date(endsAt)
  }

  /** Saves now what is else saved when the response is sent. Nothing changed, nothing written. */
  async save(): Promise<void> {
    const state = this.#change()
    await readForChange(state, 'save')
    await saveChanges(state)
  }

  /** Reads the session anew; changes that were not saved are gone. */
  async reload(): Promise<void> {
    await reread(this.#change())
  }

  /**
   * Runs `change` on the newest data and saves what it leaves there, with nobody else's write between: for counters and
   * the like. It is run again when somebody was faster, so it changes the data it is given and nothing else.
   */
  async atomically<T>(change: (data: SessionData) => T | Promise<T>): Promise<T> {
    if (typeof change === 'function') return changeAtomically(this.#change(), change)
    throw new TypeError(`atomically: expected a function that changes the data, got ${kindOf(change)}`)
  }

  #change(): SessionState {
    this.#state.looked = true
    this.#state.touched = true
    return this.#state
  }

  #looked(name: string): SessionState {
    this.#state.looked = true
    if (this.#state.phase !== 'unread') return this.#state
    throw new TypeError(`session.${name}: these sessions are lazy: await session.load() first`)
  }
}

/** What is kept of a device's description. @throws OptionError, TypeError */
export function deviceOf(options: LoginOptions): string | undefined {
  checkOptions(options, ['device'], 'login')
  const device: unknown = options.device
  if (device === undefined) return undefined
  if (typeof device === 'string') return device.slice(0, longestDevice)
  throw new TypeError(`login: expected the device as a text, got ${kindOf(device)}`)
}

/** @throws TypeError for what is no id. */
export function userText(userId: unknown): string {
  if ((typeof userId === 'string' && userId !== '') || typeof userId === 'bigint') return String(userId)
  if (typeof userId === 'number' && Number.isFinite(userId)) return String(userId)
  throw new TypeError(`login: expected a user's id as a text or a number, got ${kindOf(userId)}`)
}
