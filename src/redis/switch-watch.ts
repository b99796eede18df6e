import { type HostPort, isSame } from './host-port.ts'
import type { Link } from './link.ts'
import { primaryBy, sentinelLink, type SentinelSettings } from './sentinel-link.ts'

export interface SwitchWatch {
  /** Listens to the first of these Sentinels, and to the next one when that is lost. */
  follow(sentinels: readonly HostPort[]): void
  close(): void
}

/** The members of a node-redis client that are used here. */
interface Subscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: 'error', listener: () => void): unknown
  unref(): void
}

const againAfterMs = 500
/** So often a Sentinel is asked as well: it may have fallen silent. */
const askEveryMs = 2000

/**
 * Hears from a Sentinel that the service has another primary. The old one need not tell: it may live on as a primary that
 * nobody follows, and what was made a replica of the new one answers reads as before.
 */
export function switchWatch(settings: SentinelSettings, heard: (primary: HostPort) => void): SwitchWatch {
  let sentinels: readonly HostPort[] = []
  let ear: Ear | undefined
  let pause: NodeJS.Timeout | undefined
  let isClosed = false

  function listen(): void {
    const [sentinel] = sentinels
    clearTimeout(pause)
    ear?.close()
    ear = sentinel === undefined || isClosed ? undefined : new Ear(sentinel, settings, { heard, lost })
  }

  function lost(): void {
    ear = undefined
    sentinels = [...sentinels.slice(1), ...sentinels.slice(0, 1)]
    pause = setTimeout(listen, againAfterMs).unref()
  }

  return {
    follow(order) {
      if (ear !== undefined && order[0] !== undefined && isSame(ear.sentinel, order[0])) return
      sentinels = order
      listen()
    },
    close() {
      isClosed = true
      listen()
    },
  }
}

interface EarEvents {
  readonly heard: (primary: HostPort) => void
  /** Nothing is heard any more. */
  readonly lost: () => void
}

/** One connection to one Sentinel, until it is lost. It keeps no process alive. */
class Ear {
  readonly sentinel: HostPort
  readonly #service: string
  readonly #events: EarEvents
  readonly #link: Link
  readonly #timer: NodeJS.Timeout
  #isAsking = true
  #isOver = false
  #primary: HostPort | undefined

  constructor(sentinel: HostPort, settings: SentinelSettings, events: EarEvents) {
    this.sentinel = sentinel
    this.#service = settings.address.service
    this.#events = events
    this.#link = sentinelLink(sentinel, settings)
    this.#timer = setInterval(() => this.#check(), askEveryMs).unref()
    void this.#open().catch(() => this.#lose())
  }

  close(): void {
    this.#isOver = true
    clearInterval(this.#timer)
    void this.#link.close()
  }

  async #open(): Promise<void> {
    await this.#link.open()
    const client = (await this.#link.raw()) as Subscriber
    client.unref()
    client.on('error', () => this.#lose())
    // A user of the Sentinel who may not listen asks.
    await client.subscribe('+switch-master', (message) => this.#told(message)).catch(() => undefined)
    await this.#ask()
  }

  /** `<service> <old host> <old port> <new host> <new port>` */
  #told(message: string): void {
    const [service, , , host, port] = message.split(' ')
    if (service === this.#service && host !== undefined) this.#hear({ host, port: Number(port) })
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const primary = await primaryBy(this.#link, this.#service)
    this.#isAsking = false
    if (primary !== undefined) this.#hear(primary)
  }

  #check(): void {
    if (this.#isAsking) this.#lose()
    else this.#ask().catch(() => this.#lose())
  }

  /** Only what is new: Sentinels may call one server by different names. */
  #hear(primary: HostPort): void {
    if (this.#isOver || (this.#primary !== undefined && isSame(primary, this.#primary))) return
    this.#primary = primary
    this.#events.heard(primary)
  }

  #lose(): void {
    if (this.#isOver) return
    this.close()
    this.#events.lost()
  }
}
