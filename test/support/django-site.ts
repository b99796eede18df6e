import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A real Django site, served over HTTP by a process of its own. */
export interface DjangoSite {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

export interface SiteUser {
  readonly name: string
  readonly password: string
}

const startsWithinMs = 30_000

/** Starts a site with these settings, which may be anything that JSON can say. */
export async function startSite(
  python: string,
  settings: Readonly<Record<string, unknown>>,
  users: readonly SiteUser[],
): Promise<DjangoSite> {
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-site-'))
  const config = JSON.stringify({ settings, users, folder })
  const child = spawn(python, [join(import.meta.dirname, '../interop/site/site.py'), config], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)))
  const exited = once(child, 'exit')
  const started = once(createInterface({ input: child.stdout }), 'line', {
    signal: AbortSignal.timeout(startsWithinMs),
  })
  const line: unknown = (await Promise.race([started, exited]))[0]
  if (typeof line !== 'string') throw new Error(`The site ended: ${complaints}`)
  const { port, django } = JSON.parse(line) as { port: number; django: string }
  return {
    url: `http://127.0.0.1:${port}`,
    version: django,
    stop: async () => {
      child.stdin.end()
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
