/** Whether nothing of plain JSON data is nested deeper than `levels`. */
export function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object' && !isWithinDepth(item, levels - 1)) return false
    }
    return true
  }
  const record = value as Readonly<Record<string, unknown>>
  for (const name in record) {
    if (typeof record[name] === 'object' && !isWithinDepth(record[name], levels - 1)) return false
  }
  return true
}
