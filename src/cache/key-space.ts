import { escapeGlob } from '../base/glob.ts'
import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** What users name values by. A number is the text of it. */
export type Key = string | number

/** Part of every wire key: another version is another value. */
export type Version = number | string

/** Makes a wire key of the user's key, as Django's KEY_FUNCTION. */
export type KeyFunction = (key: string, keyPrefix: string, version: Version) => string

/** The user's key in a wire key, as django-redis' REVERSE_KEY_FUNCTION. */
export type ReverseKeyFunction = (wireKey: string) => string

/** The user's keys to wire keys and back. */
export interface KeySpace {
  readonly version: Version
  /** @throws TypeError for what is no key, OptionError for a version that cannot be. */
  wire(key: Key, version: Version | undefined): string
  /** A glob over wire keys for the user's glob. */
  pattern(glob: string, version: Version | undefined): string
  /** A glob over all keys of this prefix, whatever their version. */
  everything(): string
  /** The user's key. */
  user(wireKey: string): string
}

export interface KeySpaceSettings {
  readonly keyPrefix: string
  readonly version: Version
  readonly keyFunction: KeyFunction | undefined
  readonly reverseKeyFunction: ReverseKeyFunction | undefined
}

export function createKeySpace(settings: KeySpaceSettings): KeySpace {
  const { keyPrefix, version } = settings
  const keyFunction = settings.keyFunction === undefined ? joinKey : checkedAnswers(settings.keyFunction)
  const reverse =
    settings.reverseKeyFunction ?? (settings.keyFunction === undefined ? splitKey(keyPrefix) : cannotReverse)
  const usual = keyFunction === joinKey ? `${keyPrefix}:${version}:` : undefined
  const escapedPrefix = escapeGlob(keyPrefix)

  return {
    version,
    wire(key, given) {
      const text = keyText(key)
      if (given === undefined && usual !== undefined) return usual + text
      return keyFunction(text, keyPrefix, given === undefined ? version : checkVersion(given))
    },
    pattern(glob, given) {
      if (typeof glob !== 'string') throw new TypeError(`A pattern is a text such as 'user:*', got ${kindOf(glob)}`)
      return keyFunction(glob, escapedPrefix, escapeGlob(String(given === undefined ? version : checkVersion(given))))
    },
    everything: () => keyFunction('*', escapedPrefix, '*'),
    user: reverse,
  }
}

/** @throws OptionError: a colon would make the version unreadable in the wire key. */
export function checkVersion(version: unknown): Version {
  if (typeof version === 'number' && Number.isFinite(version)) return version
  if (typeof version === 'string' && version !== '' && !version.includes(':')) return version
  const form = "expected a number or a text without a colon, such as 2 or 'beta'"
  throw new OptionError('version', `version: ${form}; got ${kindOf(version)}`)
}

/** @throws TypeError */
export function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' && Number.isFinite(key)) return String(key)
  throw new TypeError(`A key is a text or a finite number, got ${kindOf(key)}`)
}

function joinKey(key: string, keyPrefix: string, version: Version): string {
  return `${keyPrefix}:${version}:${key}`
}

function checkedAnswers(keyFunction: KeyFunction): KeyFunction {
  return (key, keyPrefix, version) => {
    const wireKey: unknown = keyFunction(key, keyPrefix, version)
    if (typeof wireKey === 'string') return wireKey
    throw new TypeError(`keyFunction: expected it to return a text, got ${kindOf(wireKey)}`)
  }
}

/** Knows how long the prefix is, so that it may hold colons itself. */
function splitKey(keyPrefix: string): ReverseKeyFunction {
  return (wireKey) => wireKey.slice(wireKey.indexOf(':', keyPrefix.length + 1) + 1)
}

function cannotReverse(): never {
  throw new OptionError(
    'reverseKeyFunction',
    'reverseKeyFunction: needed to list keys, because this cache has a keyFunction: give the function that finds the key in what keyFunction made',
  )
}
