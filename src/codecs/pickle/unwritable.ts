/** Part of a value that a format cannot hold; becomes a `TypeError` that says where it is. */
export class Unwritable extends Error {
  readonly value: unknown

  constructor(value: unknown, reason: string) {
    super(reason)
    this.value = value
  }
}
