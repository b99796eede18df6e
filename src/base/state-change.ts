/** What became of a server: of the connection to it, or of the breaker before it. */
export interface StateChange {
  /** The server, as a URL without its password. */
  readonly server: string
  /** Of the connection: `ready`, `lost`. Of the breaker: `open`, `half-open`, `closed`. */
  readonly state: 'ready' | 'lost' | 'open' | 'half-open' | 'closed'
  /** Why. Logs show it, so no key is part of it. */
  readonly reason?: string
}

/** Who wants to know. */
export type OnState = (change: StateChange) => void
