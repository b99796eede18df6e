import type { ServerResponse } from 'node:http'

import { intercept, type Interceptor, type Method, type Methods, wereHeadersSent } from './intercept.ts'

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
  intercept(response, (original) => new HeldResponse(response, original, hooks))
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

class HeldResponse implements Interceptor, HeldHead {
  readonly #response: ServerResponse
  readonly #original: Methods
  readonly #hooks: ResponseHooks
  readonly #held: (() => void)[] = []
  #phase: Phase = 'open'
  /** As it was when the response was to go. */
  statusCode = 200
  /** Whether `beforeHeaders` has seen the session already. */
  #hasBegun = false
  #isEnding = false
  /** Node's own methods call each other on the response. */
  #isHookWriting = false

  constructor(response: ServerResponse, original: Methods, hooks: ResponseHooks) {
    this.#response = response
    this.#original = original
    this.#hooks = hooks
  }

  get areHeadersClosed(): boolean {
    return this.#phase === 'holding' && !this.#isHookWriting
  }

  get headersSent(): boolean {
    return this.#phase === 'holding' || wereHeadersSent(this.#response)
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
    if (this.#phase !== 'holding' || this.#isHookWriting) return this.#run(name, args)
    const error = new Error(`Cannot ${name} after the headers are sent to the client`)
    throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
  }

  /** Middleware that compresses calls this again and again until the headers are gone. */
  #writeHead(args: unknown[]): unknown {
    if (this.#phase === 'holding') return this.#response
    if (this.#phase !== 'open') return this.#run('writeHead', args)
    this.#applyHead(args)
    this.#hold(() => this.#sendHead())
    return this.#response
  }

  #sendHead(): void {
    if (!wereHeadersSent(this.#response)) this.#run('writeHead', [this.#response.statusCode])
  }

  /** `undefined` when it is held. */
  #pass(name: 'write' | 'flushHeaders', args: unknown[]): unknown {
    if (!this.#isHeld()) return this.#run(name, args)
    this.#hold(() => void this.#run(name, args))
    return undefined
  }

  #end(args: unknown[]): unknown {
    if (this.#phase === 'free') return this.#run('end', args)
    if (this.#isEnding) return this.#response
    this.#isEnding = true
    if (this.#hasBegun) this.#afterHeld(() => void this.#finish(args))
    else this.#hold(() => void this.#run('end', args))
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
    this.statusCode = this.#response.statusCode
    // What the handler does in the same go belongs to the same response.
    queueMicrotask(() => void this.#release())
  }

  async #release(): Promise<void> {
    this.#hasBegun = true
    const statusCode = this.statusCode
    try {
      await this.#hooks.beforeHeaders(this)
    } catch (error) {
      this.#held.length = 0
      this.#isEnding = false
      this.#phase = 'free'
      for (const header of ofContent) this.#run('removeHeader', [header])
      this.#hooks.refused(error)
      return
    }
    this.#phase = 'sent'
    // Only when somebody changed it meanwhile: setting it is slow on what Express makes of a response.
    if (this.#response.statusCode !== statusCode) this.#response.statusCode = statusCode
    for (const call of this.#held.splice(0)) call()
    if (!this.#isEnding && !this.#response.writableNeedDrain) this.#response.emit('drain')
  }

  getHeader(header: string): number | string | readonly string[] | undefined {
    return this.#response.getHeader(header)
  }

  setHeader(header: string, value: string): void {
    this.#run('setHeader', [header, value])
  }

  appendHeader(header: string, value: string): void {
    this.#isHookWriting = true
    this.#run('appendHeader', [header, value])
    this.#isHookWriting = false
  }

  #run(method: Method, args: unknown[]): unknown {
    return Reflect.apply(this.#original[method], this.#response, args)
  }

  async #finish(args: unknown[]): Promise<void> {
    try {
      await this.#hooks.beforeEnd()
    } catch {
      // What the client has got is no whole answer, and must not look like one.
      this.#response.destroy()
      return
    }
    this.#run('end', args)
  }

  /** As single headers, so that a hook can add to what is there. */
  #applyHead([status, ...rest]: unknown[]): void {
    const response = this.#response
    response.statusCode = Number(status)
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    const headers = rest.find((arg) => typeof arg === 'object' && arg !== null)
    for (const [name, value] of pairsOf(headers)) this.#run('setHeader', [name, value])
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
