import { PartialError } from '../errors.ts'

/** One of the parts that a call on many keys was done in. */
export interface Part {
  readonly keys: readonly string[]
  /** `undefined` when it was done. */
  readonly error: Error | undefined
}

/** Nothing when all parts were done. @throws the failure when all failed, else a PartialError that tells which did */
export function checkParts(operation: string, parts: readonly Part[]): void {
  const failed = parts.filter(({ error }) => error !== undefined)
  const [first] = failed
  if (first?.error === undefined) return
  if (failed.length === parts.length) throw first.error
  const done = parts.filter(({ error }) => error === undefined)
  throw new PartialError(operation, {
    done: done.flatMap(({ keys }) => keys),
    failed: failed.flatMap(({ keys }) => keys),
    errors: failed.map(({ error }) => error as Error),
  })
}
