import { createHash } from 'node:crypto'

import type { Command, Reply } from './link.ts'

/** A Lua script as a typed thing: what goes in, what comes out. */
export interface Script<Keys extends readonly string[], Args extends Command, Answer> {
  readonly name: string
  readonly lua: string
  readonly reply: (raw: Reply) => Answer
  /** Types only: which keys and arguments it takes. */
  readonly takes?: (keys: Keys, args: Args) => never
}

const digests = new Map<string, string>()

/** How the server knows a script: the SHA-1 of its text. */
export function scriptDigest(script: { readonly lua: string }): string {
  let digest = digests.get(script.lua)
  if (digest === undefined) {
    digest = createHash('sha1').update(script.lua).digest('hex')
    digests.set(script.lua, digest)
  }
  return digest
}
