import { maxDepth } from './marks.ts'

/**
 * Whether JSON holds `value` exactly as it is. Never throws; what is nested too deep, met twice or no data at all is
 * not exact.
 */
export function isExactJson(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? isExactObject(value, new Set(), 0) : isExactScalar(value)
}

function isExactScalar(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return value === 0 ? !Object.is(value, -0) : Number.isFinite(value)
    default:
      return value === null
  }
}

function isExactObject(value: object, seen: Set<object>, depth: number): boolean {
  if (depth >= maxDepth || seen.has(value)) return false
  seen.add(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value)) return prototype === Array.prototype && isExactArray(value, seen, depth)
  if (prototype !== Object.prototype && prototype !== null) return false
  const record = value as Readonly<Record<string, unknown>>
  // Inherited names, which a for-in also walks, could only make the answer more careful.
  for (const name in record) {
    if (!isExactItem(record[name], seen, depth)) return false
  }
  return true
}

function isExactArray(value: readonly unknown[], seen: Set<object>, depth: number): boolean {
  for (let index = 0; index < value.length; index++) {
    if (!isExactItem(value[index], seen, depth)) return false
  }
  return true
}

function isExactItem(item: unknown, seen: Set<object>, depth: number): boolean {
  return typeof item === 'object' && item !== null ? isExactObject(item, seen, depth + 1) : isExactScalar(item)
}
