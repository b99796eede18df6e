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
  /** The last who asked for each key. */
  #waiting = new Map<string, Waiter>()

  constructor(reading: BatchReading) {
    this.#reading = reading
  }

  read(key: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.size === 0
      this.#waiting.set(key, { resolve, reject, next: this.#waiting.get(key) })
      if (isFirst) queueMicrotask(this.#flushAfterTick)
      else if (this.#waiting.size >= largestBatch) this.flush()
    })
  }

  /** To be called before anything that changes `key` is sent. */
  beforeWrite(key: string): void {
    if (this.#waiting.has(key)) this.flush()
  }

  /** Sends what waits, now. */
  flush(): void {
    const batch = this.#waiting
    if (batch.size === 0) return
    if (batch.size === 1) return this.#flushOne()
    this.#waiting = new Map()
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

  #flushOne(): void {
    for (const [key, waiter] of this.#waiting) {
      this.#waiting.clear()
      this.#reading.one(key).then(
        (value) => resolveAll(waiter, value),
        (error: unknown) => rejectAll(waiter, error),
      )
    }
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
