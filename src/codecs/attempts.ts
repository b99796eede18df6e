import type { Bytes } from '../base/bytes.ts'
import { DecodeError, OptionError } from '../errors.ts'
import type { MaybePromise } from './codec.ts'

/** A format that was tried in vain. */
export interface Failure {
  readonly name: string
  readonly cause: unknown
}

/** Answered when no format could read the bytes; any other answer is a value. */
export const none: unique symbol = Symbol('none')

interface Part {
  readonly name: string
  accepts(bytes: Bytes): boolean
}

/** The first answer out of the parts that accept the bytes; those that fail are added to `failures`. */
export function firstToRead<P extends Part, T>(
  parts: readonly P[],
  bytes: Bytes,
  read: (part: P) => MaybePromise<T>,
  failures: Failure[],
): MaybePromise<T | typeof none> {
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as P
    if (!part.accepts(bytes)) continue
    try {
      const answer = read(part)
      if (!(answer instanceof Promise)) return answer
      return answer.catch((cause: unknown) => {
        failures.push(failureOf(part, cause))
        return firstToRead(parts.slice(index + 1), bytes, read, failures)
      })
    } catch (cause) {
      failures.push(failureOf(part, cause))
    }
  }
  return none
}

/** A library that is not installed is no fault of the bytes, and no other format makes up for it. */
function failureOf(part: Part, cause: unknown): Failure {
  if (cause instanceof OptionError) throw cause
  return { name: part.name, cause }
}

/** Why each failed; of what is no {@link DecodeError} only its kind, as its words may hold the value. */
export function reasonsOf(failures: readonly Failure[]): string {
  if (failures.length === 1) return failures.map(reasonOf).join('')
  return failures.map((failure) => `${failure.name}: ${reasonOf(failure)}`).join('; ')
}

function reasonOf({ cause }: Failure): string {
  if (cause instanceof DecodeError) return cause.message.slice(`Not readable as ${cause.format}: `.length)
  return `it failed with a ${cause instanceof Error ? cause.name : typeof cause}`
}
