import { OptionError } from '../errors.ts'
import { brokenUrl, decodedPart } from './url-parts.ts'

/** Where one server is and how to enter. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  /** A unix socket's path, instead of host and port. */
  readonly path?: string | undefined
  readonly tls: boolean
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly database: number
}

const example =
  "such as 'redis://localhost:6379/1', 'rediss://user:password@cache.example.com:6380/0' or 'unix:///run/redis.sock?db=1'"

const noHost = 'no-host'

/** An "@" after a sign that ends the user and password, which it should end itself. */
const cutAccess = /^[a-z]+:\/\/[^/?#]*[/?#].*@/i

/** The path of a socket may have an "@". */
const cutSocketAccess = /^unix:\/\/[^/?#@]*:[^/?#@]*[/?#].*@/i

const unescapedSign = 'a "/", "?" or "#" in the user or password has to be written as "%2F", "%3F" or "%23"'

/** Reads a `redis:`, `rediss:` or `unix:` URL. @throws OptionError naming the part that cannot be. */
export function parseServerUrl(text: string): ServerAddress {
  const url = parseUrl(text)
  checkQuery(url)
  const access = { username: decoded(url.username, 'user'), password: decoded(url.password, 'password') }
  if (url.protocol === 'unix:')
    return { ...access, host: '', port: 0, path: socketPath(url), tls: false, database: queryDatabase(url) ?? 0 }
  return {
    ...access,
    host: hostOf(url),
    port: url.port === '' ? 6379 : portOf(url),
    tls: url.protocol === 'rediss:',
    database: queryDatabase(url) ?? pathDatabase(url),
  }
}

/** The address as a URL, without its password. */
export function describeServer(address: ServerAddress): string {
  const user = address.username === undefined ? '' : `${encodeURIComponent(address.username)}@`
  if (address.path !== undefined) return `unix://${user}${address.path}?db=${address.database}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.tls ? 'rediss' : 'redis'}://${user}${host}:${address.port}/${address.database}`
}

function parseUrl(text: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== 'redis' && scheme !== 'rediss' && scheme !== 'unix') {
    throw new OptionError(
      'location',
      `location: expected 'memory:', 'dummy:' or a URL that begins with redis:, rediss: or unix:, ${example}; got ${schemeShown(scheme)}`,
    )
  }
  if (!/^[a-z+]+:\/\//i.test(text)) throw broken('two slashes after the scheme are missing')
  // Looked at first: what follows such a sign is taken for host, database or query, and would be shown.
  if ((scheme === 'unix' ? cutSocketAccess : cutAccess).test(text)) throw broken(unescapedSign)
  // A user before an empty host is no URL elsewhere, and is how Django writes one before a socket's path.
  const parsable = text.replace(/^unix:\/\/([^/?#]*@)\//i, `unix://$1${noHost}/`)
  if (URL.canParse(parsable)) return new URL(parsable)
  throw broken(partThatCannotBe(text))
}

function schemeShown(scheme: string | undefined): string {
  return scheme === undefined ? 'a text without a scheme' : `${scheme}:`
}

/** The URL parser only says no; which part it is, is found by taking parts away. */
function partThatCannotBe(text: string): string {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1] ?? ''
  const place = authority.slice(authority.lastIndexOf('@') + 1)
  const port = /:([^:\]]*)$/.exec(place)?.[1]
  if (port !== undefined && !(/^\d*$/.test(port) && Number(port) <= 65_535))
    return `the port "${port}" is no number from 1 to 65535`
  return `the host "${place.replace(/:[^:\]]*$/, '')}" cannot be one`
}

function hostOf(url: URL): string {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return host === '' ? 'localhost' : (decoded(host, 'host') ?? host)
}

function portOf(url: URL): number {
  const port = Number(url.port)
  if (port >= 1) return port
  throw broken('the port "0" is no number from 1 to 65535')
}

function socketPath(url: URL): string {
  const folder = url.hostname === '' || url.hostname === noHost ? '' : `/${url.hostname}`
  const path = decoded(folder + url.pathname, 'path')
  if (path === undefined || path === '/') throw broken('the path of the socket is missing')
  return path
}

function pathDatabase(url: URL): number {
  const text = url.pathname.replace(/^\/|\/$/g, '')
  return text === '' ? 0 : databaseOf(text)
}

function queryDatabase(url: URL): number | undefined {
  const text = url.searchParams.get('db')
  return text === null ? undefined : databaseOf(text)
}

function databaseOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw broken(`the database "${text}" is no number; write it after the host, as in /0`)
}

function checkQuery(url: URL): void {
  for (const name of url.searchParams.keys()) {
    if (name !== 'db')
      throw broken(`the query "?${name}=" means nothing here; only "?db=" does, everything else is an option`)
  }
}

function decoded(part: string, name: string): string | undefined {
  return decodedPart(part, name, broken)
}

function broken(why: string): OptionError {
  return brokenUrl(why, example)
}
