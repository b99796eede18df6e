import type { ServerResponse } from 'node:http'

import type { Commit, ResponseFacts, Session } from '../sessions/index.ts'
import { type HeldHead, holdResponse, hooksOf, type ResponseHooks } from './held-response.ts'
import { type Mounted, taken } from './mounted.ts'
import { withCookie } from './vary.ts'

/** A response of Node's own and what its framework knows of it. */
export interface Carrier {
  readonly response: ServerResponse
  /** Whether the request came safely, in the framework's own judgement of proxies. */
  readonly isSecure: () => boolean
  /** Takes the error of a save that failed before anything was sent. */
  readonly refused: (error: unknown) => void
}

/**
 * Saves the session before the response ends, and sets its cookie before the headers go. A response carries one, whatever
 * became of the request: when it has one of these sessions already, that is the answer.
 *
 * @throws OptionError when it carries one of other sessions.
 */
export function carry(mounted: Mounted, carrier: Carrier): Session {
  const carried = carriedBy(carrier.response)
  if (carried === undefined) holdResponse(carrier.response, new Carried(mounted, carrier))
  else if (carried.sessions !== mounted.sessions) throw taken('response', 'one that carries other sessions')
  return (carried ?? mounted).session
}

/** The session that a response carries. */
export function carriedBy(response: ServerResponse): Mounted | undefined {
  const hooks = hooksOf(response)
  return hooks instanceof Carried ? hooks.mounted : undefined
}

class Carried implements ResponseHooks {
  readonly mounted: Mounted
  readonly #carrier: Carrier

  constructor(mounted: Mounted, carrier: Carrier) {
    this.mounted = mounted
    this.#carrier = carrier
  }

  beforeHeaders(head: HeldHead): Promise<void> {
    return this.#commit(head.statusCode, false).then(({ setCookie, vary }) => {
      if (vary) head.setHeader('Vary', withCookie(head.getHeader('Vary')))
      if (setCookie !== undefined) head.appendHeader('Set-Cookie', setCookie)
    })
  }

  async beforeEnd(): Promise<void> {
    await this.#commit(this.#carrier.response.statusCode, true)
  }

  refused(error: unknown): void {
    this.#carrier.refused(error)
  }

  #commit(status: number, headersSent: boolean): Promise<Commit> {
    const { session, sessions } = this.mounted
    return sessions.commit(session, new Facts(this.#carrier, status, headersSent))
  }
}

class Facts implements ResponseFacts {
  readonly status: number
  readonly headersSent: boolean
  readonly #carrier: Carrier

  constructor(carrier: Carrier, status: number, headersSent: boolean) {
    this.status = status
    this.headersSent = headersSent
    this.#carrier = carrier
  }

  /** Asked for only when a cookie is set: frameworks work it out anew each time. */
  get secure(): boolean {
    return this.#carrier.isSecure()
  }
}
