import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Answer, askOnce } from './ask.ts'
import { startProcess } from './process.ts'
import { findServer } from './programs.ts'
import { onPort, type RedisServer, type Servers, socketIn } from './redis.ts'

export interface SentinelOptions {
  readonly binary?: string | undefined
  /** What the primary is known as. */
  readonly service: string
  readonly primary: RedisServer
  /** How many Sentinels have to agree that the primary is gone. @defaultValue 2 */
  readonly quorum?: number | undefined
  /** Of the primary and its replicas. */
  readonly username?: string | undefined
  /** Of the primary and its replicas. */
  readonly password?: string | undefined
  /** Of the Sentinels themselves. */
  readonly sentinelPassword?: string | undefined
  /** After how long a silence the primary is seen as gone. @defaultValue 400 */
  readonly downAfterMs?: number | undefined
  /** A free one when left out. */
  readonly port?: number | undefined
  /** Further lines of its configuration, which win. */
  readonly settings?: readonly (readonly [name: string, value: string])[] | undefined
}

/** A real Sentinel. It ends with this process, whatever becomes of it. */
export interface SentinelServer extends Servers {
  readonly port: number
  readonly pid: number
  /** One command; bytes come as text. */
  ask(...command: string[]): Promise<Answer>
}

/** Starts a Sentinel that watches a primary. */
export async function startSentinel(options: SentinelOptions): Promise<SentinelServer> {
  const program = findServer(options.binary)
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-sentinel-'))
  const socketPath = socketIn(folder)
  const file = join(folder, 'sentinel.conf')
  const close = async (end: () => Promise<void> = async () => {}): Promise<void> => {
    await end()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const { port, process } = await onPort(options.port, async (port) => {
      await writeFile(file, configuration(options, port, folder))
      const args = [file, '--sentinel']
      return startProcess({ name: `Sentinel on port ${port}`, program, args, folder, socketPath })
    })
    return {
      port,
      get pid(): number {
        return process.pid
      },
      ask: (...command) => askOnce({ path: socketPath, password: options.sentinelPassword }, command),
      pause: () => process.pause(),
      resume: () => process.resume(),
      kill: () => process.kill(),
      restart: () => process.restart(),
      close: () => close(() => process.kill()),
      [Symbol.asyncDispose]: () => close(() => process.kill()),
    }
  } catch (error) {
    await close()
    throw error
  }
}

function configuration(options: SentinelOptions, port: number, folder: string): string {
  const { service, primary, quorum = 2, username, password, sentinelPassword, downAfterMs = 400 } = options
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `unixsocket ${socketIn(folder)}`,
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    `sentinel monitor ${service} 127.0.0.1 ${primary.port} ${quorum}`,
    ...(username === undefined ? [] : [`sentinel auth-user ${service} ${username}`]),
    ...(password === undefined ? [] : [`sentinel auth-pass ${service} ${password}`]),
    `sentinel down-after-milliseconds ${service} ${downAfterMs}`,
    `sentinel failover-timeout ${service} 3000`,
    ...(options.settings ?? []).map((line) => line.join(' ')),
    '',
  ].join('\n')
}
