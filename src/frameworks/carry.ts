import type { ServerResponse } from 'node:http'

import type { Session, Sessions } from '../sessions/index.ts'
import { holdResponse } from './held-response.ts'
import { noteMounted } from './mounted.ts'
import { withCookie } from './vary.ts'

/** A response of Node's own and what its framework knows of it. */
export interface Carrier {
  readonly response: ServerResponse
  /** Whether the request came safely, in the framework's own judgement of proxies. */
  readonly isSecure: () => boolean
  /** Takes the error of a save that failed before anything was sent. */
  readonly refused: (error: unknown) => void
}

/** Saves the session before the response ends, and sets its cookie before the headers go. */
export function carry(sessions: Sessions, session: Session, { response, isSecure, refused }: Carrier): void {
  const commit = (status: number, headersSent: boolean) =>
    sessions.commit(session, { status, secure: isSecure(), headersSent })

  noteMounted(session, sessions)
  holdResponse(response, {
    beforeHeaders: async (head) => {
      const { setCookie, vary } = await commit(head.statusCode, false)
      if (vary) head.setHeader('Vary', withCookie(head.getHeader('Vary')))
      if (setCookie !== undefined) head.appendHeader('Set-Cookie', setCookie)
    },
    beforeEnd: async () => void (await commit(response.statusCode, true)),
    refused,
  })
}
