import { PyCounter, PyDefaultDict, PyOrderedDict, PyTuple } from '../codecs/pickle/collections.ts'
import { PyDate, PyDateTime, PyTime } from '../codecs/pickle/datetimes.ts'
import { PyTimeDelta } from '../codecs/pickle/timedelta.ts'
import { PyDecimal, PyFloat, PySafeString, PyUuid } from '../codecs/pickle/values.ts'
import { Unwritable } from '../codecs/unwritable.ts'
import { floatText } from './float-text.ts'
import type { DjangoJsonConfig } from './json.ts'

/** How Python's `json` writes one kind of text. */
export interface JsonStyle {
  readonly afterItem: string
  readonly afterKey: string
  /** Whether dates, decimals and the like become text, as `DjangoJSONEncoder` makes them; Python's own encoder refuses them. */
  readonly encodesTexts: boolean
}

const djangoStyle: JsonStyle = { afterItem: ', ', afterKey: ': ', encodesTexts: true }

/** A text while it is written. */
interface Draft {
  readonly config: DjangoJsonConfig
  readonly style: JsonStyle
  /** How many characters may still come: what is shared is written each time, and can come to any length. */
  left: number
}

/** The text of a value. @throws Unwritable */
export function writeJson(value: unknown, config: DjangoJsonConfig, style: JsonStyle = djangoStyle): string {
  return write(value, { config, style, left: config.maxBytes }, 0)
}

function write(value: unknown, draft: Draft, depth: number): string {
  if (typeof value === 'object' && value !== null) return writeObject(value, draft, depth)
  return counted(scalarText(value, draft.config), draft)
}

function counted(text: string, draft: Draft): string {
  draft.left -= text.length
  if (draft.left < 0) throw new TypeError('django-json: the value is longer than maxBytes allows')
  return text
}

function scalarText(value: unknown, config: DjangoJsonConfig): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return numberText(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return String(value)
    case 'object':
      return 'null'
    case 'undefined':
      if (config.undefinedAs === 'none') return 'null'
      throw new Unwritable(value, "JSON has no undefined; leave it out, or set undefinedAs: 'none'")
    default:
      throw new Unwritable(value, `JSON cannot hold a ${typeof value}`)
  }
}

function writeObject(value: object, draft: Draft, depth: number): string {
  if (depth >= draft.config.maxDepth) throw new Unwritable(value, 'it is nested more deeply than maxDepth allows')
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype || prototype === null) return writeEntries(Object.entries(value), draft, depth)
  if (lists.has(prototype)) return writeItems(value as readonly unknown[], draft, depth)
  if (dicts.has(prototype)) return writeEntries([...(value as Map<unknown, unknown>)], draft, depth)
  const text = textOf(prototype, draft.style)
  if (text === undefined)
    throw new Unwritable(value, `JSON cannot hold it; only what ${encoderOf(draft.style)} takes is written`)
  return counted(text(value), draft)
}

function writeItems(items: readonly unknown[], draft: Draft, depth: number): string {
  counted('[]', draft)
  return `[${Array.from(items, (item) => write(item, draft, depth + 1)).join(draft.style.afterItem)}]`
}

function writeEntries(entries: readonly (readonly [unknown, unknown])[], draft: Draft, depth: number): string {
  counted('{}', draft)
  const { afterItem, afterKey } = draft.style
  const parts = entries.map(([key, value]) => counted(keyText(key), draft) + afterKey + write(value, draft, depth + 1))
  return `{${parts.join(afterItem)}}`
}

/** Python turns these keys into text, and no others. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return quoted(key)
  if (key instanceof PySafeString) return quoted(key.valueOf())
  if (key instanceof PyFloat) return quoted(jsonFloat(key.valueOf()))
  if (typeof key === 'number') return quoted(numberText(key))
  if (typeof key === 'bigint' || typeof key === 'boolean' || key === null) return quoted(String(key))
  throw new Unwritable(key, 'a key in JSON is text, a number, a boolean or null')
}

/** What Python escapes; JSON has escaped the control characters below already. */
const beyondAscii = /[\u007f-\uffff]/

function quoted(text: string): string {
  const json = JSON.stringify(text)
  return beyondAscii.test(json) ? json.replaceAll(new RegExp(beyondAscii, 'g'), escaped) : json
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : jsonFloat(value)
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value)
  return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity'
}

const lists: ReadonlySet<object> = new Set([Array.prototype, PyTuple.prototype])
const dicts: ReadonlySet<object> = new Set([
  Map.prototype,
  PyOrderedDict.prototype,
  PyDefaultDict.prototype,
  PyCounter.prototype,
])

type Text = (value: object) => string

/** What Python's `json` takes for a float or a text itself. */
const plainTexts = new Map<object, Text>()
plainTexts.set(PyFloat.prototype, (value) => jsonFloat((value as PyFloat).valueOf()))
plainTexts.set(PySafeString.prototype, (value) => quoted((value as PySafeString).valueOf()))

/** What Django's encoder makes text of. */
const texts = new Map<object, Text>()
texts.set(Date.prototype, (value) => quoted(dateText(value as Date)))
texts.set(PyDateTime.prototype, (value) => quoted(dateTimeText((value as PyDateTime).toString())))
texts.set(PyTime.prototype, (value) => quoted(timeText(value as PyTime)))
for (const prototype of [PyDate.prototype, PyTimeDelta.prototype, PyDecimal.prototype, PyUuid.prototype]) {
  texts.set(prototype, (value) => quoted((value as PyDecimal).toString()))
}

function textOf(prototype: object, { encodesTexts }: JsonStyle): Text | undefined {
  return plainTexts.get(prototype) ?? (encodesTexts ? texts.get(prototype) : undefined)
}

function encoderOf({ encodesTexts }: JsonStyle): string {
  return encodesTexts ? 'DjangoJSONEncoder' : "Python's json"
}

function dateText(date: Date): string {
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new Unwritable(date, "a Date outside of Python's years 1 to 9999")
  return dateTimeText(String(PyDateTime.fromDate(date)))
}

/** ECMA-262's form: milliseconds are cut off, not rounded, and UTC is `Z`. */
function dateTimeText(iso: string): string {
  return iso.replace(/^([\dT-]*\d\d:\d\d:\d\d\.\d{3})\d{3}/, '$1').replace(/\+00:00$/, 'Z')
}

function timeText(time: PyTime): string {
  if (time.zone !== null) throw new Unwritable(time, 'JSON has no times of day with a zone')
  return dateTimeText(String(time))
}
