import { OutgoingMessage, type ServerResponse } from 'node:http'

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
  const target = response as unknown as HeldTarget
  target[held] = new HeldResponse(response, hooks)
  // Functions that all responses share, set one by one: closures or a loop would make each a slow object of its own shape.
  target.setHeader = setHeader
  target.setHeaders = setHeaders
  target.appendHeader = appendHeader
  target.removeHeader = removeHeader
  target.writeHead = writeHead
  target.flushHeaders = flushHeaders
  target.write = write
  target.end = end
  Object.defineProperty(target, 'headersSent', headersSent)
}

/** `open`: nothing was sent. `holding`: it waits for `beforeHeaders`. `sent`: it runs. `free`: an error takes its place. */
type Phase = 'open' | 'holding' | 'sent' | 'free'

type HeaderChange = 'setHeader' | 'setHeaders' | 'appendHeader' | 'removeHeader'
type Method = HeaderChange | 'writeHead' | 'flushHeaders' | 'write' | 'end'

const held: unique symbol = Symbol('held')

/** A response whose methods are those below. */
type HeldTarget = Record<Method, (this: HeldTarget, ...args: unknown[]) => unknown> & { [held]: HeldResponse }

function setHeader(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].changeHeader('setHeader', args)
}

function setHeaders(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].changeHeader('setHeaders', args)
}

function appendHeader(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].changeHeader('appendHeader', args)
}

function removeHeader(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].changeHeader('removeHeader', args)
}

function writeHead(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].writeHead(args)
}

function flushHeaders(this: HeldTarget): void {
  this[held].pass('flushHeaders', [])
}

function write(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].pass('write', args) ?? false
}

function end(this: HeldTarget, ...args: unknown[]): unknown {
  return this[held].end(args)
}

const wereSent = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'headersSent')?.get as () => boolean

const headersSent: PropertyDescriptor & ThisType<HeldTarget> = {
  configurable: true,
  get() {
    return this[held].looksSent()
  },
}

class HeldResponse {
  readonly #response: ServerResponse
  readonly #hooks: ResponseHooks
  /** As they were: another middleware may have put its own there. */
  readonly #original: Readonly<Record<Method, (...args: unknown[]) => unknown>>
  readonly #held: (() => void)[] = []
  #phase: Phase = 'open'
  #statusCode = 200
  /** Whether `beforeHeaders` has seen the session already. */
  #hasBegun = false
  #isEnding = false
  /** Node's own methods call each other on the response. */
  #isHookWriting = false

  constructor(response: ServerResponse, hooks: ResponseHooks) {
    this.#response = response
    this.#hooks = hooks
    const methods = response as unknown as HeldTarget
    this.#original = {
      setHeader: methods.setHeader,
      setHeaders: methods.setHeaders,
      appendHeader: methods.appendHeader,
      removeHeader: methods.removeHeader,
      writeHead: methods.writeHead,
      flushHeaders: methods.flushHeaders,
      write: methods.write,
      end: methods.end,
    }
  }

  looksSent(): boolean {
    return this.#phase === 'holding' || this.#wereSent()
  }

  changeHeader(name: HeaderChange, args: unknown[]): unknown {
    if (this.#phase !== 'holding' || this.#isHookWriting) return this.#call(name, args)
    const error = new Error(`Cannot ${name} after the headers are sent to the client`)
    throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
  }

  /** Middleware that compresses calls this again and again until the headers are gone. */
  writeHead(args: unknown[]): unknown {
    if (this.#phase === 'holding') return this.#response
    if (this.#phase !== 'open') return this.#call('writeHead', args)
    this.#applyHead(args)
    this.#hold(() => this.#sendHead())
    return this.#response
  }

  #sendHead(): void {
    if (!this.#wereSent()) this.#call('writeHead', [this.#response.statusCode])
  }

  /** `undefined` when it is held. */
  pass(name: 'write' | 'flushHeaders', args: unknown[]): unknown {
    if (!this.#isHeld()) return this.#call(name, args)
    this.#hold(() => void this.#call(name, args))
    return undefined
  }

  end(args: unknown[]): unknown {
    if (this.#phase === 'free') return this.#call('end', args)
    if (this.#isEnding) return this.#response
    this.#isEnding = true
    if (this.#hasBegun) this.#afterHeld(() => void this.#finish(args))
    else this.#hold(() => void this.#call('end', args))
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
      this.#hooks.refused(error)
      return
    }
    this.#phase = 'sent'
    this.#response.statusCode = statusCode
    for (const call of this.#held.splice(0)) call()
    if (!this.#isEnding && !this.#response.writableNeedDrain) this.#response.emit('drain')
  }

  #head(statusCode: number): HeldHead {
    const write = (name: 'setHeader' | 'appendHeader', header: string, value: string): void => {
      this.#isHookWriting = true
      this.#call(name, [header, value])
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
    this.#call('end', args)
  }

  /** As single headers, so that a hook can add to what is there. */
  #applyHead([status, ...rest]: unknown[]): void {
    const response = this.#response
    response.statusCode = Number(status)
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    const headers = rest.find((arg) => typeof arg === 'object' && arg !== null)
    for (const [name, value] of pairsOf(headers)) this.#call('setHeader', [name, value])
  }

  #call(name: Method, args: unknown[]): unknown {
    return Reflect.apply(this.#original[name], this.#response, args)
  }

  #wereSent(): boolean {
    return wereSent.call(this.#response)
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
