import { kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import type { Sessions } from '../sessions/index.ts'

/** Tells when a middleware is made, and not at the first request, that it was made of nothing. @throws OptionError */
export function checkSessions(sessions: unknown): void {
  const { load, commit }: Partial<Sessions> = sessions ?? {}
  if (typeof load === 'function' && typeof commit === 'function') return
  throw new OptionError(
    'sessions',
    `session(sessions): expected what createSessions() or djangoSessions() made, got ${kindOf(sessions)}`,
  )
}
