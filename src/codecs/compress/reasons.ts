import { DecodeError } from '../../errors.ts'

/** The answer to bytes that end before the value does. */
export function cutShort(format: string, cause?: unknown): DecodeError {
  return new DecodeError('', format, 'it is cut short', cause)
}

/** The answer to bytes that no writer of the format makes. */
export function damaged(format: string, cause?: unknown): DecodeError {
  return new DecodeError('', format, 'it is damaged', cause)
}

/** The answer to a value that would take more memory than it may. */
export function tooLarge(format: string, maxBytes: number, cause?: unknown): DecodeError {
  const reason = `it would grow beyond ${maxBytes} bytes; raise the option maxBytes if it may`
  return new DecodeError('', format, reason, cause)
}

/** The answer to something behind the end of the value. */
export function moreFollows(format: string): DecodeError {
  return new DecodeError('', format, 'more bytes follow after its end')
}
