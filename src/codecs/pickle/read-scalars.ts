import { PyByteArray } from './collections.ts'
import type { Machine, Operations } from './machine.ts'
import { op } from './opcodes.ts'
import { readQuoted, readRawUnicode } from './text.ts'
import { PyFloat } from './values.ts'

/** The longest integer, in bytes: what one can do with it takes more than linear time. */
export const mostIntegerBytes = 8192

/** As many digits as Python itself reads. */
const mostDigits = 4300

const floatText = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i

export const scalars: Operations = {
  [op.NONE]: (machine) => machine.push(null),
  [op.NEWTRUE]: (machine) => machine.push(true),
  [op.NEWFALSE]: (machine) => machine.push(false),

  [op.INT]: readInt,
  [op.BININT]: (machine) => machine.push(machine.bytes.readInt32LE(machine.take(4))),
  [op.BININT1]: (machine) => machine.push(machine.byte()),
  [op.BININT2]: (machine) => machine.push(machine.uint16()),
  [op.LONG]: (machine) => machine.push(integerText(machine, machine.line().replace(/L$/, ''))),
  [op.LONG1]: (machine) => machine.push(integerBytes(machine, machine.byte())),
  [op.LONG4]: (machine) => machine.push(integerBytes(machine, machine.uint32())),
  [op.FLOAT]: readFloat,
  [op.BINFLOAT]: (machine) => machine.push(floatValue(machine, machine.bytes.readDoubleBE(machine.take(8)))),

  [op.STRING]: (machine) => machine.push(readQuoted(machine.line()) ?? refuse(machine, 'a text is no ASCII')),
  [op.BINSTRING]: (machine) => machine.push(ascii(machine, machine.uint32())),
  [op.SHORT_BINSTRING]: (machine) => machine.push(ascii(machine, machine.byte())),
  [op.UNICODE]: (machine) => machine.push(readRawUnicode(machine.line()) ?? refuse(machine, 'a text is malformed')),
  [op.BINUNICODE]: (machine) => machine.push(machine.string(machine.uint32())),
  [op.SHORT_BINUNICODE]: (machine) => machine.push(machine.string(machine.byte())),
  [op.BINUNICODE8]: (machine) => machine.push(machine.string(machine.length8())),

  [op.BINBYTES]: (machine) => machine.pushNew(machine.copy(machine.uint32())),
  [op.SHORT_BINBYTES]: (machine) => machine.pushNew(machine.copy(machine.byte())),
  [op.BINBYTES8]: (machine) => machine.pushNew(machine.copy(machine.length8())),
  [op.BYTEARRAY8]: (machine) => machine.pushNew(new PyByteArray(machine.copy(machine.length8()))),
}

/** `00` and `01` are how protocols 0 and 1 write booleans. */
function readInt(machine: Machine): void {
  const line = machine.line()
  machine.push(line === '00' || line === '01' ? line === '01' : integerText(machine, line))
}

function readFloat(machine: Machine): void {
  const line = machine.line()
  if (!floatText.test(line)) throw machine.fail('a float is malformed')
  const infinite = /^([+-]?)inf/i.exec(line)
  const value = infinite === null ? Number(line.toLowerCase()) : infinite[1] === '-' ? -Infinity : Infinity
  machine.push(floatValue(machine, value))
}

/** Only whole floats that could be taken for an int need a word of their own; -0 and what is beyond 2^53 cannot. */
function floatValue(machine: Machine, value: number): unknown {
  if (machine.config.floats === 'number' || !Number.isSafeInteger(value) || Object.is(value, -0)) return value
  return new PyFloat(value)
}

function integerText(machine: Machine, text: string): number | bigint {
  const digits = /^[+-]?(\d+)$/.exec(text)?.[1]
  if (digits === undefined) throw machine.fail('an int is malformed')
  if (digits.length > mostDigits) throw machine.fail(`an int has more than ${mostDigits} digits`)
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  return BigInt(text.replace(/^\+/, ''))
}

/** Two's complement, the least byte first. */
function integerBytes(machine: Machine, length: number): number | bigint {
  if (length > mostIntegerBytes) throw machine.fail(`an int has more than ${mostIntegerBytes} bytes`)
  const start = machine.take(length)
  if (length === 0) return 0
  if (length <= 6) return machine.bytes.readIntLE(start, length)
  const hex = Buffer.from(machine.bytes.subarray(start, start + length).toReversed()).toString('hex')
  const value = BigInt.asIntN(length * 8, BigInt(`0x${hex}`))
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Python 2's `str`, which Python 3 takes for ASCII. */
function ascii(machine: Machine, length: number): string {
  const start = machine.take(length)
  for (let index = start; index < machine.position; index++) {
    if ((machine.bytes[index] as number) >= 0x80) throw machine.fail('a text is no ASCII')
  }
  return machine.bytes.toString('latin1', start, machine.position)
}

function refuse(machine: Machine, reason: string): never {
  throw machine.fail(reason)
}
