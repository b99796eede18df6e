import { OptionError } from '../errors.ts'

/** A part of a URL without its escapes; `undefined` when it is empty. @throws what `broken` makes of the reason */
export function decodedPart(part: string, name: string, broken: (why: string) => OptionError): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    throw broken(`the ${name} has a "%" that begins no escape; write it as "%25"`)
  }
}

/** A location that cannot be, with one that can. */
export function brokenUrl(why: string, example: string): OptionError {
  return new OptionError('location', `location: ${why}; expected a URL ${example}`)
}
