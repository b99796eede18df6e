/** How many slots every Cluster has. */
export const slotCount = 16_384

/**
 * The slot of a key: CRC16 of its hash tag, which is what stands between its first `{` and the next `}` unless that is
 * nothing, else of all of it.
 */
export function slotOf(key: string): number {
  const tag = tagOf(key)
  let crc = 0
  for (let index = 0; index < tag.length; index++) {
    const code = tag.charCodeAt(index)
    if (code > 0x7f) return slotOfBytes(Buffer.from(tag, 'utf8'))
    crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ code] as number)
  }
  return crc % slotCount
}

function slotOfBytes(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ byte] as number)
  return crc % slotCount
}

function tagOf(key: string): string {
  const open = key.indexOf('{')
  if (open === -1) return key
  const close = key.indexOf('}', open + 1)
  return close <= open + 1 ? key : key.slice(open + 1, close)
}

/** CRC-16/XMODEM, a byte at a time. */
const table: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
  return crc & 0xffff
})
