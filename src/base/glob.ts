import { fromText, type Bytes } from './bytes.ts'

/** The text, so written that it matches itself and nothing else inside a Redis glob. */
export function escapeGlob(text: string): string {
  // `]`, `^` and `-` mean something inside brackets only, and what is written here never opens any it does not close.
  return text.replace(/[*?[]/g, '[$&]').replaceAll('\\', '\\\\')
}

/**
 * Makes the question "does this text match?" out of a Redis glob, with the answers of Redis itself, oddities included:
 * `?` is one byte (a letter such as é has two), a bracket that is never closed reaches to the end, `[a-]` is a range
 * that ends with `]`, and no pattern but `*` matches the empty text by its stars alone. Takes no longer than the
 * product of both lengths.
 */
export function matchGlob(pattern: string): (text: string) => boolean {
  const steps = parse(fromText(pattern))
  const prefix = literalPrefix(pattern)
  const isPrefixOnly = pattern.length === prefix.length + 1 && pattern.endsWith('*')

  return (text) => {
    if (!text.startsWith(prefix)) return false
    if (isPrefixOnly) return true
    return text === '' ? pattern === '' : matches(steps, fromText(text))
  }
}

/** One step of a pattern: a run of whatever bytes, or one byte out of a set. */
type Step = typeof anyRun | ByteSet
type ByteSet = Uint8Array

const anyRun = '*'
const star = 0x2a
const question = 0x3f
const open = 0x5b
const backslash = 0x5c
const close = 0x5d
const caret = 0x5e
const dash = 0x2d

/** The ASCII letters a text has to begin with: most texts are told apart by them, without being encoded. */
function literalPrefix(pattern: string): string {
  return /^[^*?[\\\u0080-\uffff]*/.exec(pattern)?.[0] ?? ''
}

function parse(pattern: Bytes): Step[] {
  const steps: Step[] = []
  let at = 0
  while (at < pattern.length) {
    const byte = pattern[at]
    if (byte === open) {
      const [set, end] = parseBrackets(pattern, at + 1)
      steps.push(set)
      at = end
      continue
    }
    if (byte === star) {
      if (steps.at(-1) !== anyRun) steps.push(anyRun)
    } else if (byte === question) {
      steps.push(new Uint8Array(256).fill(1))
    } else {
      if (byte === backslash && at + 1 < pattern.length) at++
      steps.push(setOf(pattern[at] ?? 0))
    }
    at++
  }
  return steps
}

/** Reads what follows a `[`: the set of bytes, and where the pattern goes on. */
function parseBrackets(pattern: Bytes, start: number): [ByteSet, number] {
  const isNegated = pattern[start] === caret
  const set = new Uint8Array(256)
  let at = isNegated ? start + 1 : start
  while (at < pattern.length && pattern[at] !== close) at = addMember(set, pattern, at)
  return [isNegated ? set.map((isIn) => 1 - isIn) : set, at + 1]
}

/** Adds a byte, an escaped byte or a range; answers where the next member begins. */
function addMember(set: ByteSet, pattern: Bytes, at: number): number {
  const [first = 0, second, third] = pattern.subarray(at, at + 3)
  if (first === backslash && second !== undefined) {
    set[second] = 1
    return at + 2
  }
  if (second === dash && third !== undefined) {
    addRange(set, first, third)
    return at + 3
  }
  set[first] = 1
  return at + 1
}

/** Redis compares the C type `char`, which is signed on x86: bytes from 0x80 on come before the others. */
function addRange(set: ByteSet, a: number, b: number): void {
  const [first, last] = [signed(a), signed(b)]
  for (let byte = Math.min(first, last); byte <= Math.max(first, last); byte++) set[byte & 0xff] = 1
}

function signed(byte: number): number {
  return byte < 0x80 ? byte : byte - 0x100
}

function setOf(byte: number): ByteSet {
  const set = new Uint8Array(256)
  set[byte] = 1
  return set
}

/** Goes back to the last star only: an earlier one could not help, since a star takes any run there is. */
function matches(steps: readonly Step[], text: Bytes): boolean {
  let step = 0
  let at = 0
  let retryStep = -1
  let retryAt = 0
  while (at < text.length) {
    const current = steps[step]
    if (current === anyRun) {
      retryStep = ++step
      retryAt = at
    } else if (current?.[text[at] ?? 0] === 1) {
      step++
      at++
    } else if (retryStep >= 0) {
      step = retryStep
      at = ++retryAt
    } else {
      return false
    }
  }
  return step === steps.length || (step === steps.length - 1 && steps[step] === anyRun)
}
