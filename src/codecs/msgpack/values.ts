/** What MessagePack has and JavaScript has no word for. */

/** The type number of timestamps among the extensions. */
export const timestampType: number = -1

/** A moment that is finer or farther away than a `Date` can tell. */
export class MsgpackTimestamp {
  /** Since 1970; negative before. */
  readonly seconds: bigint
  /** 0 to 999999999. */
  readonly nanoseconds: number

  /** @throws RangeError for nanoseconds that are a second or more. */
  constructor(seconds: bigint, nanoseconds: number) {
    if (!Number.isInteger(nanoseconds) || nanoseconds < 0 || nanoseconds > 999_999_999) {
      throw new RangeError('Nanoseconds are a whole number from 0 to 999999999')
    }
    this.seconds = seconds
    this.nanoseconds = nanoseconds
  }

  /** Cut to the millisecond. */
  toDate(): Date {
    return new Date(Number(this.seconds) * 1000 + Math.floor(this.nanoseconds / 1_000_000))
  }
}

/** A value of an extension type that is not known here. */
export class MsgpackExtension {
  /** -128 to 127. */
  readonly type: number
  readonly data: Uint8Array

  constructor(type: number, data: Uint8Array) {
    this.type = type
    this.data = data
  }
}
