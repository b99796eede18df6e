/** Later ones let objects share a hidden class that have changed to the same prototype. */
const lastSlowV8 = 12

const isSlow = Number.parseInt(process.versions['v8'] ?? '', 10) <= lastSlowV8

/**
 * Express changes the prototype of each request and response, and an older V8 then gives every one of them a hidden class
 * of its own, which it copies for each property that is added: ten microseconds each, a third of all the time that a page
 * takes. Objects that a property was deleted from are dictionaries, which share their class and take what they are given.
 */
export function shareShape(target: object, property: string): void {
  if (!isSlow || !isExpress(target)) return
  const value: unknown = Reflect.get(target, property)
  if (Reflect.deleteProperty(target, property)) Reflect.set(target, property, value)
}

/** Whether it has the prototype that Express gives: an object with its application. */
function isExpress(target: object): boolean {
  const prototype = Object.getPrototypeOf(target) as object | null
  return prototype !== null && Object.hasOwn(prototype, 'app') && typeof Reflect.get(prototype, 'app') === 'function'
}
