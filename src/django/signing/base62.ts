const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = /^-?[0-9A-Za-z]{1,9}$/

/** A whole number as Django's base 62 writes it. */
export function toBase62(integer: number): string {
  let text = ''
  let left = Math.abs(integer)
  do {
    text = alphabet.charAt(left % 62) + text
    left = Math.floor(left / 62)
  } while (left > 0)
  return integer < 0 ? `-${text}` : text
}

/** `undefined` for what is none, or has more digits than 2^53. */
export function fromBase62(text: string): number | undefined {
  if (!form.test(text)) return undefined
  let integer = 0
  for (const digit of text.replace('-', '')) integer = integer * 62 + alphabet.indexOf(digit)
  return text.startsWith('-') ? -integer : integer
}
