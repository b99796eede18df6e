import { isUtf8 } from 'node:buffer'

import { type Bytes, view } from '../base/bytes.ts'
import { DecodeError } from '../errors.ts'

/**
 * What the JSON text in `bytes` says, exactly as `JSON.parse` reads it; malformed UTF-8 is refused instead of mended.
 *
 * @throws DecodeError
 */
export function parseJsonText(bytes: Bytes, format: string): unknown {
  if (!isUtf8(bytes)) throw new DecodeError('', format, 'it is not UTF-8 text')
  try {
    return JSON.parse(view(bytes).toString('utf8')) as unknown
  } catch {
    // The engine's own error quotes the text, which is the user's value, so it is not handed on.
    throw new DecodeError('', format, 'it is not well-formed JSON')
  }
}

/** Whether JSON text may begin so: blanks, `{ [ " t f n`, a digit or a minus sign. */
export function mayBeJsonText(bytes: Bytes): boolean {
  const first = bytes[0]
  return first !== undefined && firstBytes.has(first)
}

const firstBytes: ReadonlySet<number> = new Set(Buffer.from(' \t\n\r{["tfn-0123456789'))
