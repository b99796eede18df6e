import type { CacheOptions } from '../cache/options.ts'
import { OptionError } from '../errors.ts'
import { standIn } from './backends.ts'
import type { DjangoCachesOptions } from './options.ts'
import { parsePythonInteger } from './python.ts'
import { given, placeOf, type Section, textAt, unexpected } from './section.ts'

/** KEY_PREFIX, VERSION, KEY_FUNCTION, REVERSE_KEY_FUNCTION and TIMEOUT of an alias. @throws OptionError */
export function keySettings(alias: Section, options: DjangoCachesOptions): CacheOptions {
  return {
    timeout: timeoutOf(alias),
    keyPrefix: textAt(alias, 'KEY_PREFIX') ?? '',
    ...versionOf(alias),
    ...keyFunctionsOf(alias, options),
  }
}

/** In seconds. What is no number is Django's default, as there; only None is for ever. */
function timeoutOf(alias: Section): number | null {
  const name = Object.hasOwn(alias.dict, 'timeout') ? 'timeout' : 'TIMEOUT'
  const value = Object.hasOwn(alias.dict, name) ? alias.dict[name] : 300
  if (value === null) return null
  const seconds = typeof value === 'string' ? parsePythonInteger(value) : value
  if (typeof seconds === 'boolean') return Number(seconds)
  return typeof seconds === 'number' ? Math.trunc(seconds) : 300
}

function versionOf(alias: Section): { version?: number | string } {
  const version = given(alias, 'VERSION')
  if (version === undefined) return {}
  if (typeof version === 'number' || typeof version === 'string') return { version }
  throw unexpected(alias, 'VERSION', 'a number or a text')
}

const usualKeyFunction = 'django.core.cache.backends.base.default_key_func'
const usualReverse = ['django_redis.util.default_reverse_key', 'django_async_redis.util.default_reverse_key']

function keyFunctionsOf(alias: Section, options: DjangoCachesOptions): CacheOptions {
  const { keyFunctions = {}, reverseKeyFunctions = {}, paths = {} } = options
  const own = textAt(alias, 'KEY_FUNCTION')
  const ownReverse = textAt(alias, 'REVERSE_KEY_FUNCTION')
  const isOwn = own !== undefined && standIn(own, paths) !== usualKeyFunction
  const isOwnReverse = ownReverse !== undefined && !usualReverse.includes(standIn(ownReverse, paths))
  return {
    ...(isOwn ? { keyFunction: mapped(alias, 'KEY_FUNCTION', keyFunctions, 'keyFunctions') } : {}),
    ...(isOwnReverse
      ? { reverseKeyFunction: mapped(alias, 'REVERSE_KEY_FUNCTION', reverseKeyFunctions, 'reverseKeyFunctions') }
      : {}),
  }
}

function mapped<T>(alias: Section, name: string, functions: Readonly<Record<string, T>>, option: string): T {
  const path = textAt(alias, name) ?? ''
  if (Object.hasOwn(functions, path)) return functions[path] as T
  const at = placeOf(alias, name)
  const known = Object.keys(functions)
  const hint = known.length === 0 ? '' : `known are ${known.join(', ')}; `
  const advice = `write the same in JavaScript and hand it to djangoCaches as ${option}: { '${path}': ... }`
  throw new OptionError(at, `${at}: unknown function "${path}"; ${hint}${advice}`)
}
