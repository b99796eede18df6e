/** Part of a value that a format cannot hold; becomes a `TypeError` that says where it is. */
export class Unwritable extends Error {
  readonly value: unknown

  constructor(value: unknown, reason: string) {
    super(reason)
    this.value = value
  }
}

/** What to throw for `error`, which came up while `root` was written as `format`. */
export function placed(error: unknown, format: string, root: unknown): unknown {
  if (!(error instanceof Unwritable)) return error
  return new TypeError(`${format}: ${pathTo(root, error.value)}: ${error.message}`, { cause: error })
}

/** A place in a value, and how it is reached. */
interface Place {
  readonly value: unknown
  readonly path: string
}

/** The way from `root` to `wanted`, such as `value.items[2].price`. */
function pathTo(root: unknown, wanted: unknown): string {
  const seen = new Set<unknown>()
  const places: Place[] = [{ value: root, path: 'value' }]
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    if (Object.is(place.value, wanted)) return place.path
    if (typeof place.value !== 'object' || place.value === null || seen.has(place.value)) continue
    seen.add(place.value)
    for (const part of partsOf(place.value, place.path).toReversed()) places.push(part)
  }
  return 'value'
}

function partsOf(value: object, path: string): Place[] {
  if (ArrayBuffer.isView(value)) return []
  if (Array.isArray(value))
    return Array.from(value, (item: unknown, index) => ({ value: item, path: `${path}[${index}]` }))
  if (value instanceof Set) return Array.from(value, (item: unknown) => ({ value: item, path: `${path}{}` }))
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
  return Array.from(entries).flatMap(([key, item]) => [
    { value: key, path: `${path} (a key)` },
    { value: item, path: path + step(key) },
  ])
}

function step(key: unknown): string {
  if (typeof key !== 'string') return `[${typeof key}]`
  return /^[A-Za-z_$][\w$]{0,60}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 60))}]`
}
