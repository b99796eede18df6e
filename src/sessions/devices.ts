import type { Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { untilDone } from './attempts.ts'
import { type Entries, type Entry, lifeOf, readEntries, writeEntries } from './device-entries.ts'
import { own } from './fields.ts'
import { hashed } from './ids.ts'
import type { Records } from './records.ts'
import { userOf } from './state.ts'

/** One of a user's sessions. */
export interface Device {
  /** Names the session, as `session.id` does; it logs nobody in. */
  readonly id: string
  /** What `login` was told. */
  readonly device: string | undefined
  readonly createdAt: Date
  /** To a tenth of the idle time. */
  readonly lastSeenAt: Date
  /** When it ends unless it is used; `null` never. */
  readonly expiresAt: Date | null
}

/** Which of a user's sessions to end. */
export interface Targets {
  /** The cache's key of the one that stays. */
  readonly except?: string | undefined
  /** The `id` of the only one. */
  readonly only?: string | undefined
}

/** A session to be listed. */
export interface Listed {
  readonly name: string
  readonly device?: string | undefined
  readonly endsAt: number | null
  /** The key it had before. */
  readonly from?: string | undefined
}

/** More are no devices but somebody's script: those seen longest ago end. */
const mostSessions = 200

/**
 * The sessions of each user, as one value that is changed by compare-and-swap. A session is listed before its key is
 * handed out, and stays listed until its record is gone: so what is alive and known to anybody is listed, and what a
 * revocation finds it ends. What is listed and not alive (a lost answer, an eviction) is shown to nobody.
 */
export class Devices {
  readonly #records: Records
  readonly #prefix: string
  readonly #clock: Clock

  constructor(records: Records, prefix: string, clock: Clock) {
    this.#records = records
    this.#prefix = prefix
    this.#clock = clock
  }

  /** Lists a session that was just created. False when the key it had before is being revoked: it must not live. */
  async add(user: string, { name, device, endsAt, from }: Listed): Promise<boolean> {
    const now = this.#clock.now()
    let surplus: readonly string[] = []
    const added = await this.#change(user, (entries) => {
      const before = from === undefined ? undefined : entries.get(from)
      if (before?.isEnding === true) return undefined
      entries.set(name, {
        device: device ?? before?.device,
        created: before?.created ?? now,
        seen: now,
        endsAt,
        from,
        isEnding: false,
      })
      surplus = surplusOf(entries)
      return entries
    })
    if (surplus.length > 0) await this.#end(user, surplus)
    return added
  }

  /**
   * Notes that a session is in use and when it ends now. False when it is being revoked. One that is not in the list is
   * put there, since others may have logged it in, unless it is missing because it has ended or moved.
   */
  async touch(user: string, name: string, endsAt: number | null): Promise<boolean> {
    const now = this.#clock.now()
    let isAdded = false
    const isNoted = await this.#change(user, (entries) => {
      const known = entries.get(name)
      if (known?.isEnding === true) return undefined
      isAdded = known === undefined
      const entry = known ?? { device: undefined, created: now, from: undefined, isEnding: false }
      return entries.set(name, { ...entry, seen: now, endsAt })
    })
    // Whoever ends a session takes it off the list last: what is alive after it was put there will be taken off.
    if (isAdded && !(await this.#isAlive(user, name))) await this.drop(user, [name])
    return isNoted
  }

  /** Takes sessions off the list whose records are gone. A failure leaves them there, where they are shown to nobody. */
  async drop(user: string, names: readonly string[]): Promise<void> {
    try {
      await this.#drop(user, names)
    } catch (error) {
      this.#records.report('session', error)
    }
  }

  /** The sessions that are alive, the one used last first. */
  async list(user: string): Promise<Device[]> {
    const { entries } = await this.#read(user)
    const devices = await Promise.all([...entries].map(([name, entry]) => this.#ifAlive(user, name, entry)))
    return devices
      .filter((device) => device !== undefined)
      .toSorted((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
  }

  /**
   * Ends sessions; how many were listed. They are marked first, so that one which is about to get another key does not
   * get away, and stay listed until their records are gone, so that a revocation that failed half way can be repeated.
   */
  async revoke(user: string, { except, only }: Targets): Promise<number> {
    // The one that stays may have changed its key more than once since.
    const moved = except === undefined ? undefined : await this.#records.follow(except)
    const spared = new Set([except, moved?.name])
    let names: string[] = []
    await this.#change(user, (entries) => {
      names = [...entries].filter(([name, entry]) => isTarget(name, entry, { spared, only })).map(([name]) => name)
      for (const name of names) entries.set(name, { ...(entries.get(name) as Entry), isEnding: true })
      return names.length === 0 ? undefined : entries
    })
    await this.#end(user, names)
    return names.length
  }

  async #end(user: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    await this.#records.end(names)
    await this.#drop(user, names)
  }

  async #drop(user: string, names: readonly string[]): Promise<void> {
    await this.#change(user, (entries) => {
      const there = names.filter((name) => entries.delete(name))
      return there.length === 0 ? undefined : entries
    })
  }

  async #ifAlive(user: string, name: string, entry: Entry): Promise<Device | undefined> {
    if (!(await this.#isAlive(user, name))) return undefined
    return {
      id: deviceId(name),
      device: entry.device,
      createdAt: new Date(entry.created),
      lastSeenAt: new Date(entry.seen),
      expiresAt: entry.endsAt === null ? null : new Date(entry.endsAt),
    }
  }

  async #isAlive(user: string, name: string): Promise<boolean> {
    const { found } = await this.#records.read(name)
    return found !== undefined && !found.fields.has(own.moved) && userOf(found.fields) === user
  }

  /** Puts what `edit` makes of the list in its place; `undefined` leaves it, which is answered with false. */
  #change(user: string, edit: (entries: Entries) => Entries | undefined): Promise<boolean> {
    return untilDone('list', async () => {
      const { bytes, entries } = await this.#read(user)
      const edited = edit(entries)
      if (edited === undefined) return false
      return (await this.#write(user, bytes, edited)) ? true : undefined
    })
  }

  async #read(user: string): Promise<{ bytes: Bytes | undefined; entries: Entries }> {
    const bytes = await this.#records.readRaw(this.#name(user))
    return { bytes, entries: bytes === undefined ? new Map() : readEntries(bytes, this.#clock.now()) }
  }

  #write(user: string, expected: Bytes | undefined, entries: Entries): Promise<boolean> {
    const name = this.#name(user)
    if (entries.size > 0) {
      return this.#records.writeRaw(name, expected, writeEntries(entries), lifeOf(entries, this.#clock.now()))
    }
    return expected === undefined ? Promise.resolve(true) : this.#records.removeRaw(name, expected)
  }

  /** Whoever reads the keys of the cache does not read names of users. */
  #name(user: string): string {
    return `${this.#prefix}user:${hashed(user)}`
  }
}

/** The public name of a session, of which its key cannot be told. */
export function deviceId(name: string): string {
  return hashed(name).slice(0, 22)
}

interface Rule {
  /** Names of the one that stays. */
  readonly spared: ReadonlySet<string | undefined>
  readonly only: string | undefined
}

function isTarget(name: string, { from }: Entry, { spared, only }: Rule): boolean {
  if (only !== undefined && deviceId(name) !== only) return false
  return !spared.has(name) && (from === undefined || !spared.has(from))
}

function surplusOf(entries: Entries): string[] {
  if (entries.size <= mostSessions) return []
  const bySeen = [...entries].toSorted(([, a], [, b]) => a.seen - b.seen)
  return bySeen.slice(0, entries.size - mostSessions).map(([name]) => name)
}
