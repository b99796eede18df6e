import type { ConnectionOptions } from 'node:tls'

import type { Duration } from '../base/duration.ts'
import { checkOptions } from '../base/options.ts'
import type { KeyFunction, ReverseKeyFunction } from '../cache/key-space.ts'
import type { Logger } from '../cache/log.ts'
import type { DjangoFormats } from './formats.ts'
import { checkNames, type Section, sectionOf } from './section.ts'

/** What djangoCaches takes beside CACHES. */
export interface DjangoCachesOptions extends DjangoFormats {
  /** The settings of the site that are no part of CACHES: `DJANGO_REDIS_*`, `DJANGO_ASYNC_REDIS_*` and `CACHE_HERD_TIMEOUT`. */
  readonly globals?: Readonly<Record<string, unknown>>
  /** What the dotted paths of KEY_FUNCTION do. */
  readonly keyFunctions?: Readonly<Record<string, KeyFunction>>
  /** What the dotted paths of REVERSE_KEY_FUNCTION do. */
  readonly reverseKeyFunctions?: Readonly<Record<string, ReverseKeyFunction>>
  /** The longest that any call may take that goes to Redis. @defaultValue 1 second, or SOCKET_TIMEOUT when that is shorter */
  readonly deadline?: Duration
  /** For `rediss:`, instead of the `ssl_*` arguments, whose files may be on another machine. */
  readonly tls?: ConnectionOptions
  /** What bytes that cannot be read back are. @defaultValue `'throw'` */
  readonly onDecodeError?: 'throw' | 'miss'
  /** As the `logger` of `createCache`: what `DJANGO_REDIS_LOGGER` and `DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS` ask for, and more. */
  readonly logger?: Logger
}

const optionNames: readonly (keyof DjangoCachesOptions)[] = [
  'globals',
  'keyFunctions',
  'reverseKeyFunctions',
  'deadline',
  'tls',
  'onDecodeError',
  'logger',
  'serializers',
  'compressors',
  'pickle',
  'json',
  'msgpack',
  'paths',
]

const libraryGlobals = [
  'IGNORE_EXCEPTIONS',
  'LOG_IGNORED_EXCEPTIONS',
  'LOGGER',
  'SCAN_ITERSIZE',
  'CONNECTION_FACTORY',
  'CLOSE_CONNECTION',
]

const globalNames = [
  'CACHE_HERD_TIMEOUT',
  ...libraryGlobals.map((name) => `DJANGO_REDIS_${name}`),
  ...libraryGlobals.map((name) => `DJANGO_ASYNC_REDIS_${name}`),
]

/** @throws OptionError for names that are unknown. */
export function checkDjangoOptions(options: DjangoCachesOptions): void {
  checkOptions(options, optionNames, 'djangoCaches')
}

/** The site's settings outside of CACHES. @throws OptionError */
export function globalsOf(options: DjangoCachesOptions): Section {
  const globals = sectionOf('globals', options.globals ?? {})
  checkNames(globals, globalNames)
  return globals
}
