import { OutgoingMessage, type ServerResponse } from 'node:http'

import { expressPrototype, prototypeOf } from './express-prototype.ts'

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

/** Those that change headers. */
const headerChanges: ReadonlySet<string> = new Set(names.slice(0, 4))

/** What a response is told to do. */
export type Method = (typeof names)[number]

/** Stands between a response and everybody who uses it. */
export interface Interceptor {
  /** A method was called on the response; the answer is its answer. */
  call(method: Method, args: unknown[]): unknown
  /** Whether calls that change headers go to {@link call} as well; else to the response at once. */
  readonly areHeadersClosed: boolean
  readonly headersSent: boolean
}

/** By response. The last one is asked for several times in a row, and a WeakMap takes its time. */
class Interceptors {
  readonly #all = new WeakMap<object, Interceptor>()
  #lastResponse: object | undefined
  #lastInterceptor: Interceptor | undefined

  get(response: object): Interceptor | undefined {
    return response === this.#lastResponse ? this.#lastInterceptor : this.#all.get(response)
  }

  has(response: object): boolean {
    return this.#all.has(response)
  }

  set(response: object, interceptor: Interceptor): void {
    this.#all.set(response, interceptor)
    this.#lastResponse = response
    this.#lastInterceptor = interceptor
  }
}

/** What a response does without its interceptor. */
export type Methods = Readonly<Record<Method, (...args: unknown[]) => unknown>>

/**
 * Has an interceptor take every call on a response. Node's own responses get methods of their own; for those of an
 * Express application it is done once on `app.response`, the object that Express offers for that: what it makes of
 * Node's responses takes ten microseconds for every property that one of them is given.
 */
export function intercept(response: ServerResponse, make: (original: Methods) => Interceptor): void {
  const prototype = expressPrototype(response, hidesMethods)
  if (prototype !== undefined) {
    const original = covered.get(prototype) ?? cover(prototype)
    byPrototype.set(response, make(original))
    return
  }
  byItself.set(response, make(methodsOf(response)))
  Object.assign(response, ownMethods)
  Object.defineProperty(response, 'headersSent', ownHeadersSent)
}

/** Who has the calls on a response. */
export function interceptorOf(response: object): Interceptor | undefined {
  return byPrototype.get(response) ?? byItself.get(response)
}

/**
 * Takes the response back from everybody who put methods of their own over the interceptor's since: what compresses or
 * counts a body that was given up would do so with the next one, or not let it through.
 */
export function reclaim(response: ServerResponse): void {
  if (byItself.has(response)) return void Object.assign(response, ownMethods)
  for (const name of names) if (Object.hasOwn(response, name)) Reflect.deleteProperty(response, name)
}

const ofMessage = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'headersSent')?.get as () => boolean

const byItself = new Interceptors()
const byPrototype = new Interceptors()
/** What prototypes did before. */
const covered = new WeakMap<object, Methods>()

// The same functions for all responses, which then keep one shape.
const ownMethods = dispatchers(byItself, undefined)
const ownHeadersSent = dispatchingGetter(byItself)
const expressHeadersSent = dispatchingGetter(byPrototype)

/** Whether somebody else stands before what the prototypes of Express are given. */
function hidesMethods(target: object): boolean {
  return !covered.has(target) && hasMethods(target)
}

function hasMethods(target: object): boolean {
  return names.some((name) => Object.hasOwn(target, name))
}

function cover(prototype: object): Methods {
  const original = methodsOf(prototype)
  covered.set(prototype, original)
  Object.assign(prototype, dispatchers(byPrototype, original))
  Object.defineProperty(prototype, 'headersSent', expressHeadersSent)
  return original
}

function methodsOf(target: object): Methods {
  return Object.fromEntries(names.map((name) => [name, Reflect.get(target, name) as unknown])) as unknown as Methods
}

/** Whether the headers of a response have gone, whatever an interceptor says. */
export function wereHeadersSent(response: object): boolean {
  // Node's HTTP/2 responses have a getter of their own, and one of HTTP/1 would ask this one in turn.
  return response instanceof OutgoingMessage ? ofMessage.call(response) : ofPrototype(response)
}

function ofPrototype(response: object): boolean {
  return Reflect.get(prototypeOf(response) ?? {}, 'headersSent', response) === true
}

function dispatchers(interceptors: Interceptors, original: Methods | undefined): Methods {
  const dispatcher = (name: Method) => {
    const changesHeaders = headerChanges.has(name)
    const direct = original?.[name]
    return function (this: object, ...args: unknown[]): unknown {
      const interceptor = interceptors.get(this)
      const isDirect = interceptor === undefined || (changesHeaders && !interceptor.areHeadersClosed)
      if (isDirect && direct !== undefined) return Reflect.apply(direct, this, args)
      return interceptor?.call(name, args)
    }
  }
  return Object.fromEntries(names.map((name) => [name, dispatcher(name)])) as unknown as Methods
}

function dispatchingGetter(interceptors: Interceptors): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    get() {
      return interceptors.get(this)?.headersSent ?? wereHeadersSent(this)
    },
  }
}
