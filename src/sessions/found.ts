import type { Bytes } from '../base/bytes.ts'
import type { Fields, Moved } from './fields.ts'

/** Fields as they are written. */
export interface Encoded {
  readonly fields: Fields
  readonly bytes: Bytes
}

/** A record as it is in the store. */
export interface Found {
  /** The cache's key. */
  readonly name: string
  /** What a compare-and-swap expects there. */
  readonly bytes: Bytes
  readonly fields: Fields
}

/** What a read brought. `ttlMs` is `undefined` when it was not asked for. */
export interface Read {
  readonly found: Found | undefined
  readonly ttlMs: number | null | undefined
  /** Whether there are bytes that hold no session, in a record that others share: they may read them. */
  readonly isUnreadable?: boolean
}

export type Decoded = Pick<Read, 'found' | 'isUnreadable'>

/** What a read brought, and where the session went if it did. */
export interface Look extends Read {
  /** Told by a stone in the record's place, or where others share the records by a mark beside it. */
  readonly moved: Moved | undefined
}

/** Where a session has moved to; both are `undefined` when it is gone. */
export interface Trail {
  readonly found: Found | undefined
  /** Where its key was given up without a way. */
  readonly left: LeftBehind | undefined
}

/** A key that a login gave up. */
export interface LeftBehind {
  readonly name: string
  readonly moved: Moved
  /** What the session held before; `undefined` when that was taken away. */
  readonly held: Found | undefined
}

export const nowhere: Trail = { found: undefined, left: undefined }
