import { timingSafeEqual } from 'node:crypto'

/** Whether both are the same text, in a time that depends on their lengths alone. */
export function isSameText(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')]
  return first.byteLength === second.byteLength && timingSafeEqual(first, second)
}
