/** So many ints that V8 puts next to one another in Maps and Sets: the lowest 14 bits of their hashes are the same. */
export function clashingInts(count: number): number[] {
  const ints: number[] = []
  for (let int = 0; ints.length < count; int++) if ((unseededHash(int) & 0x3fff) === 0) ints.push(int)
  return ints
}

/** `ComputeUnseededHash` of V8's `src/utils/utils.h`. */
function unseededHash(key: number): number {
  let hash = ~key + (key << 15)
  hash ^= hash >>> 12
  hash += hash << 2
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return hash ^ (hash >>> 16)
}
