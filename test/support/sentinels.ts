import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ensureRedis } from '../../scripts/servers.mjs'
import { freePort, type RedisServer, type RedisServerOptions, startRedis } from './redis-server.ts'

export interface SentinelOptions {
  readonly service: string
  readonly primary: RedisServer
  /** Of the primary and its replicas. */
  readonly password: string
  /** Of the Sentinel itself. */
  readonly sentinelPassword: string
  /** A free one when left out. */
  readonly port?: number
  /** Further lines of its configuration, which win. */
  readonly settings?: readonly (readonly [name: string, value: string])[]
}

/** A real Sentinel. It ends with this process, whatever becomes of it. */
export interface Sentinel {
  readonly port: number
  stop(): Promise<void>
}

/** Starts a Sentinel that watches a primary, and sees it as gone after 400 ms of silence. */
export async function startSentinel(options: SentinelOptions): Promise<Sentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-sentinel-'))
  const port = options.port ?? (await freePort())
  const file = join(folder, 'sentinel.conf')
  await writeFile(file, configuration(options, port, folder))

  // The shell reads from this process: when that is gone, so is the pipe, and the Sentinel is ended.
  const script = '"$1" "$2" --sentinel >/dev/null 2>&1 & read -r _; kill -9 $!; rm -rf "$3"'
  const shell = spawn('/bin/sh', ['-c', script, 'sentinel', ensureRedis(), file, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  await untilListening(port)
  return {
    port,
    stop: async () => {
      shell.stdin.end('done\n')
      if (shell.exitCode === null) await once(shell, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a replica, and resolves once it has what its primary has. */
export async function startReplica(primary: RedisServer, options: RedisServerOptions = {}): Promise<RedisServer> {
  const args = ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0']
  return startRedis({ ...options, args: [...args, ...(options.args ?? [])] })
}

function configuration(options: SentinelOptions, port: number, folder: string): string {
  const { service, primary, password, sentinelPassword, settings = [] } = options
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    ...settings.map((line) => line.join(' ')),
    `dir ${folder}`,
    `requirepass ${sentinelPassword}`,
    `sentinel sentinel-pass ${sentinelPassword}`,
    `sentinel monitor ${service} 127.0.0.1 ${primary.port} 2`,
    `sentinel auth-pass ${service} ${password}`,
    `sentinel down-after-milliseconds ${service} 400`,
    `sentinel failover-timeout ${service} 3000`,
    '',
  ].join('\n')
}

async function untilListening(port: number): Promise<void> {
  const end = Date.now() + 10_000
  while (Date.now() < end) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isThere) return
    await sleep(20)
  }
  throw new Error(`The Sentinel on port ${port} does not listen`)
}
