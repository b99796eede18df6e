import type { ServerResponse } from 'node:http'

import {
  intercept,
  type Interceptor,
  interceptorOf,
  type Method,
  type Methods,
  reclaim,
  wereHeadersSent,
} from './intercept.ts'

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
  beforeHeaders(head: HeldHead): Promise<void>
  /** Awaited before a response ends whose headers were gone before. When it fails, the response is cut off. */
  beforeEnd(): Promise<void>
  /** `beforeHeaders` failed, or Node refuses the response: what was to be sent is forgotten, and it is free for an error. */
  refused(error: unknown): void
}

/**
 * Holds a response back for as long as its hooks work. To everybody else it looks meanwhile as if it had been sent:
 * headers are closed, and a stream that writes is told to wait.
 */
export function holdResponse(response: ServerResponse, hooks: ResponseHooks): void {
  intercept(response, (original) => new HeldResponse(response, original, hooks))
}

/** What a response is held back for; `undefined` when it is not. */
export function hooksOf(response: ServerResponse): ResponseHooks | undefined {
  const held = interceptorOf(response)
  return held instanceof HeldResponse ? held.hooks : undefined
}

/** What was said of a body that does not go: the error has one of its own. */
const ofContent = [
  'Cache-Control',
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Expires',
  'Last-Modified',
  'Location',
  'Trailer',
  'Transfer-Encoding',
]

/** `open`: nothing was sent. `holding`: it waits for `beforeHeaders`. `sent`: it runs. `free`: an error takes its place. */
type Phase = 'open' | 'holding' | 'sent' | 'free'

class HeldResponse implements Interceptor, HeldHead {
  readonly #response: ServerResponse
  readonly #original: Methods
  readonly hooks: ResponseHooks
  readonly #held: (() => void)[] = []
  /** Whether somebody wrapped it before, who may have `drain` come from elsewhere: a held write then does not ask to wait. */
  readonly #isWrapped: boolean
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
    this.hooks = hooks
    this.#isWrapped = Object.hasOwn(response, 'write')
  }

  get headersSent(): boolean {
    return this.#phase === 'holding' || wereHeadersSent(this.#response)
  }

  call(method: Method, args: unknown[]): unknown {
    if (this.#phase === 'free') return this.#callFree(method, args)
    switch (method) {
      case 'writeHead':
        return this.#writeHead(args)
      case 'flushHeaders':
        return this.#pass('flushHeaders', args)
      case 'write':
        return this.#pass('write', args) ?? this.#isWrapped
      case 'end':
        return this.#end(args)
      default:
        return this.#changeHeader(method, args)
    }
  }

  /** Whoever was writing when the error took the place of the response may not have noticed by its end. */
  #callFree(method: Method, args: unknown[]): unknown {
    if (!this.#response.writableEnded || (method !== 'write' && method !== 'end')) return this.#run(method, args)
    const callback = callbackOf(args)
    const error = Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' })
    if (callback !== undefined) process.nextTick(callback, error)
    return method === 'write' ? false : this.#response
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
    if (this.#isEnding) return this.#endAgain(args)
    this.#isEnding = true
    if (this.#hasBegun) this.#afterHeld(() => void this.#finish(args))
    else this.#hold(() => void this.#run('end', args))
    return this.#response
  }

  /** Does nothing but tell of the end, as Node does. */
  #endAgain(args: unknown[]): unknown {
    const callback = callbackOf(args)
    if (callback === undefined) return this.#response
    return this.#response.writableEnded ? this.#run('end', [callback]) : this.#response.once('finish', callback)
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
    queueMicrotask(() => this.#release())
  }

  #release(): void {
    this.#hasBegun = true
    try {
      this.hooks.beforeHeaders(this).then(
        () => this.#send(),
        (error: unknown) => this.#refuse(error),
      )
    } catch (error) {
      this.#refuse(error)
    }
  }

  #send(): void {
    this.#phase = 'sent'
    this.#response.statusCode = this.statusCode
    if (this.#isDone(() => this.#held.splice(0).forEach((call) => call())) && !this.#isEnding) this.#goOn()
  }

  /** A stream goes on. When its client goes away before its end, what it changed until then is kept. */
  #goOn(): void {
    this.#response.once('close', () => {
      if (this.#isEnding || this.#response.errored) return
      // A failing store is told by its cache; here nobody is left to be told.
      void this.hooks.beforeEnd().catch(() => {})
    })
    if (!this.#response.writableNeedDrain) this.#response.emit('drain')
  }

  /** Node throws at what no response can be. By now whoever asked for that could not catch it, and the process would end. */
  #isDone(call: () => void): boolean {
    try {
      call()
      return true
    } catch (error) {
      if (wereHeadersSent(this.#response)) this.#cutOff(error as Error)
      else this.#refuse(error)
      return false
    }
  }

  #cutOff(error: Error): void {
    process.emitWarning(error)
    this.#response.destroy(error)
  }

  #refuse(error: unknown): void {
    this.#held.length = 0
    this.#isEnding = false
    this.#phase = 'free'
    reclaim(this.#response)
    for (const header of ofContent) this.#forget(header)
    // Whoever writes on before the error is answered is not to make it look well.
    this.#response.statusCode = 500
    if (this.#response.statusMessage) this.#response.statusMessage = ''
    this.hooks.refused(error)
  }

  /** Node sends a body without any length once its headers were removed, even if they were not there. */
  #forget(header: string): void {
    if (this.#response.hasHeader(header)) this.#run('removeHeader', [header])
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
      await this.hooks.beforeEnd()
    } catch {
      // What the client has got is no whole answer, and must not look like one.
      this.#response.destroy()
      return
    }
    this.#isDone(() => this.#run('end', args))
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

function callbackOf(args: readonly unknown[]): (() => void) | undefined {
  return args.find((arg): arg is () => void => typeof arg === 'function')
}

/** As `writeHead` takes them: an object, pairs, or names and values in turn. */
function pairsOf(headers: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(headers)) return Object.entries(headers ?? {})
  const list = headers as readonly unknown[]
  const pairs = Array.isArray(list[0])
    ? (list as readonly (readonly [string, unknown])[])
    : list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]] as const] : []))
  const values = new Map<string, readonly [name: string, all: readonly unknown[]]>()
  for (const [name, value] of pairs) {
    const [first, all] = values.get(name.toLowerCase()) ?? [name, []]
    values.set(name.toLowerCase(), [first, [...all, value]])
  }
  return [...values.values()].map(([name, all]) => [name, all.length === 1 ? all[0] : all.flat()] as const)
}
