import type { Bytes } from '../base/bytes.ts'

/** A command as it goes onto the wire, its name first. */
export type Command = readonly (string | Bytes)[]

/** What Redis answers: bulk strings as bytes, status lines as text. */
export type Reply = Bytes | string | number | bigint | boolean | null | readonly Reply[]

/**
 * The port to a client library: the only place below which one is named. It sends and receives, and knows nothing of
 * deadlines, retries or values. Its errors are already those of this package.
 */
export interface Link {
  /** The server, as a URL without its password: for messages. */
  readonly server: string
  /** Whether a command sent now goes onto a living connection. */
  readonly isReady: boolean
  /** Reads the client library from the disk, which takes long and is no waiting for Redis: no deadline runs meanwhile. */
  load(): Promise<unknown>
  /** Connects, unless connected; attempts under way are shared. @throws ConnectionError that says what to mend. */
  open(): Promise<void>
  /** One command on the living connection. @throws ConnectionError or CommandError */
  send(command: Command): Promise<Reply>
  /** All or none, in one go: `MULTI` ... `EXEC`. One reply for each. */
  transaction(commands: readonly Command[]): Promise<readonly Reply[]>
  /** Gives the connection up: what is under way on it fails at once and {@link open} makes a new one. */
  drop(): void
  /** Ends it for good. */
  close(): Promise<void>
  /** The client library's own object, connected. */
  raw(): Promise<unknown>
}
