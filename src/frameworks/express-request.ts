import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Session } from '../sessions/index.ts'
import { carriedBy } from './carry.ts'
import { expressPrototype } from './express-prototype.ts'

const name = 'session'

/** Those whose requests answer with the session that their response carries. */
const answering = new WeakSet<object>()

/**
 * Gives a request the session that its response carries. Those of an Express application are asked by way of
 * `app.request`, the object that Express offers for that: what it makes of Node's requests takes ten microseconds for
 * every property that one of them is given.
 */
export function giveSession(request: IncomingMessage & { session?: Session }, session: Session): void {
  const prototype = hasResponse(request) ? expressPrototype(request, hidesSession) : undefined
  if (prototype === undefined || hidesSession(prototype)) request.session = session
  else if (!answering.has(prototype)) answer(prototype)
}

function answer(prototype: object): void {
  answering.add(prototype)
  Object.defineProperty(prototype, name, accessor)
}

const accessor: PropertyDescriptor & ThisType<object> = {
  configurable: true,
  enumerable: true,
  get() {
    return hasResponse(this) ? carriedBy(this.res)?.session : undefined
  },
  set(value: unknown) {
    Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
  },
}

function hasResponse(request: object): request is { readonly res: ServerResponse } {
  return 'res' in request && typeof request.res === 'object' && request.res !== null
}

function hidesSession(target: object): boolean {
  return !answering.has(target) && Object.hasOwn(target, name)
}
