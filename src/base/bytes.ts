/** What stores keep and codecs make: never text, never objects. */
export type Bytes = Uint8Array

/** The UTF-8 bytes of `text`. */
export function fromText(text: string): Bytes {
  return Buffer.from(text, 'utf8')
}

/** The text of UTF-8 `bytes`; malformed sequences become U+FFFD. */
export function toText(bytes: Bytes): string {
  return view(bytes).toString('utf8')
}

/** Whether both hold the same bytes. Not for secrets: the time it takes depends on them. */
export function sameBytes(a: Bytes, b: Bytes): boolean {
  return a.byteLength === b.byteLength && view(a).equals(b)
}

/** The same memory as a Buffer, whose native methods are faster than anything written over `Uint8Array`. */
export function view(bytes: Bytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
