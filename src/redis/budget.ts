import { setTimeout as sleep } from 'node:timers/promises'

/** The time of one call that takes several steps: each step gets what the ones before it left. */
export class Budget {
  readonly ms: number
  readonly #endsAt: number

  /** `begunAt`: by `performance.now()`. */
  constructor(ms: number, begunAt: number = performance.now()) {
    this.ms = ms
    this.#endsAt = begunAt + ms
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAt
  }

  /** Settles as `work` does, or rejects with `late()` when the time is up first; what `work` does then is ignored. */
  race<T>(work: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(late()), Math.max(0, this.#endsAt - performance.now()))
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  /** Waits a moment, though not beyond the end. */
  async pause(ms: number): Promise<void> {
    await sleep(Math.min(ms, Math.max(0, this.#endsAt - performance.now())))
  }
}
