import { type Bytes, toText } from '../base/bytes.ts'
import { readInteger as readPlainInteger } from '../base/integers.ts'

const form = /^[ \t\n\r\v\f]*([+-]?)(\d+(?:_\d+)*)[ \t\n\r\v\f]*$/

/** As many as Python reads. */
const mostDigits = 4300

/** Far more than any integer with its blanks has: longer texts are not looked at. */
const longest = 2 * mostDigits

/** What Python's `int()` makes of these bytes: blanks around, a sign, single underscores and zeros in front are fine. */
export function readPythonInteger(bytes: Bytes): number | bigint | undefined {
  const plain = readPlainInteger(bytes)
  if (plain !== undefined || bytes.byteLength > longest) return plain
  return parsePythonInteger(toText(bytes))
}

/** The same for text. */
export function parsePythonInteger(text: string): number | bigint | undefined {
  const [, sign, grouped = ''] = form.exec(text) ?? []
  const digits = grouped.replaceAll('_', '')
  if (digits === '' || digits.length > mostDigits) return undefined
  const integer = sign === '-' ? -BigInt(digits) : BigInt(digits)
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
}

/** Python's truth of a value out of JSON. */
export function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}
