import { inspect } from 'node:util'

import { OptionError } from '../errors.ts'

/**
 * Refuses what is no options object and names that are unknown, each with the nearest known one.
 *
 * @throws OptionError
 */
export function checkOptions(options: unknown, known: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(where, `${where}: expected an object with options, got ${kindOf(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw unknownName(name, known, where)
  }
}

/** `value`, when it is one of `choices`. @throws OptionError */
export function checkChoice<T extends string>(value: unknown, choices: readonly T[], option: string): T {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw new OptionError(option, `${option}: expected ${listed(choices)}, got ${kindOf(value)}`)
}

/** `value`, when it is a whole number within the bounds. @throws OptionError */
export function checkInteger(value: unknown, bounds: readonly [least: number, most: number], option: string): number {
  const [least, most] = bounds
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new OptionError(option, `${option}: expected a whole number from ${least} to ${most}, got ${kindOf(value)}`)
}

/** @throws OptionError for what is neither true nor false. */
export function checkFlag(value: unknown, option: string): void {
  if (typeof value !== 'boolean')
    throw new OptionError(option, `${option}: expected true or false, got ${kindOf(value)}`)
}

/** What a value is, in words that give nothing long or secret away. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return value.length <= 24 ? `'${value}'` : `a text of ${value.length} characters`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'function') return 'a function'
  return inspect(value)
}

function unknownName(name: string, known: readonly string[], where: string): OptionError {
  const near = nearest(name, known)
  const hint = near === undefined ? `known are ${listed(known)}` : `did you mean "${near}"?`
  return new OptionError(name, `${where}: unknown option "${name}"; ${hint}`)
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

/** The known name that is few enough slips of the finger away. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, slips: slips(name.toLowerCase(), candidate.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.slips - b.slips)[0]
  return best !== undefined && best.slips <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined
}

/** Levenshtein's distance. */
function slips(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
