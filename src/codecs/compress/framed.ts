import type { Bytes } from '../../base/bytes.ts'
import { DecodeError, OptionError } from '../../errors.ts'
import type { MaybePromise } from '../codec.ts'
import { Cursor } from './cursor.ts'
import { cutShort, damaged, moreFollows, tooLarge } from './reasons.ts'

/** How large a frame's content can become, as its headers tell without decompressing anything. */
export interface Extent {
  /** Never exceeded, whatever the frame holds. */
  readonly most: number
  /** Whether it comes to exactly that. */
  readonly isExact: boolean
}

/** One whole frame, and what it may become. */
export interface Frame extends Extent {
  readonly bytes: Bytes
}

/** What the content may still take. */
export interface Budget {
  readonly bytes: number
  /** The error to throw for more. */
  readonly exceeded: () => DecodeError
}

/** A format whose values are one frame, or several one after the other. */
export interface FramedFormat {
  readonly name: string
  readonly maxBytes: number
  /**
   * Passes one frame. `skipped` is what the format allows between frames, `foreign` what is no frame.
   *
   * @throws DecodeError also when the content exceeds the budget for certain.
   */
  readonly pass: (cursor: Cursor, budget: Budget) => Extent | 'skipped' | 'foreign'
  readonly decompress: (frame: Frame) => MaybePromise<Bytes>
}

/** Nobody writes so many; each costs far more time than bytes. */
const mostFrames = 1000

/**
 * Decompresses by libraries that know no limit, or do not tell that bytes are cut short or follow: the headers are
 * walked over first, and only what is whole and within the limit is handed on.
 *
 * @throws DecodeError
 */
export function decompressFrames(bytes: Bytes, format: FramedFormat): MaybePromise<Bytes> {
  const frames = framesOf(bytes, format)
  const [first] = frames
  if (first === undefined) throw cutShort(format.name)
  return frames.length === 1 ? decompressFrame(first, format) : joined(frames, format)
}

/** `use` of what is there, or of what will be. */
export function andThen<T, U>(value: MaybePromise<T>, use: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(use) : use(value)
}

function framesOf(bytes: Bytes, format: FramedFormat): readonly Frame[] {
  const cursor = new Cursor(bytes, format.name)
  const frames: Frame[] = []
  let left = format.maxBytes
  const exceeded = (): DecodeError => tooLarge(format.name, format.maxBytes)
  for (let count = 0; !cursor.isAtEnd; count++) {
    if (count === mostFrames) throw damaged(format.name)
    const start = cursor.at
    const extent = format.pass(cursor, { bytes: left, exceeded })
    if (extent === 'foreign') throw frames.length === 0 ? damaged(format.name) : moreFollows(format.name)
    if (extent === 'skipped') continue
    frames.push({ ...extent, bytes: bytes.subarray(start, cursor.at) })
    left -= extent.most
  }
  return frames
}

async function joined(frames: readonly Frame[], format: FramedFormat): Promise<Bytes> {
  const parts: Bytes[] = []
  for (const frame of frames) parts.push(await decompressFrame(frame, format))
  return Buffer.concat(parts)
}

function decompressFrame(frame: Frame, format: FramedFormat): MaybePromise<Bytes> {
  try {
    const content = format.decompress(frame)
    if (!(content instanceof Promise)) return checked(content, frame, format)
    return content.then(
      (known) => checked(known, frame, format),
      (cause: unknown) => {
        throw translated(cause, format)
      },
    )
  } catch (cause) {
    throw translated(cause, format)
  }
}

function checked(content: Bytes, frame: Frame, format: FramedFormat): Bytes {
  const isAsTold = frame.isExact ? content.byteLength === frame.most : content.byteLength <= frame.most
  if (!isAsTold) throw damaged(format.name)
  return content
}

function translated(cause: unknown, format: FramedFormat): Error {
  return cause instanceof DecodeError || cause instanceof OptionError ? cause : damaged(format.name, cause)
}
