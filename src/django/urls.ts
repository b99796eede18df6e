import { OptionError } from '../errors.ts'

/** A connection string of Django's, in its parts, as redis-py reads it. */
export interface DjangoUrl {
  readonly scheme: 'redis' | 'rediss' | 'unix'
  readonly username: string | undefined
  readonly password: string | undefined
  /** In lower case. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** Of `unix:`, the socket. */
  readonly path: string
  /** The first of each name that has a value, decoded. */
  readonly query: Readonly<Record<string, string>>
}

const form = /^(redis|rediss|unix):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/

/** Reads `redis://[[user]:[password]]@host:port/db?...`, `rediss://...` or `unix://...@/path?db=0`. @throws OptionError */
export function parseDjangoUrl(at: string, text: string): DjangoUrl {
  const match = form.exec(text)
  if (match === null) throw broken(at, 'the scheme is none of redis://, rediss:// and unix://')
  const [, scheme, authority = '', path = '', query = ''] = match
  const split = authority.lastIndexOf('@')
  const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(split, 0))) ?? []
  return {
    scheme: scheme as DjangoUrl['scheme'],
    username: unquoted(username),
    password: unquoted(password),
    ...hostPort(at, authority.slice(split + 1)),
    path: unquoted(path) ?? '',
    query: queryOf(query),
  }
}

/** The database that the path names; one that is no number is passed over, as there. */
export function pathDatabase({ scheme, path }: DjangoUrl): number | undefined {
  const text = path.replaceAll('/', '')
  return scheme !== 'unix' && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function hostPort(at: string, text: string): { host: string | undefined; port: number | undefined } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(text)
  if (match === null || Number(match[3] ?? 0) > 65_535) throw broken(at, 'host or port cannot be')
  const host = unquoted(match[1] ?? match[2] ?? '')?.toLowerCase()
  return { host, port: match[3] === undefined || match[3] === '' ? undefined : Number(match[3]) }
}

function queryOf(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(text)) if (value !== '') query[name] ??= value
  return query
}

/** As Python's `unquote`: what is no escape stays. */
function unquoted(text: string): string | undefined {
  if (text === '') return undefined
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())
}

/** The text itself is not shown: it may hold a password. */
function broken(at: string, why: string): OptionError {
  return new OptionError(at, `${at}: ${why}; expected a URL such as redis://user:password@host:6379/1`)
}
