/** One waiting call, in a list ordered by when its time is up. */
interface Waiting {
  readonly dueAt: number
  readonly expire: () => void
  previous: Waiting | undefined
  next: Waiting | undefined
}

/** How late a deadline may be noticed, in milliseconds: what one timer for all calls costs in exactness. */
const tickMs = 20

/**
 * Ends waiting after a fixed time, for any number of calls at once. All share the same time, so they end in the order in
 * which they came: a linked list and one timer do, where a timer of its own costs each call a third of its throughput.
 */
export class Deadlines {
  readonly ms: number
  #first: Waiting | undefined
  #last: Waiting | undefined
  #timer: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  constructor(ms: number) {
    this.ms = ms
  }

  /**
   * Settles as `work` does, or rejects with `late()` when the time is up first; what `work` does afterwards is ignored.
   * A failure of `work` goes through `failed`.
   */
  race<T>(work: Promise<T>, late: () => Error, failed: (error: unknown) => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#add(() => reject(late()))
      work.then(
        (value) => {
          this.#remove(waiting)
          resolve(value)
        },
        (error: unknown) => {
          this.#remove(waiting)
          reject(failed(error))
        },
      )
    })
  }

  /** When nothing waits any more: after the time at most. */
  drained(): Promise<void> {
    if (this.#first === undefined) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #add(expire: () => void): Waiting {
    const waiting: Waiting = { dueAt: performance.now() + this.ms, expire, previous: this.#last, next: undefined }
    if (this.#last === undefined) this.#first = waiting
    else this.#last.next = waiting
    this.#last = waiting
    if (this.#timer === undefined) this.#wake(this.ms)
    return waiting
  }

  /** Safe to call twice: one that has expired is out of the list already, linked to nothing. */
  #remove(waiting: Waiting): void {
    if (waiting.previous !== undefined) waiting.previous.next = waiting.next
    else if (this.#first === waiting) this.#first = waiting.next
    if (waiting.next !== undefined) waiting.next.previous = waiting.previous
    else if (this.#last === waiting) this.#last = waiting.previous
    waiting.previous = undefined
    waiting.next = undefined
    if (this.#first === undefined && this.#drained.length > 0) for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** Runs while anything waits. It never keeps a process alive: what is waited for has a socket that does. */
  #wake(ms: number): void {
    this.#timer = setTimeout(() => setImmediate(this.#check), ms).unref()
  }

  /** After the poll phase: answers that came while the event loop was blocked have been read by now. */
  readonly #check = (): void => {
    const now = performance.now()
    while (this.#first !== undefined && this.#first.dueAt <= now) {
      const due = this.#first
      this.#remove(due)
      due.expire()
    }
    this.#timer = undefined
    if (this.#first !== undefined) this.#wake(Math.max(this.#first.dueAt - now, tickMs))
  }
}
