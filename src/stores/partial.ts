import type { Bytes } from '../base/bytes.ts'
import { isEverwarmError, PartialError } from '../errors.ts'

/** One of the parts that a call on many keys was done in. */
export interface Part {
  readonly keys: readonly string[]
  /** `undefined` when it was done. */
  readonly error: Error | undefined
}

/** What the parts that were done answered. */
export interface Answered {
  /** One for each key, in the order asked: `undefined` also where that is not known. */
  readonly values?: readonly (Bytes | undefined)[]
  /** How many keys were there. */
  readonly deleted?: number
}

/** Beside the errors, not in them: whoever logs an error must not log values. */
const answers = new WeakMap<PartialError, Answered>()

/** What came of a call on many keys before it failed. */
export function answeredBefore(error: unknown): Answered {
  return (error instanceof PartialError ? answers.get(error) : undefined) ?? {}
}

/** The error of a call that was done in part, for whoever is content with that part. */
export function withAnswered(error: PartialError, answered: Answered): PartialError {
  answers.set(error, answered)
  return error
}

/** The part of a call that `work` does. */
export async function partOf(keys: readonly string[], work: () => Promise<void>): Promise<Part> {
  try {
    await work()
    return { keys, error: undefined }
  } catch (error) {
    return { keys, error: error as Error }
  }
}

/** Nothing when all parts were done. @throws the failure when all failed, else a PartialError that tells which did */
export function checkParts(operation: string, parts: readonly Part[], answered: Answered = {}): void {
  const failed = parts.filter(({ error }) => error !== undefined)
  const errors = failed.flatMap(({ error }) => error ?? [])
  const [first] = errors
  if (first === undefined) return
  // What is no failure of a server must not pass for one, which may be ignored.
  const mistake = errors.find((error) => !isEverwarmError(error))
  if (mistake !== undefined) throw mistake
  if (failed.length === parts.length) throw first
  const done = parts.filter(({ error }) => error === undefined)
  const error = new PartialError(operation, {
    done: done.flatMap(({ keys }) => keys),
    failed: failed.flatMap(({ keys }) => keys),
    errors,
  })
  throw withAnswered(error, answered)
}
