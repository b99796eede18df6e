import { OutgoingMessage, type ServerResponse } from 'node:http'

const names = [
  'setHeader',
  'setHeaders',
  'appendHeader',
  'removeHeader',
  'writeHead',
  'flushHeaders',
  'write',
  'end',
] as const

/** What a response is told to do. */
export type Method = (typeof names)[number]

/** Stands between a response and everybody who uses it. */
export interface Interceptor {
  /** A method was called on the response; the answer is its answer. */
  call(method: Method, args: unknown[]): unknown
  readonly headersSent: boolean
}

/** What a response does without its interceptor. */
export type Methods = Readonly<Record<Method, (...args: unknown[]) => unknown>>

/** A property of the response and no WeakMap: what that holds of a response keeps it alive until the next full collection. */
const interceptorKey: unique symbol = Symbol('everwarm.interceptor')

interface Intercepted extends ServerResponse {
  [interceptorKey]?: Interceptor
}

/** Has an interceptor take every call on a response. */
export function intercept(response: Intercepted, make: (original: Methods) => Interceptor): void {
  response[interceptorKey] = make(methodsOf(response))
  Object.assign(response, dispatchers)
  Object.defineProperty(response, 'headersSent', headersSent)
}

/** Who has the calls on a response. */
export function interceptorOf(response: Intercepted): Interceptor | undefined {
  return response[interceptorKey]
}

/**
 * Takes the response back from everybody who put methods of their own over the interceptor's since: what compresses or
 * counts a body that was given up would do so with the next one, or not let it through.
 */
export function reclaim(response: ServerResponse): void {
  Object.assign(response, dispatchers)
}

function methodsOf(response: ServerResponse): Methods {
  const methods: Partial<Record<Method, unknown>> = {}
  for (const name of names) methods[name] = Reflect.get(response, name)
  return methods as Methods
}

// The same functions for all responses, which then keep one shape.
const dispatchers = Object.fromEntries(
  names.map((name) => [
    name,
    function (this: Intercepted, ...args: unknown[]): unknown {
      return this[interceptorKey]?.call(name, args)
    },
  ]),
)

const headersSent: PropertyDescriptor & ThisType<Intercepted> = {
  configurable: true,
  get() {
    return this[interceptorKey]?.headersSent
  },
}

const ofMessage = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'headersSent')?.get as () => boolean

/** Whether the headers of a response have gone, whatever an interceptor says. */
export function wereHeadersSent(response: object): boolean {
  // Node's HTTP/2 responses have a getter of their own, and one of HTTP/1 would ask this one in turn.
  return response instanceof OutgoingMessage ? ofMessage.call(response) : ofPrototype(response)
}

function ofPrototype(response: object): boolean {
  const prototype = Object.getPrototypeOf(response) as object | null
  return Reflect.get(prototype ?? {}, 'headersSent', response) === true
}
