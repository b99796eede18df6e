/** One waiting call, in a list ordered by when its time is up. */
interface Waiting {
  readonly dueAt: number
  readonly waiter: { late(): Error }
  readonly reject: (error: Error) => void
  isOver: boolean
  previous: Waiting | undefined
  next: Waiting | undefined
}

/** What becomes of a call that ends otherwise than with an answer in time. */
export interface Waiter<T> {
  /** The time is up: what its caller is told. */
  late(): Error
  /** The work failed: what its caller is told. Called as well when the caller was told already that the time is up. */
  failed(error: unknown): Error
  /** Another try in the place of a failure, within the same time. */
  again?(error: unknown): Promise<T> | undefined
  /** The work has brought an answer, in time or not. */
  answered?(): void
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

  constructor(ms: number) {
    this.ms = ms
  }

  /**
   * Settles as `work` does, or rejects with `late()` when the time is up first; what `work` does afterwards is ignored.
   * A failure of `work` goes through `failed`.
   */
  race<T>(work: Promise<T>, late: () => Error, failed: (error: unknown) => Error): Promise<T> {
    return this.run(work, { late, failed })
  }

  /** As {@link race}, for a call that may try again. */
  run<T>(work: Promise<T>, waiter: Waiter<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#add(waiter, reject)
      const answered = (value: T): void => {
        this.#remove(waiting)
        waiter.answered?.()
        resolve(value)
      }
      const failed = (error: unknown): void => {
        const another = waiting.isOver ? undefined : waiter.again?.(error)
        if (another !== undefined) return follow(another)
        this.#remove(waiting)
        reject(waiter.failed(error))
      }
      const follow = (attempt: Promise<T>): void => void attempt.then(answered, failed)
      follow(work)
    })
  }

  #add(waiter: Waiting['waiter'], reject: Waiting['reject']): Waiting {
    const dueAt = performance.now() + this.ms
    const waiting: Waiting = { dueAt, waiter, reject, isOver: false, previous: this.#last, next: undefined }
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
      due.isOver = true
      this.#remove(due)
      due.reject(due.waiter.late())
    }
    this.#timer = undefined
    if (this.#first !== undefined) this.#wake(Math.max(this.#first.dueAt - now, tickMs))
  }
}
