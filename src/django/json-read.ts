import { type Bytes, view } from '../base/bytes.ts'
import { PyFloat } from '../codecs/pickle/values.ts'
import { DecodeError } from '../errors.ts'
import type { DjangoJsonConfig } from './json.ts'

/** Where `JSON.parse` would lose something: whole floats, floats close to them, long integers and -0. */
const inexact = /\d\.0+(?!\d)|\d\.\d{15}|\d[eE]|\d{16}|-0/

/** As many as Python itself reads. */
const mostDigits = 4300

/** @throws DecodeError, and nothing else. */
export function readJson(bytes: Bytes, config: DjangoJsonConfig): unknown {
  if (bytes.length > config.maxBytes) throw new DecodeError('', 'django-json', 'it is longer than maxBytes allows')
  const text = decoded(bytes)
  const quick = inexact.test(text) || isDeep(text, config.maxDepth) ? undefined : parsed(text)
  return quick === undefined ? new JsonReader(text, config).readAll() : quick.value
}

function decoded(bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(view(bytes))
  } catch (error) {
    throw new DecodeError('', 'django-json', 'it is not UTF-8', error)
  }
}

/** `undefined` for what the engine's own parser does not take, such as `NaN`. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Whether it may be nested too deeply; brackets inside of texts count as well. */
function isDeep(text: string, maxDepth: number): boolean {
  if (text.length <= maxDepth * 2) return false
  let depth = 0
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    depth += bracket[0] === '[' || bracket[0] === '{' ? 1 : -1
    if (depth > maxDepth) return true
  }
  return false
}

const words: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  false: false,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** Reads by hand what `JSON.parse` cannot or would change. */
class JsonReader {
  readonly #text: string
  readonly #config: DjangoJsonConfig
  #position = 0

  constructor(text: string, config: DjangoJsonConfig) {
    this.#text = text
    this.#config = config
  }

  readAll(): unknown {
    const value = this.#value(0)
    this.#skipSpace()
    if (this.#position !== this.#text.length) throw this.#fail('something follows its end')
    return value
  }

  #fail(reason: string): DecodeError {
    return new DecodeError('', 'django-json', `${reason} (at character ${this.#position})`)
  }

  #value(depth: number): unknown {
    this.#skipSpace()
    switch (this.#text[this.#position]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      default:
        return this.#word()
    }
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#enter(depth)
    if (this.#next(']')) return items
    do items.push(this.#value(depth + 1))
    while (this.#next(','))
    this.#expect(']')
    return items
  }

  #object(depth: number): Record<string, unknown> {
    const record: Record<string, unknown> = {}
    this.#enter(depth)
    if (this.#next('}')) return record
    do this.#property(record, depth)
    while (this.#next(','))
    this.#expect('}')
    return record
  }

  #property(record: Record<string, unknown>, depth: number): void {
    this.#skipSpace()
    if (this.#text[this.#position] !== '"') throw this.#fail('a key is missing')
    const key = this.#string()
    this.#expect(':')
    const value = this.#value(depth + 1)
    if (key !== '__proto__') record[key] = value
    else Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
  }

  #enter(depth: number): void {
    if (depth >= this.#config.maxDepth) throw this.#fail('it is nested more deeply than maxDepth allows')
    this.#position++
  }

  #string(): string {
    const start = this.#position++
    let character = this.#skipPlain()
    while (character === '\\') {
      this.#position += 2
      character = this.#skipPlain()
    }
    if (character !== '"') throw this.#fail('a text is not closed')
    this.#position++
    const result = parsed(this.#text.slice(start, this.#position))
    if (result === undefined) throw this.#fail('a text is malformed')
    return result.value as string
  }

  /** Steps to the next quote or backslash. */
  #skipPlain(): string | undefined {
    this.#match(/[^"\\]*/y)
    return this.#text[this.#position]
  }

  #word(): unknown {
    const word = this.#match(/-?Infinity|NaN|null|true|false/y)
    if (word !== undefined) return words[word]
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y)
    if (number === undefined) throw this.#fail('a value is missing or malformed')
    return /[.eE]/.test(number) ? this.#float(Number(number)) : this.#integer(number)
  }

  #float(value: number): unknown {
    const isPlain = this.#config.floats === 'number' || !Number.isSafeInteger(value) || Object.is(value, -0)
    return isPlain ? value : new PyFloat(value)
  }

  #integer(text: string): number | bigint {
    if (text.replace('-', '').length > mostDigits) throw this.#fail(`an integer has more than ${mostDigits} digits`)
    const value = Number(text)
    if (!Number.isSafeInteger(value)) return BigInt(text)
    return value === 0 ? 0 : value
  }

  #expect(character: string): void {
    if (!this.#next(character)) throw this.#fail(`"${character}" is missing`)
  }

  #next(character: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#position] !== character) return false
    this.#position++
    return true
  }

  #skipSpace(): void {
    this.#match(/[ \t\n\r]*/y)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)?.[0]
    if (match !== undefined) this.#position += match.length
    return match
  }
}
