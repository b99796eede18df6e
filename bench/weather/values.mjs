import { crc32 } from 'node:zlib'

const filling = 'Every value says which key it belongs to. '.repeat(50)

/** A value that says where it belongs and whether it is whole. */
export function seal(key, seq) {
  const body = filling.slice(0, 10 + ((seq * 379) % 2000))
  return { key, seq, body, sum: sumOf(key, seq, body) }
}

/** The number of a value that is whole and belongs to this key; NaN for any other. */
export function seqOf(key, value) {
  const isOurs = typeof value === 'object' && value !== null && value.key === key
  return isOurs && value.sum === sumOf(key, value.seq, value.body) ? value.seq : Number.NaN
}

function sumOf(key, seq, body) {
  return crc32(`${key}|${seq}|${body}`)
}
