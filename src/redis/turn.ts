import type { ConnectionError } from '../errors.ts'
import type { HostPort } from './host-port.ts'
import { redirectPlace } from './slot-map.ts'

/** Why a command was not done where it was sent. */
export type TurnReason =
  /** The slot is another node's, for good. */
  | { readonly kind: 'moved'; readonly to: HostPort }
  /** The slot is on its way to another node, and the key is there already. */
  | { readonly kind: 'ask'; readonly to: HostPort }
  /** Nobody can do it at the moment. */
  | { readonly kind: 'later'; readonly word: string }
  /** The node cannot be reached, and the command was not sent or may be repeated. */
  | { readonly kind: 'lost'; readonly error: ConnectionError; readonly sent: boolean }
  /** Nobody told yet where the slots are. */
  | { readonly kind: 'unknown' }

/** What comes in the place of a reply when a command has to go elsewhere. */
export class Turn {
  readonly reason: TurnReason

  constructor(reason: TurnReason) {
    this.reason = reason
  }
}

const redirect = /^(MOVED|ASK) \d+ (\S+)/
const refusal = /^(TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN)\b/

/** What an error reply of the node that was `asked` says about where to go; `undefined` for one that says nothing of it. */
export function turnOf(error: unknown, asked: HostPort): Turn | undefined {
  if (!(error instanceof Error)) return undefined
  const [, word, place = ''] = redirect.exec(error.message) ?? []
  const to = word === undefined ? undefined : redirectPlace(place, asked)
  if (to !== undefined) return new Turn({ kind: word === 'MOVED' ? 'moved' : 'ask', to })
  const later = refusal.exec(error.message)?.[1]
  return later === undefined ? undefined : new Turn({ kind: 'later', word: later })
}
