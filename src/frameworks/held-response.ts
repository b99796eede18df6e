import type { ServerResponse } from 'node:http'

import { intercept, type Interceptor, type Method, type Uncovered } from './intercept.ts'

/** The headers of a response that is held back, for the hook alone. */
export interface HeldHead {
  readonly statusCode: number
  getHeader(header: string): number | string | readonly string[] | undefined
  setHeader(header: string, value: string): void
  appendHeader(header: string, value: string): void
}

/** What happens before parts of a response go. */
export interface ResponseHooks {
  /** Awaited before the headers go. */
  readonly beforeHeaders: (head: HeldHead) => Promise<void>
  /** Awaited before a response ends whose headers were gone before. When it fails, the response is cut off. */
  readonly beforeEnd: () => Promise<void>
  /** `beforeHeaders` failed: what was to be sent is forgotten, and the response is free for an error. */
  readonly refused: (error: unknown) => void
}

/**
 * Holds a response back for as long as its hooks work. To everybody else it looks meanwhile as if it had been sent:
 * headers are closed, and a stream that writes is told to wait.
 */
export function holdResponse(response: ServerResponse, hooks: ResponseHooks): void {
  intercept(response, (uncovered) => new HeldResponse(response, uncovered, hooks))
}

/** What was said of a body that does not go: the error has one of its own. */
const ofContent = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Location',
  'Transfer-Encoding',
]

/** `open`: nothing was sent. `holding`: it waits for `beforeHeaders`. `sent`: it runs. `free`: an error takes its place. */
type Phase = 'open' | 'holding' | 'sent' | 'free'

class HeldResponse implements Interceptor {
  readonly #response: ServerResponse
  readonly #uncovered: Uncovered
  readonly #hooks: ResponseHooks
  readonly #held: (() => void)[] = []
  #phase: Phase = 'open'
  #statusCode = 200
  /** Whether `beforeHeaders` has seen the session already. */
  #hasBegun = false
  #isEnding = false
  /** Node's own methods call each other on the response. */
  #isHookWriting = false

  constructor(response: ServerResponse, uncovered: Uncovered, hooks: ResponseHooks) {
    this.#response = response
    this.#uncovered = uncovered
    this.#hooks = hooks
  }

  get headersSent(): boolean {
    return this.#phase === 'holding' || this.#uncovered.headersSent
  }

  call(method: Method, args: unknown[]): unknown {
    switch (method) {
      case 'writeHead':
        return this.#writeHead(args)
      case 'flushHeaders':
        return this.#pass('flushHeaders', args)
      case 'write':
        return this.#pass('write', args) ?? false
      case 'end':
        return this.#end(args)
      default:
        return this.#changeHeader(method, args)
    }
  }

  #changeHeader(name: Method, args: unknown[]): unknown {
    if (this.#phase !== 'holding' || this.#isHookWriting) return this.#uncovered.call(name, args)
    const error = new Error(`Cannot ${name} after the headers are sent to the client`)
    throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
  }

  /** Middleware that compresses calls this again and again until the headers are gone. */
  #writeHead(args: unknown[]): unknown {
    if (this.#phase === 'holding') return this.#response
    if (this.#phase !== 'open') return this.#uncovered.call('writeHead', args)
    this.#applyHead(args)
    this.#hold(() => this.#sendHead())
    return this.#response
  }

  #sendHead(): void {
    if (!this.#uncovered.headersSent) this.#uncovered.call('writeHead', [this.#response.statusCode])
  }

  /** `undefined` when it is held. */
  #pass(name: 'write' | 'flushHeaders', args: unknown[]): unknown {
    if (!this.#isHeld()) return this.#uncovered.call(name, args)
    this.#hold(() => void this.#uncovered.call(name, args))
    return undefined
  }

  #end(args: unknown[]): unknown {
    if (this.#phase === 'free') return this.#uncovered.call('end', args)
    if (this.#isEnding) return this.#response
    this.#isEnding = true
    if (this.#hasBegun) this.#afterHeld(() => void this.#finish(args))
    else this.#hold(() => void this.#uncovered.call('end', args))
    return this.#response
  }

  #afterHeld(call: () => void): void {
    if (this.#isHeld()) this.#hold(call)
    else call()
  }

  #isHeld(): boolean {
    return this.#phase === 'open' || this.#phase === 'holding'
  }

  #hold(call: () => void): void {
    this.#held.push(call)
    if (this.#phase !== 'open') return
    this.#phase = 'holding'
    this.#statusCode = this.#response.statusCode
    // What the handler does in the same go belongs to the same response.
    queueMicrotask(() => void this.#release())
  }

  async #release(): Promise<void> {
    this.#hasBegun = true
    const statusCode = this.#statusCode
    try {
      await this.#hooks.beforeHeaders(this.#head(statusCode))
    } catch (error) {
      this.#held.length = 0
      this.#isEnding = false
      this.#phase = 'free'
      for (const header of ofContent) this.#uncovered.call('removeHeader', [header])
      this.#hooks.refused(error)
      return
    }
    this.#phase = 'sent'
    // Only when somebody changed it meanwhile: setting it is slow on what Express makes of a response.
    if (this.#response.statusCode !== statusCode) this.#response.statusCode = statusCode
    for (const call of this.#held.splice(0)) call()
    if (!this.#isEnding && !this.#response.writableNeedDrain) this.#response.emit('drain')
  }

  #head(statusCode: number): HeldHead {
    const write = (name: 'setHeader' | 'appendHeader', header: string, value: string): void => {
      this.#isHookWriting = true
      this.#uncovered.call(name, [header, value])
      this.#isHookWriting = false
    }
    return {
      statusCode,
      getHeader: (header) => this.#response.getHeader(header),
      setHeader: (header, value) => write('setHeader', header, value),
      appendHeader: (header, value) => write('appendHeader', header, value),
    }
  }

  async #finish(args: unknown[]): Promise<void> {
    try {
      await this.#hooks.beforeEnd()
    } catch {
      // What the client has got is no whole answer, and must not look like one.
      this.#response.destroy()
      return
    }
    this.#uncovered.call('end', args)
  }

  /** As single headers, so that a hook can add to what is there. */
  #applyHead([status, ...rest]: unknown[]): void {
    const response = this.#response
    response.statusCode = Number(status)
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    const headers = rest.find((arg) => typeof arg === 'object' && arg !== null)
    for (const [name, value] of pairsOf(headers)) this.#uncovered.call('setHeader', [name, value])
  }
}

/** As `writeHead` takes them: an object, pairs, or names and values in turn. */
function pairsOf(headers: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(headers)) return Object.entries(headers ?? {})
  const list = headers as readonly unknown[]
  const pairs = Array.isArray(list[0])
    ? (list as readonly (readonly [string, unknown])[])
    : list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]] as const] : []))
  const values = new Map<string, unknown[]>()
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value])
  return [...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all.flat()] as const)
}
