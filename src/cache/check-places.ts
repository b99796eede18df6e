import { checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { isSentinelUrl } from '../redis/sentinel-url.ts'
import type { CacheOptions } from './options.ts'

const ofMemory = ['maxEntries', 'maxBytes'] as const
const ofReplicas = ['readFrom', 'readYourWrites'] as const
const ofServers = ['username', 'password', 'tls', 'sentinel', 'shards', ...ofReplicas] as const

/** Refuses options that mean nothing where the values are: they were meant for another place. @throws OptionError */
export function checkPlaces(options: CacheOptions): void {
  checkKinds(options)
  if (options.client !== undefined) return checkBesideClient(options)
  const { location = 'memory:', shards, tls, sentinel } = options
  if (isSharded(shards) && !Array.isArray(location)) {
    throw wrong('shards', "expected a list of locations to spread the keys over, such as ['redis://a', 'redis://b']")
  }
  if (location === 'memory:' || location === 'dummy:') refuse(options, ofServers, `'${location}' is no server`)
  checkReads(options)
  if (sentinel !== undefined && ![location].flat().some(isSentinelUrl)) {
    throw wrong('sentinel', 'no location names Sentinels; begin it with redis+sentinel: instead of redis:')
  }
  if (location !== 'memory:') refuse(options, ofMemory, "only 'memory:' is bounded here; Redis has maxmemory")
  if (tls !== undefined && !isEncrypted(location)) {
    throw wrong('tls', 'the location is not encrypted; begin it with rediss: instead of redis:')
  }
}

function checkReads(options: CacheOptions): void {
  const { location, shards, readFrom, readYourWrites } = options
  if (isSharded(shards)) refuse(options, ofReplicas, 'shards have no replicas')
  if (!Array.isArray(location) || location.length < 2) {
    refuse(
      options,
      ofReplicas,
      "there are no replicas; give them after the primary: ['redis://primary', 'redis://replica']",
    )
  }
  if (readFrom === 'replicas-only' && readYourWrites !== undefined && readYourWrites !== false) {
    throw wrong('readYourWrites', "is read from the primary, which readFrom: 'replicas-only' forbids: take one of them")
  }
}

function checkBesideClient(options: CacheOptions): void {
  if (options.location !== undefined) throw wrong('client', 'give either a client or a location, not both')
  refuse(options, [...ofMemory, ...ofServers], 'a client that is handed in brings its own')
}

function checkKinds({ username, password, tls, sentinel, shards }: CacheOptions): void {
  for (const [name, text] of Object.entries({ username, password })) {
    if (text !== undefined && typeof text !== 'string') throw wrong(name, `expected a text, got ${typeof text}`)
  }
  if (tls !== undefined && (typeof tls !== 'object' || tls === null)) {
    throw wrong('tls', `expected an object such as { ca }, got ${kindOf(tls)}; the location rediss: alone asks for TLS`)
  }
  if (shards !== undefined && typeof shards !== 'boolean' && shards !== 'rendezvous') {
    throw wrong('shards', `expected true, false or 'rendezvous', got ${kindOf(shards)}`)
  }
  if (sentinel !== undefined) checkOptions(sentinel, ['username', 'password', 'tls'], 'sentinel')
}

function isSharded(shards: CacheOptions['shards']): boolean {
  return shards === true || shards === 'rendezvous'
}

function refuse(options: CacheOptions, names: readonly (keyof CacheOptions)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined)
  if (given !== undefined) throw wrong(given, `means nothing for this cache: ${why}`)
}

/** A URL that cannot be is refused elsewhere, with better words. */
function isEncrypted(location: unknown): boolean {
  return [location].flat().some((url) => typeof url === 'string' && !/^redis(\+sentinel|\+cluster)?:/i.test(url))
}

function wrong(option: string, message: string): OptionError {
  return new OptionError(option, `${option}: ${message}`)
}
