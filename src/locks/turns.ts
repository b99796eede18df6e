/** The longest that a timer takes. */
const longestMs = 2 ** 31 - 1

/**
 * Who waits in this process for which lock, in the order they came. Only the first of a line asks the store, so that
 * many waiters cost no more than one; a release in this process wakes it at once.
 */
export class Turns {
  readonly #lines = new Map<string, Turn[]>()

  enter(wireKey: string): Turn {
    const turn = new Turn()
    const line = this.#lines.get(wireKey)
    if (line === undefined) this.#lines.set(wireKey, [turn])
    else line.push(turn)
    turn.isFirst = line === undefined
    return turn
  }

  leave(wireKey: string, turn: Turn): void {
    const line = this.#lines.get(wireKey) ?? []
    line.splice(line.indexOf(turn), 1)
    const [next] = line
    if (next === undefined) this.#lines.delete(wireKey)
    else if (turn.isFirst) {
      next.isFirst = true
      next.wake()
    }
  }

  /** The lock was given back: the first in line may try. */
  wake(wireKey: string): void {
    this.#lines.get(wireKey)?.[0]?.wake()
  }
}

/** One who waits. */
export class Turn {
  isFirst = false
  #isWoken = false
  #resume: (() => void) | undefined

  wake(): void {
    this.#isWoken = true
    this.#resume?.()
  }

  /** From here on a wake-up ends the next {@link rest}, also one that comes before it begins: none is lost while asking. */
  look(): void {
    this.#isWoken = false
  }

  /** Until woken, aborted, or the time is up. */
  async rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isWoken || signal?.aborted === true) return
    let timer: NodeJS.Timeout | undefined
    let abort = (): void => undefined
    await new Promise<void>((resolve) => {
      this.#resume = resolve
      abort = resolve
      timer = setTimeout(resolve, Math.min(ms, longestMs))
      signal?.addEventListener('abort', abort, { once: true })
    })
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    this.#resume = undefined
  }
}
