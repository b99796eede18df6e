import { kindOf } from '../../base/options.ts'

/** Those of both libraries have 32 characters. */
const longest = 512

/** Whether something can be the id of a session. What cannot is asked of nobody. */
export function isId(id: unknown): id is string {
  // UTF-8 has no halves of a character, so that several such ids would be one key.
  return typeof id === 'string' && id !== '' && id.length <= longest && !/\p{Surrogate}/u.test(id)
}

/** @throws TypeError, which says nothing of the id: it is a secret. */
export function checkId(id: unknown, operation: string): void {
  if (isId(id)) return
  const came = typeof id === 'string' ? `a text of ${id.length}` : kindOf(id)
  throw new TypeError(`${operation}: expected the id of a session, a text of 1 to ${longest} characters, got ${came}`)
}
