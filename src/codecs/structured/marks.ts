/**
 * The words of the marked form: a text that begins with `~` stands for what JSON has no word for, and a text of the
 * user that begins so gets a second one. Nothing else is touched.
 */

/** Opens a marked document, which no JSON text does, and every mark in it. */
export const mark = '~'

export const markCode = 0x7e

/** Alone in a text. */
export const marks = {
  undefined: '~u',
  negativeZero: '~-',
  notANumber: '~N',
  infinity: '~I',
  negativeInfinity: '~i',
  hole: '~h',
} as const

/** Followed by: milliseconds or nothing; a sign and hexadecimal digits; the number of an object met before. */
export const prefixes = { date: '~D', bigint: '~n', reference: '~R' } as const

/** The first item of an array that stands for something else. */
export const heads = { map: '~M', set: '~S', error: '~E', regexp: '~X', binary: '~B' } as const

/** How deep values may be nested. */
export const maxDepth = 1000

type View = new (buffer: ArrayBuffer) => ArrayBufferView

/** The kinds of view that are kept, by name. */
export const views: ReadonlyMap<string, View> = new Map<string, View>(
  [
    Uint8Array,
    Uint8ClampedArray,
    Int8Array,
    Uint16Array,
    Int16Array,
    Uint32Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigUint64Array,
    BigInt64Array,
    DataView,
  ].map((view) => [view.name, view]),
)

/** The kinds of error that come back as what they were; any other name is kept on a plain `Error`. */
export const errors: ReadonlyMap<string, ErrorConstructor> = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((error) => [error.name, error]),
)
