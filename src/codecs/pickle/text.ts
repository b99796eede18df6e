/** Text as Python writes it into pickles. */

const replacement = '\uFFFD'

/** UTF-8, which may hold lone surrogates (Python's `surrogatepass`); `undefined` when it is malformed. */
export function readUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end)
  if (!text.includes(replacement)) return text
  return readUtf8Slowly(bytes, start, end)
}

/** Whether UTF-8 as `Buffer` writes it would lose a surrogate that stands alone. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** UTF-8 with the lone surrogates of `text` as three bytes each. */
export function writeUtf8(text: string): Buffer {
  const parts: Buffer[] = []
  for (const part of text.split(/(\p{Surrogate})/u)) {
    const unit = part.length === 1 ? part.charCodeAt(0) : 0
    parts.push(unit >= 0xd800 && unit <= 0xdfff ? threeBytes(unit) : Buffer.from(part))
  }
  return Buffer.concat(parts)
}

/** Python's `raw-unicode-escape`: Latin-1, where `\uXXXX` and `\UXXXXXXXX` stand for the rest. */
export function readRawUnicode(line: string): string | undefined {
  let valid = true
  const text = line.replaceAll(/\\(?:u[\da-fA-F]{4}|U[\da-fA-F]{8}|.|$)/gsu, (escape) => {
    const kind = escape[1]
    if (kind !== 'u' && kind !== 'U') return escape
    const code = escape.length > 2 ? Number.parseInt(escape.slice(2), 16) : Number.NaN
    valid &&= code <= 0x10ffff
    return valid ? String.fromCodePoint(code) : ''
  })
  return valid ? text : undefined
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** A quoted text as Python 2's `repr` writes it; `undefined` when it is malformed or no ASCII. */
export function readQuoted(line: string): string | undefined {
  const quoted = /^\s*(?:'(.*)'|"(.*)")\s*$/s.exec(line)
  if (quoted === null) return undefined
  const text = (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(?:x[\da-f]{2}|[0-7]{1,3}|.)/gis, unescaped)
  // Only ASCII, which is what Python takes here by default, has as many bytes as characters.
  return Buffer.byteLength(text) === text.length ? text : undefined
}

function unescaped(escape: string): string {
  const code = /^\\x/i.test(escape) ? Number.parseInt(escape.slice(2), 16) : Number.parseInt(escape.slice(1), 8)
  return Number.isNaN(code) ? (escapes[escape.slice(1)] ?? escape) : String.fromCharCode(code)
}

/** Follows the table of well-formed sequences of RFC 3629, but for the surrogates that it leaves out. */
function readUtf8Slowly(bytes: Buffer, start: number, end: number): string | undefined {
  const parts: string[] = []
  let index = start
  while (index < end) {
    const first = bytes[index] as number
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
    if (length === 0 || index + length > end) return undefined
    const code = codeAt(bytes, index, length)
    if (code === undefined) return undefined
    parts.push(String.fromCodePoint(code))
    index += length
  }
  return parts.join('')
}

const least = [0, 0, 0x80, 0x800, 0x10000]

function codeAt(bytes: Buffer, index: number, length: number): number | undefined {
  const first = bytes[index] as number
  let code = length === 1 ? first : first & (0x7f >> length)
  for (let next = index + 1; next < index + length; next++) {
    const byte = bytes[next] as number
    if ((byte & 0xc0) !== 0x80) return undefined
    code = (code << 6) | (byte & 0x3f)
  }
  return code >= (least[length] as number) && code <= 0x10ffff ? code : undefined
}

function threeBytes(unit: number): Buffer {
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)])
}
