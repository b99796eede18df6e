/** Python's types that JavaScript has no word for: scalars and names. Each is written back as the type it came from. */

/** A float that is a whole number, such as `1.0`; JavaScript's own `1` is Python's int. Counts like any number. */
export class PyFloat extends Number {}

/** A `complex` number. */
export class PyComplex {
  readonly real: number
  readonly imaginary: number

  constructor(real: number, imaginary: number) {
    this.real = real
    this.imaginary = imaginary
  }

  /** As Python writes it, such as `(1-2j)`. */
  toString(): string {
    const sign = this.imaginary < 0 || Object.is(this.imaginary, -0) ? '-' : '+'
    return `(${this.real}${sign}${Math.abs(this.imaginary)}j)`
  }

  toJSON(): string {
    return this.toString()
  }
}

const decimalText = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i

/** A `decimal.Decimal`: its text, with every digit. */
export class PyDecimal {
  readonly text: string

  /** @throws RangeError for what is no decimal number. */
  constructor(text: string) {
    if (!decimalText.test(text)) throw new RangeError('A decimal is written as "-12.50", "1E+10", "NaN" or "Infinity"')
    this.text = text
  }

  /** The nearest number. */
  toNumber(): number {
    const infinite = /^[+-]?inf/i.exec(this.text)
    return infinite === null ? Number(this.text) : this.text.startsWith('-') ? -Infinity : Infinity
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

const uuidText = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** A `uuid.UUID`. */
export class PyUuid {
  /** In lower case, with hyphens. */
  readonly text: string
  /** What Python knows of how it was made: 0 safely, -1 not; `undefined` mostly. */
  readonly isSafe: number | undefined

  /** @throws RangeError for what is no UUID. */
  constructor(text: string, isSafe?: number) {
    this.text = text.toLowerCase()
    this.isSafe = isSafe
    if (!uuidText.test(this.text)) throw new RangeError('A UUID is 32 hexadecimal digits, 8-4-4-4-12')
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

/** Text that Django's templates do not escape: `django.utils.safestring.SafeString`. Reads like any text. */
export class PySafeString extends String {}

/** Marks the values of django-redis' `HerdClient`, which are tuples of it, the value and the time they end. */
export class PyHerdMarker {
  toString(): string {
    return 'Marker'
  }
}

/** A class or function by its name, such as the `list` of a `defaultdict(list)`. It is a name, nothing can be called. */
export class PyGlobal {
  readonly module: string
  readonly name: string

  constructor(module: string, name: string) {
    this.module = module
    this.name = name
  }

  toString(): string {
    return `${this.module}.${this.name}`
  }

  toJSON(): string {
    return this.toString()
  }
}
