/** From this size on it is looked at; until then even the worst keys cost a few milliseconds. */
const unwatched = 2048
const slotCount = 16_384

/** What is to be told to who writes such keys, which nobody would read again. */
export const crowdedKeys = 'thousands of its numbers have the same hash, which is refused on reading'

interface Sized {
  readonly size: number
}

/**
 * V8 hashes numbers in Maps and Sets without a seed, so that anybody can choose some that all meet in one bucket, where each
 * is compared with all before it: half a megabyte of such keys takes twenty seconds. Told apart by the same hash, honest keys spread.
 */
export class KeyGuard {
  readonly #slots = new WeakMap<object, Uint16Array>()

  /** Whether `key`, about to be put into `container`, meets far more of its like there than by chance. */
  isCrowded(container: Sized, key: unknown): boolean {
    if (container.size < unwatched || (typeof key !== 'number' && typeof key !== 'bigint')) return false
    const slots = this.#slots.get(container) ?? new Uint16Array(slotCount)
    this.#slots.set(container, slots)
    const slot = hashOf(key) % slotCount
    const count = (slots[slot] as number) + 1
    slots[slot] = count
    return count > 128 + container.size / 2048
  }
}

/** Whether a reader would refuse the keys of this Map or Set. What cannot be read is not to be written either. */
export function hasCrowdedKeys(container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): boolean {
  if (container.size <= unwatched) return false
  const guard = new KeyGuard()
  const read = { size: 0 }
  for (const key of container.keys()) {
    if (guard.isCrowded(read, key)) return true
    read.size += 1
  }
  return false
}

const double = new DataView(new ArrayBuffer(8))
const all64 = 0xffff_ffff_ffff_ffffn

/** V8's `ComputeUnseededHash` of what fits into 32 bits, else its `ComputeLongHash` (of a bigint's lowest 64 bits). */
function hashOf(key: number | bigint): number {
  if (typeof key === 'bigint') return hash64(BigInt.asUintN(64, key < 0n ? -key : key))
  if (key === (key | 0)) return hash32(key)
  double.setFloat64(0, key)
  return hash64(double.getBigUint64(0))
}

function hash32(key: number): number {
  let hash = (~key + (key << 15)) | 0
  hash ^= hash >>> 12
  hash = (hash + (hash << 2)) | 0
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  hash ^= hash >>> 16
  return hash & 0x3fff_ffff
}

function hash64(key: bigint): number {
  let hash = ((~key & all64) + (key << 18n)) & all64
  hash ^= hash >> 31n
  hash = (hash * 21n) & all64
  hash ^= hash >> 11n
  hash = (hash + (hash << 6n)) & all64
  hash ^= hash >> 22n
  return Number(hash & 0x3fff_ffffn)
}
