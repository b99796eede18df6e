import { createHash } from 'node:crypto'

import { CommandError } from '../errors.ts'
import type { Command, Reply } from './link.ts'

/** A Lua script as a typed thing: what goes in, what comes out. */
export interface Script<Keys extends readonly string[], Args extends Command, Answer> {
  readonly name: string
  readonly lua: string
  readonly reply: (raw: Reply) => Answer
  /** Types only: which keys and arguments it takes. */
  readonly takes?: (keys: Keys, args: Args) => never
}

/** Runs a script by its digest; its text goes along only when the server has not got it. */
export function sendScript<Keys extends readonly string[], Args extends Command, Answer>(
  send: (command: Command) => Promise<Reply>,
  script: Script<Keys, Args, Answer>,
  keys: Keys,
  args: Args,
): Promise<Answer> {
  const rest = [String(keys.length), ...keys, ...args]
  return send(['EVALSHA', scriptDigest(script), ...rest]).then(script.reply, (error: unknown) => {
    if (!isNoScript(error)) throw error
    return send(['EVAL', script.lua, ...rest]).then(script.reply)
  })
}

/** As the server says it, or as an error of this package tells it on. */
function isNoScript(error: unknown): boolean {
  if (error instanceof CommandError) return error.reason === 'NOSCRIPT'
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

const digests = new Map<string, string>()

/** How the server knows a script: the SHA-1 of its text. */
function scriptDigest(script: { readonly lua: string }): string {
  let digest = digests.get(script.lua)
  if (digest === undefined) {
    digest = createHash('sha1').update(script.lua).digest('hex')
    digests.set(script.lua, digest)
  }
  return digest
}
