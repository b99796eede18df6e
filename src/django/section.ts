import { kindOf, nearest } from '../base/options.ts'
import { OptionError } from '../errors.ts'

/** One dict of a site's settings, and where it stands, such as `CACHES["default"]["OPTIONS"]`. */
export interface Section {
  readonly at: string
  readonly dict: Readonly<Record<string, unknown>>
}

/** @throws OptionError unless `value` is a dict. */
export function sectionOf(at: string, value: unknown): Section {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { at, dict: value as Readonly<Record<string, unknown>> }
  }
  throw new OptionError(at, `${at}: expected a dict (an object of JSON), got ${kindOf(value)}`)
}

/** A dict within a dict; an empty one when it is not given. */
export function subsection(parent: Section, name: string): Section {
  return sectionOf(placeOf(parent, name), given(parent, name) ?? {})
}

/** Such as `CACHES["default"]["BACKEND"]`. */
export function placeOf({ at }: Section, name: string): string {
  return `${at}["${name}"]`
}

/** What the dict holds under this name; `undefined` also for Python's None. */
export function given({ dict }: Section, name: string): unknown {
  return Object.hasOwn(dict, name) ? (dict[name] ?? undefined) : undefined
}

/** A text, if given; a number is its text. @throws OptionError for anything else */
export function textAt(section: Section, name: string): string | undefined {
  const value = given(section, name)
  if (typeof value === 'number') return String(value)
  if (value === undefined || typeof value === 'string') return value
  throw unexpected(section, name, 'a text')
}

export function unexpected(section: Section, name: string, expected: string): OptionError {
  const at = placeOf(section, name)
  return new OptionError(at, `${at}: expected ${expected}, got ${kindOf(section.dict[name])}`)
}

/** @throws OptionError for a name that is neither used nor knowingly ignored. */
export function checkNames(section: Section, known: readonly string[]): void {
  const odd = Object.keys(section.dict).find((name) => !known.includes(name))
  if (odd !== undefined) throw unknownAt(placeOf(section, odd), 'setting', odd, known)
}

/** @throws OptionError naming the nearest known name and all that are known. */
export function unknownAt(at: string, what: string, name: string, known: readonly string[]): OptionError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `did you mean "${near}"? `
  return new OptionError(at, `${at}: unknown ${what} "${name}"; ${hint}known are ${known.join(', ')}`)
}
