import { PyGlobal } from './values.ts'

/** Every name that is known. Each is one object, so that it can be told by identity. */
const names = new Map<string, PyGlobal>()

function name(module: string, ...spelled: string[]): PyGlobal[] {
  return spelled.map((each) => {
    const global = new PyGlobal(module, each)
    names.set(`${module} ${each}`, global)
    return global
  })
}

function one(module: string, spelled: string): PyGlobal {
  return name(module, spelled)[0] as PyGlobal
}

/** What has a recipe, or is written, by its name here. */
type Name =
  | 'bytearray'
  | 'bytes'
  | 'complex'
  | 'frozenset'
  | 'getattr'
  | 'object'
  | 'set'
  | 'encode'
  | 'reconstructor'
  | 'Counter'
  | 'OrderedDict'
  | 'defaultdict'
  | 'deque'
  | 'date'
  | 'datetime'
  | 'time'
  | 'timedelta'
  | 'timezone'
  | 'Decimal'
  | 'UUID'
  | 'ZoneInfo'
  | 'zoneUnpickle'
  | 'pytzUtc'
  | 'pytzZone'
  | 'SafeString'
  | 'HerdMarker'

/** What has a recipe, or is written. */
export const globals: Readonly<Record<Name, PyGlobal>> = {
  bytearray: one('builtins', 'bytearray'),
  bytes: one('builtins', 'bytes'),
  complex: one('builtins', 'complex'),
  frozenset: one('builtins', 'frozenset'),
  getattr: one('builtins', 'getattr'),
  object: one('builtins', 'object'),
  set: one('builtins', 'set'),
  encode: one('_codecs', 'encode'),
  reconstructor: one('copyreg', '_reconstructor'),
  Counter: one('collections', 'Counter'),
  OrderedDict: one('collections', 'OrderedDict'),
  defaultdict: one('collections', 'defaultdict'),
  deque: one('collections', 'deque'),
  date: one('datetime', 'date'),
  datetime: one('datetime', 'datetime'),
  time: one('datetime', 'time'),
  timedelta: one('datetime', 'timedelta'),
  timezone: one('datetime', 'timezone'),
  Decimal: one('decimal', 'Decimal'),
  UUID: one('uuid', 'UUID'),
  ZoneInfo: one('zoneinfo', 'ZoneInfo'),
  zoneUnpickle: one('zoneinfo', 'ZoneInfo._unpickle'),
  pytzUtc: one('pytz', '_UTC'),
  pytzZone: one('pytz', '_p'),
  SafeString: one('django.utils.safestring', 'SafeString'),
  HerdMarker: one('django_redis.client.herd', 'Marker'),
}

// These are names only, for the factories of defaultdicts.
name('builtins', 'bool', 'dict', 'float', 'int', 'list', 'str', 'tuple')

/** What protocols up to 2 and older versions of Python and Django call the same things. */
const modules: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' }
const aliases: ReadonlyMap<string, string> = new Map([
  ['builtins long', 'builtins int'],
  ['builtins unicode', 'builtins str'],
  ['django.utils.safestring SafeText', 'django.utils.safestring SafeString'],
])

/** The one object for a name on the allow list. */
export function knownGlobal(module: string, spelled: string): PyGlobal | undefined {
  const current = Object.hasOwn(modules, module) ? modules[module] : module
  const key = `${current} ${spelled}`
  return names.get(aliases.get(key) ?? key)
}

/** Whether CPython's own is written in C. */
export function isNative(global: PyGlobal): boolean {
  return natives.has(global.module) || nativeCollections.has(global)
}

const natives: ReadonlySet<string> = new Set(['_codecs', 'builtins', 'datetime', 'decimal', 'zoneinfo'])
const nativeCollections: ReadonlySet<PyGlobal> = new Set([globals.OrderedDict, globals.defaultdict, globals.deque])
