/** A `Vary` header that names `Cookie` too: a response that depends on the session is nobody else's. */
export function withCookie(vary: number | string | readonly string[] | null | undefined): string {
  const text = vary === undefined || vary === null ? '' : String(vary)
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('*') || names.includes('cookie')) return text
  return text.trim() === '' ? 'Cookie' : `${text}, Cookie`
}
