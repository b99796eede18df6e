import type { Emitter } from '../base/emitter.ts'
import { isEverwarmError } from '../errors.ts'
import type { CacheEvents } from './events.ts'

/**
 * What of a logger is used: pino, winston and `console` have it. Each method gets one text and nothing else: they do not
 * agree on where fields stand beside it, but each takes a text alone, and none fills in what looks like a format there.
 */
export interface Logger {
  debug(message: string): unknown
  info(message: string): unknown
  warn(message: string): unknown
  /** Asked before each text for `debug`, so that none is made for nothing. */
  isLevelEnabled?(level: string): boolean
}

const stateTexts = {
  ready: ['info', 'connected to'],
  lost: ['warn', 'lost the connection to'],
  open: ['warn', 'breaker open, calls fail at once:'],
  'half-open': ['info', 'breaker half-open, probing:'],
  closed: ['info', 'breaker closed:'],
} as const

/** Keys stand in texts for `debug` alone. */
export function logEvents(
  emitter: Emitter<CacheEvents>,
  logger: Logger,
  now: () => number = () => performance.now(),
): void {
  const warnings = new Warnings(now)
  for (const name of ['hit', 'miss', 'set', 'delete'] as const) {
    emitter.on(name, ({ key }) => debug(logger, () => `${name} "${key}"`))
  }
  emitter.on('load', ({ key, ms, ok }) => {
    debug(logger, () => `load of "${key}" ${ok ? 'took' : 'failed after'} ${Math.round(ms)} ms`)
  })
  emitter.on('state', ({ server, state, reason }) => {
    const [level, text] = stateTexts[state] satisfies readonly [string, string]
    write(logger, level, `${text} ${server}${reason === undefined ? '' : ` (${reason})`}`)
  })
  emitter.on('error', ({ operation, error, ignored }) => {
    const message = ignored ? warnings.next(operation, error) : undefined
    if (message !== undefined) write(logger, 'warn', message)
    debug(logger, () => `${operation} failed${ignored ? ', ignored' : ''}: ${messageOf(error)}`)
  })
}

const pauseMs = 1000

/** What is said of errors that nobody saw: of each kind one text in a second, which tells how many were left out. */
class Warnings {
  readonly #now: () => number
  readonly #kinds = new Map<string, { saidAt: number; leftOut: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  next(operation: string, error: unknown): string | undefined {
    const code = codeOf(error)
    const id = `${operation} ${code}`
    const kind = this.#kinds.get(id)
    const now = this.#now()
    if (kind !== undefined && now - kind.saidAt < pauseMs) {
      kind.leftOut++
      return undefined
    }
    const leftOut = kind?.leftOut ?? 0
    this.#kinds.set(id, { saidAt: now, leftOut: 0 })
    const more = leftOut === 0 ? '' : `, and ${leftOut} more since this was last said`
    return `${operation} failed, ignored: ${code}${placeOf(error)}${more}`
  }
}

/** Never the message, which may name a key. */
function codeOf(error: unknown): string {
  const code = isEverwarmError(error) ? error.code : error instanceof Error ? error.name : 'no error'
  const reason = fieldOf(error, 'reason')
  return reason !== undefined && /^[A-Z]+$/.test(reason) ? `${code} ${reason}` : code
}

/** The server that failed, where the error or what caused it names one. */
function placeOf(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    const server = fieldOf(cause, 'server')
    if (server !== undefined) return ` at ${server}`
  }
  return ''
}

function fieldOf(error: unknown, name: string): string | undefined {
  const field: unknown = isEverwarmError(error) ? Reflect.get(error, name) : undefined
  return typeof field === 'string' ? field : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function debug(logger: Logger, text: () => string): void {
  if (isDebugging(logger)) write(logger, 'debug', text())
}

function isDebugging(logger: Logger): boolean {
  try {
    return logger.isLevelEnabled?.('debug') !== false
  } catch {
    return true
  }
}

/** Whatever becomes of it in the logger is no matter of the call that it tells of. */
function write(logger: Logger, level: 'debug' | 'info' | 'warn', text: string): void {
  try {
    const answer = logger[level](`everwarm: ${onOneLine(text)}`)
    if (answer instanceof Promise) answer.catch(() => undefined)
  } catch {
    return
  }
}

/** A key with a line break could write a line of its own into a log that escapes nothing. */
function onOneLine(text: string): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escape)
}
