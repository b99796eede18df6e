import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type NetConnectOpts, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ensureRedis } from '../../scripts/servers.mjs'

export interface RedisServerOptions {
  /** Further arguments, such as `['--requirepass', 'secret']`; they win over the ones given here. */
  readonly args?: readonly string[]
  /** A port of 127.0.0.1; a free one when left out. */
  readonly port?: number
}

/** A real redis-server without persistence, in a folder of its own. It ends with this process, whatever becomes of it. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly socketPath: string
  /** The folder it runs in, gone after {@link stop}. */
  readonly folder: string
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>
  /** Freezes it: connections are accepted by the kernel and nothing is answered. */
  pause(): void
  resume(): void
  /** Ends it at once, as a crash would; {@link restart} brings it back, empty. */
  kill(): Promise<void>
  /** Ends it if it runs, and starts it again on the same port. */
  restart(): Promise<void>
}

interface Launch {
  readonly port: number
  readonly folder: string
  readonly socketPath: string
  readonly args: readonly string[]
}

interface Running {
  readonly pid: number
  end(): Promise<void>
}

const readyWithinMs = 15_000
const attempts = 20

/** Starts a server and resolves once it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-redis-'))
  const launch = { folder, socketPath: join(folder, 'redis.sock'), args: options.args ?? [] }
  try {
    const { port, running } = await launchOnPort(launch, options.port)
    return toServer({ ...launch, port }, running)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** A port of 127.0.0.1 that nobody listens on, nor on the one 10000 above it, where a cluster node has its bus. */
export async function freePort(): Promise<number> {
  // Below the ephemeral ports, so that no outgoing connection takes it while its server is away.
  const port = randomInt(11_000, 21_000)
  const isFree = (await canListen(port)) && (await canListen(port + 10_000))
  return isFree ? port : freePort()
}

async function launchOnPort(
  launch: Omit<Launch, 'port'>,
  fixedPort: number | undefined,
): Promise<{ port: number; running: Running }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort ?? (await freePort())
    try {
      return { port, running: await run({ ...launch, port }) }
    } catch (error) {
      const wasTaken = String(error).includes('Address already in use')
      if (fixedPort !== undefined || !wasTaken || attempt === attempts) throw error
    }
  }
}

function toServer(launch: Launch, started: Running): RedisServer {
  let running = started
  const kill = (): Promise<void> => running.end()

  return {
    url: `redis://127.0.0.1:${launch.port}`,
    port: launch.port,
    socketPath: launch.socketPath,
    folder: launch.folder,
    get pid(): number {
      return running.pid
    },
    stop: async () => {
      await kill()
      await rm(launch.folder, { recursive: true, force: true })
    },
    pause: () => void process.kill(running.pid, 'SIGSTOP'),
    resume: () => void process.kill(running.pid, 'SIGCONT'),
    kill,
    restart: async () => {
      await kill()
      running = await run(launch)
    },
  }
}

async function run(launch: Launch): Promise<Running> {
  const child = spawn(ensureRedis(), serverArgs(launch), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  const log = keepLog(child)
  const exited = exitOf(child)
  const running = toRunning(child, exited, launch.folder)
  try {
    await Promise.race([untilReady(launch.socketPath), exited.then(() => failed('ended at once'))])
    return running
  } catch (error) {
    await running.end()
    throw new Error(`redis-server on port ${launch.port}: ${String(error)}\n${log()}`, { cause: error })
  }
}

function serverArgs({ port, folder, socketPath, args }: Launch): string[] {
  const own = { port: String(port), bind: '127.0.0.1', dir: folder, unixsocket: socketPath, save: '', appendonly: 'no' }
  return [...Object.entries(own).flatMap(([name, value]) => [`--${name}`, value]), ...args]
}

function toRunning(child: ChildProcess, exited: Promise<void>, folder: string): Running {
  const { pid } = child
  if (pid === undefined) throw new Error('redis-server could not be started')

  const dismissGuard = guard(pid, folder)
  child.unref()
  return {
    pid,
    end: async () => {
      child.ref()
      child.kill('SIGKILL')
      await exited
      dismissGuard()
    },
  }
}

/** Ends the server, also a paused one, when this process is gone: the pipe closes however it went. */
function guard(pid: number, folder: string): () => void {
  const script = 'trap "" INT TERM HUP; read -r _ || { kill -9 "$1"; rm -rf "$2"; }'
  const watcher = spawn('/bin/sh', ['-c', script, 'guard', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.unref()
  watcher.stdin.on('error', () => {})
  letGo(watcher.stdin)
  return () => void watcher.stdin.end('done\n')
}

function keepLog(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000)
    })
    letGo(stream)
  }
  return () => text
}

/** A pipe to a child does not keep this process alive. */
function letGo(stream: unknown): void {
  if (stream instanceof Socket) stream.unref()
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit').catch(() => {})
}

/** Asked on the socket of its own folder: on the TCP port another server might answer. It is bound after the port. */
async function untilReady(socketPath: string): Promise<void> {
  const end = Date.now() + readyWithinMs
  while (Date.now() < end) {
    const answer = await ask({ path: socketPath }, 'PING\r\n').catch(() => '')
    if (answer !== '' && !answer.startsWith('-LOADING')) return

    await sleep(10)
  }
  failed(`no answer within ${readyWithinMs} ms`)
}

function failed(reason: string): never {
  throw new Error(reason)
}

async function ask(to: NetConnectOpts, command: string): Promise<string> {
  const socket = connect({ ...to, timeout: 1000 })
  socket.once('timeout', () => socket.destroy(new Error('no answer')))
  try {
    socket.write(command)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
