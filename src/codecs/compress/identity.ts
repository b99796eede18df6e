import type { Compressor } from '../codec.ts'

/** Writes values as they are. First in a list it ends compression while the others still read what they wrote. */
export function identity(): Compressor {
  return {
    name: 'identity',
    above: Number.POSITIVE_INFINITY,
    compress: (bytes) => bytes,
    decompress: (bytes) => bytes,
    // Bytes that nobody claims are not compressed; to claim all would keep the rest of the list from looking.
    accepts: () => false,
  }
}
