import { nextTick } from 'node:process'

import type { Bytes } from '../base/bytes.ts'

type Value = Bytes | undefined

/** How keys are read. */
export interface BatchReading {
  readonly one: (key: string) => Promise<Value>
  /** One answer each, in that order. */
  readonly many: (keys: readonly string[]) => Promise<readonly Value[]>
}

interface Waiter {
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
  /** Who waits for the same key. */
  readonly next: Waiter | undefined
}

/** More keys than this in one command would hold up everybody else on the server. */
const largestBatch = 1000

/**
 * Reads of one tick travel together: a lone one as it is, several as one command, the same key once. A write to a key
 * that waits here sends the batch first, so each caller sees what was there when it asked.
 */
export class ReadBatch {
  readonly #reading: BatchReading
  readonly #flush = (): void => this.flush()
  /** After the promise callbacks that are due now: they are where most of the other reads come from. */
  readonly #flushAfterTick = (): void => nextTick(this.#flush)
  /** The last who asked for a key, as long as all asked for that one. */
  #lone: Waiter | undefined
  #loneKey = ''
  /** The last who asked for each key, once there are several. */
  #many: Map<string, Waiter> | undefined

  constructor(reading: BatchReading) {
    this.#reading = reading
  }

  read(key: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#many !== undefined) this.#join(this.#many, key, { resolve, reject, next: this.#many.get(key) })
      else if (this.#lone === undefined) this.#begin(key, { resolve, reject, next: undefined })
      else if (key === this.#loneKey) this.#lone = { resolve, reject, next: this.#lone }
      else this.#many = new Map([[this.#loneKey, this.#lone]]).set(key, { resolve, reject, next: undefined })
    })
  }

  /** To be called before anything that changes `key` is sent. */
  beforeWrite(key: string): void {
    if (this.#many?.has(key) ?? (this.#lone !== undefined && this.#loneKey === key)) this.flush()
  }

  /** Sends what waits, now. */
  flush(): void {
    const lone = this.#lone
    const many = this.#many
    this.#lone = undefined
    this.#many = undefined
    if (many !== undefined) this.#readMany(many)
    else if (lone !== undefined) this.#readOne(this.#loneKey, lone)
  }

  #begin(key: string, waiter: Waiter): void {
    this.#lone = waiter
    this.#loneKey = key
    queueMicrotask(this.#flushAfterTick)
  }

  #join(many: Map<string, Waiter>, key: string, waiter: Waiter): void {
    many.set(key, waiter)
    if (many.size >= largestBatch) this.flush()
  }

  #readOne(key: string, waiter: Waiter): void {
    this.#reading.one(key).then(
      (value) => resolveAll(waiter, value),
      (error: unknown) => rejectAll(waiter, error),
    )
  }

  #readMany(batch: ReadonlyMap<string, Waiter>): void {
    this.#reading.many([...batch.keys()]).then(
      (values) => {
        let index = 0
        for (const waiter of batch.values()) resolveAll(waiter, values[index++])
      },
      (error: unknown) => {
        for (const waiter of batch.values()) rejectAll(waiter, error)
      },
    )
  }
}

/** A codec may answer views of the bytes it got, and who has a view can write: all others get bytes of their own. */
function resolveAll(last: Waiter, value: Value): void {
  last.resolve(value)
  for (let each = last.next; each !== undefined; each = each.next) {
    each.resolve(value === undefined ? undefined : Buffer.from(value))
  }
}

function rejectAll(last: Waiter, error: unknown): void {
  for (let each: Waiter | undefined = last; each !== undefined; each = each.next) each.reject(error)
}
