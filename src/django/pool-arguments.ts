import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

import { OptionError } from '../errors.ts'
import { parsePythonInteger } from './python.ts'
import { checkNames, given, placeOf, type Section, textAt, unexpected } from './section.ts'

/** What redis-py's connections take that means something here. */
export interface PoolArguments {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly database?: number | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly socketTimeoutMs?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly ssl?: boolean | undefined
  readonly tls?: ConnectionOptions | undefined
}

const used = ['host', 'port', 'db', 'username', 'password', 'socket_timeout', 'socket_connect_timeout', 'ssl']
const usedForTls = [
  'ssl_cert_reqs',
  'ssl_check_hostname',
  'ssl_ca_certs',
  'ssl_ca_data',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_password',
]

/** There is one connection to a server here, made anew when it is lost, and bytes are bytes: these have nothing to say. */
export const ignoredPoolArguments: readonly string[] = [
  'max_connections',
  'timeout',
  'retry',
  'retry_on_timeout',
  'retry_on_error',
  'health_check_interval',
  'socket_keepalive',
  'socket_keepalive_options',
  'socket_read_size',
  'socket_type',
  'encoding',
  'encoding_errors',
  'decode_responses',
  'legacy_responses',
  'protocol',
  'parser_class',
  'connection_class',
  'queue_class',
  'client_name',
  'lib_name',
  'lib_version',
]

/** Keyword arguments of a pool, or the query of a URL, where all are text. @throws OptionError */
export function readPoolArguments(section: Section, tls: ConnectionOptions | undefined): PoolArguments {
  checkNames(section, [...used, ...usedForTls, ...ignoredPoolArguments])
  return {
    host: textAt(section, 'host'),
    port: integerAt(section, 'port'),
    database: integerAt(section, 'db'),
    username: textAt(section, 'username'),
    password: textAt(section, 'password'),
    socketTimeoutMs: secondsAt(section, 'socket_timeout'),
    connectTimeoutMs: secondsAt(section, 'socket_connect_timeout'),
    ssl: booleanAt(section, 'ssl'),
    tls: tls ?? readTls(section),
  }
}

/** Those that are given in `above` win. */
export function over(below: PoolArguments, above: PoolArguments): PoolArguments {
  const wins = Object.entries(above).filter(([, value]) => value !== undefined)
  return { ...below, ...Object.fromEntries(wins), tls: mergedTls(below.tls, above.tls) }
}

/** Milliseconds, out of seconds; 0 and nothing are not given. @throws OptionError for what is no number */
export function secondsAt(section: Section, name: string): number | undefined {
  const value = given(section, name)
  if (value === undefined || value === '' || value === false) return undefined
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) {
    throw unexpected(section, name, 'a number of seconds')
  }
  return seconds === 0 ? undefined : Math.max(1, Math.round(seconds * 1000))
}

function integerAt(section: Section, name: string): number | undefined {
  const value = given(section, name)
  if (value === undefined) return undefined
  const integer = typeof value === 'string' ? parsePythonInteger(value) : value
  if (typeof integer === 'number' && Number.isInteger(integer) && integer >= 0) return integer
  throw unexpected(section, name, 'a whole number from 0')
}

function booleanAt(section: Section, name: string): boolean | undefined {
  const value = given(section, name)
  if (typeof value === 'string') return value === '' ? undefined : !/^(?:0|f|false|n|no)$/i.test(value)
  if (value === undefined || typeof value === 'boolean') return value
  throw unexpected(section, name, 'true or false')
}

function readTls(section: Section): ConnectionOptions | undefined {
  const certificates = certificatesOf(section)
  const ca = textAt(section, 'ssl_ca_data') ?? fileAt(section, 'ssl_ca_certs')
  const read: ConnectionOptions = {
    ...certificates,
    ...(ca === undefined ? {} : { ca }),
    ...(isUnverified(section) ? { rejectUnauthorized: false } : {}),
    ...(booleanAt(section, 'ssl_check_hostname') === false ? { checkServerIdentity: () => undefined } : {}),
  }
  return Object.keys(read).length === 0 ? undefined : read
}

function certificatesOf(section: Section): ConnectionOptions {
  const cert = fileAt(section, 'ssl_certfile')
  const key = fileAt(section, 'ssl_keyfile') ?? cert
  const passphrase = textAt(section, 'ssl_password')
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

/** Python's None and `ssl.CERT_NONE` verify nothing; a name that is left out verifies. */
function isUnverified(section: Section): boolean {
  if (!Object.hasOwn(section.dict, 'ssl_cert_reqs')) return false
  const wanted = section.dict['ssl_cert_reqs']
  if (wanted === null || wanted === 0 || wanted === 'none') return true
  if (wanted === 1 || wanted === 2 || wanted === 'optional' || wanted === 'required') return false
  throw unexpected(section, 'ssl_cert_reqs', '"none", "optional" or "required"')
}

function fileAt(section: Section, name: string): Buffer | undefined {
  const path = textAt(section, name)
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (cause) {
    const at = placeOf(section, name)
    const advice = 'put it there, or hand the certificates to djangoCaches as the option tls'
    throw new OptionError(at, `${at}: the file cannot be read on this machine: ${advice}`, cause)
  }
}

function mergedTls(below?: ConnectionOptions, above?: ConnectionOptions): ConnectionOptions | undefined {
  return below === undefined && above === undefined ? undefined : { ...below, ...above }
}
