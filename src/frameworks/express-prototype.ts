/**
 * The `app.request` or `app.response` that an object of Express has all the time, which is that of the outermost
 * application: one that is mounted there inherits from it, and may hand the request back. `undefined` when something
 * before it `hides` what that is to be given, or there is none.
 */
export function expressPrototype(target: object, hides: (each: object) => boolean): object | undefined {
  let found: object | undefined
  let isHidden = hides(target)
  for (let each = prototypeOf(target); isExpress(each) && !isHidden; each = prototypeOf(each)) {
    found = each
    isHidden = hides(each)
  }
  return isHidden && isExpress(prototypeOf(found ?? target)) ? undefined : found
}

function isExpress(prototype: object | null): prototype is object {
  return prototype !== null && Object.hasOwn(prototype, 'app') && typeof Reflect.get(prototype, 'app') === 'function'
}

export function prototypeOf(target: object): object | null {
  return Object.getPrototypeOf(target) as object | null
}
