import type { Socket } from 'node:net'

/** What happens to the bytes of one direction. */
export interface LaneFault {
  /** How much later each byte arrives; `Infinity` keeps it back. */
  readonly delayMs: number
  /** How much later still at most, by chance. */
  readonly jitterMs: number
  readonly bytesPerSecond: number
  /** How many bytes still arrive on each connection, from the moment this fault begins. */
  readonly maxBytes: number
  /** What follows the last of `maxBytes`. */
  readonly afterLast: 'stall' | 'cut'
  /** Takes everything, the end of the connection too, and passes nothing on. */
  readonly swallow: boolean
}

export const noFault: LaneFault = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  maxBytes: Infinity,
  afterLast: 'stall',
  swallow: false,
}

export interface LaneOptions {
  readonly from: Socket
  readonly to: Socket
  readonly fault: () => LaneFault
  /** From 0 to below 1. */
  readonly random: () => number
  /** Bytes are gone for good, so the connection can never be whole again. */
  readonly lost: () => void
  readonly cut: () => void
}

/** `undefined` bytes are the end of the stream. */
interface Parcel {
  readonly arrivedAt: number
  /** The share of the jitter that it gets. */
  readonly luck: number
  readonly bytes: Buffer | undefined
}

const maxQueuedBytes = 1 << 20
const slowStepMs = 10

/** One direction of one connection. */
export class Lane {
  readonly #options: LaneOptions
  #queue: Parcel[] = []
  #queuedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #notBefore = 0
  #countedFor: LaneFault | undefined
  #passedBytes = 0

  constructor(options: LaneOptions) {
    this.#options = options
    options.from.on('data', (bytes: Buffer) => this.#enqueue(bytes))
    options.from.on('end', () => this.#enqueue(undefined))
    options.to.on('drain', () => this.#pump())
  }

  /** Applies a fault that has changed to what is still on its way. */
  refresh(): void {
    this.#notBefore = 0
    this.#pump()
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.#queue = []
  }

  #enqueue(bytes: Buffer | undefined): void {
    this.#queue.push({ arrivedAt: Date.now(), luck: this.#options.random(), bytes })
    this.#queuedBytes += bytes?.length ?? 0
    this.#pump()
    if (this.#queuedBytes > maxQueuedBytes) this.#options.from.pause()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    const { from, to, fault, cut } = this.#options
    for (let next = this.#queue[0]; next !== undefined && !to.destroyed; next = this.#queue[0]) {
      const current = fault()
      if (current.swallow || this.#isUsedUp(current)) return this.#swallow()
      if (to.writableNeedDrain) return

      const lateMs = current.delayMs + current.jitterMs * next.luck
      const waitMs = Math.max(next.arrivedAt + lateMs, this.#notBefore) - Date.now()
      if (waitMs > 0) return this.#wake(waitMs)
      this.#pass(next, current)
      if (this.#isUsedUp(current)) return current.afterLast === 'cut' ? cut() : this.#swallow()
    }
    from.resume()
  }

  #isUsedUp(current: LaneFault): boolean {
    if (this.#countedFor !== current) this.#passedBytes = 0
    this.#countedFor = current
    return this.#passedBytes >= current.maxBytes
  }

  #pass({ bytes, ...parcel }: Parcel, { bytesPerSecond, maxBytes }: LaneFault): void {
    this.#queue.shift()
    if (bytes === undefined) {
      this.#options.to.end()
      return
    }
    const perStep = Math.max(1, Math.floor((bytesPerSecond * slowStepMs) / 1000))
    const piece = bytes.subarray(0, Math.min(perStep, maxBytes - this.#passedBytes))
    const rest = bytes.subarray(piece.length)
    if (rest.length > 0) this.#queue.unshift({ ...parcel, bytes: rest })

    this.#options.to.write(piece)
    this.#queuedBytes -= piece.length
    this.#passedBytes += piece.length
    this.#notBefore = Date.now() + (piece.length / bytesPerSecond) * 1000
  }

  #swallow(): void {
    this.#queue = []
    this.#queuedBytes = 0
    this.#options.lost()
    this.#options.from.resume()
  }

  #wake(waitMs: number): void {
    if (Number.isFinite(waitMs)) this.#timer = setTimeout(() => this.#pump(), waitMs)
  }
}
