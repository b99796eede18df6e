import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { findDjango, findDjangoSite } from '../../scripts/servers.mjs'

/** A Django site's caches in a process of their own. */
export interface DjangoPeer {
  readonly versions: { readonly django: string; readonly django_redis: string }
  call<Answer = unknown>(op: string, args: Readonly<Record<string, unknown>>): Promise<Answer>
  stop(): Promise<void>
}

/** The Python that has Django and django-redis, installed first where that is possible; `undefined` where it is not. */
export function pythonWithDjango(): string | undefined {
  return findDjango()
}

/** A Python that runs a site, and whether django-redis is there: else the site has Django's own cache on Redis. */
export interface SitePython {
  readonly python: string
  readonly hasDjangoRedis: boolean
}

/** The Python that sites run on; `undefined` where there is none. */
export function pythonForSites(): SitePython | undefined {
  return findDjangoSite()
}

/** Starts a site with these `CACHES`. */
export async function startDjango(python: string, caches: Readonly<Record<string, unknown>>): Promise<DjangoPeer> {
  const child = spawn(python, [join(import.meta.dirname, '../interop/django_peer.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const call = conversation(child)
  await call('configure', { caches })
  return {
    versions: await call('versions', {}),
    call,
    stop: async () => {
      child.stdin?.end()
      await once(child, 'exit')
    },
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** Answers come in the order of the commands. */
function conversation(child: ChildProcess): DjangoPeer['call'] {
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('The site has no pipes')
  const waiting: Waiting[] = []
  let complaints = ''
  stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)))
  createInterface({ input: stdout }).on('line', (line) => {
    const { answer, error } = JSON.parse(line) as { answer?: never; error?: string }
    const call = waiting.shift()
    if (error === undefined) call?.resolve(answer as never)
    else call?.reject(new Error(error))
  })
  child.on('exit', () => {
    for (const call of waiting.splice(0)) call.reject(new Error(`The site ended: ${complaints}`))
  })
  return (op, args) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      stdin.write(`${JSON.stringify({ op, args })}\n`)
    })
}
