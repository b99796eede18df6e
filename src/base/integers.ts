import { CommandError } from '../errors.ts'
import { type Bytes, toText } from './bytes.ts'

const zero = 0x30
const nine = 0x39
const minus = 0x2d

/** As many as Python reads: turning text into a number takes quadratic time. */
const mostDigits = 4300

/** The integer that these bytes write in plain decimal (`0`, `-12`, no sign or zero in front); else `undefined`. */
export function readInteger(bytes: Bytes): number | bigint | undefined {
  const first = bytes[0]
  if (first === undefined || (first !== minus && (first < zero || first > nine))) return undefined
  const start = first === minus ? 1 : 0
  if (!isPlainDecimal(bytes, start)) return undefined
  const text = toText(bytes)
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** As {@link readInteger}, for counting. @throws CommandError when it is none. */
export function integerOf(bytes: Bytes, operation: string): bigint {
  const integer = readInteger(bytes)
  if (integer !== undefined) return BigInt(integer)
  const message = `${operation}: the value is no integer; only whole numbers set as such can be counted`
  throw new CommandError(operation, 'ERR', message)
}

function isPlainDecimal(bytes: Bytes, start: number): boolean {
  const digits = bytes.length - start
  if (digits < 1 || digits > mostDigits) return false
  if (bytes[start] === zero && (digits > 1 || start === 1)) return false
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index] as number
    if (byte < zero || byte > nine) return false
  }
  return true
}
