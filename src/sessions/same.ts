import { isDeepStrictEqual } from 'node:util'

/** Whether two values of a field are the same; the quick answer first, since most are texts and numbers. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  return typeof a === 'object' && typeof b === 'object' && isDeepStrictEqual(a, b)
}
