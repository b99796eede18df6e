import { nextTick } from 'node:process'

import type { Bytes } from '../base/bytes.ts'

interface Waiter {
  readonly resolve: (value: Bytes | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Reads the keys, one answer each, in that order. */
type ReadMany = (keys: readonly string[]) => Promise<readonly (Bytes | undefined)[]>

/** More keys than this in one command would hold up everybody else on the server. */
const largestBatch = 1000

/**
 * Reads of one tick travel together: a lone one as it is, several as one command, the same key once. A write to a key
 * that waits here sends the batch first, so each caller sees what was there when it asked.
 */
export class ReadBatch {
  readonly #readMany: ReadMany
  #waiting = new Map<string, Waiter[]>()

  constructor(readMany: ReadMany) {
    this.#readMany = readMany
  }

  read(key: string): Promise<Bytes | undefined> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(key)
      if (waiters !== undefined) waiters.push({ resolve, reject })
      else this.#begin(key, { resolve, reject })
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
    this.#waiting = new Map()
    this.#readMany([...batch.keys()]).then(
      (values) => {
        let index = 0
        for (const waiters of batch.values()) {
          const value = values[index++]
          for (const [place, { resolve }] of waiters.entries()) resolve(place === 0 ? value : copyOf(value))
        }
      },
      (error: unknown) => {
        for (const waiters of batch.values()) for (const waiter of waiters) waiter.reject(error)
      },
    )
  }

  #begin(key: string, waiter: Waiter): void {
    this.#waiting.set(key, [waiter])
    if (this.#waiting.size === 1) whenTickEnds(() => this.flush())
    if (this.#waiting.size >= largestBatch) this.flush()
  }
}

/** A codec may answer views of the bytes it got, and who has a view can write. */
function copyOf(value: Bytes | undefined): Bytes | undefined {
  return value === undefined ? undefined : Buffer.from(value)
}

/** After the promise callbacks that are due now: they are where most of the other reads come from. */
function whenTickEnds(callback: () => void): void {
  void Promise.resolve().then(() => nextTick(callback))
}
