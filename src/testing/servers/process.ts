import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { ping } from './ping.ts'

export interface Launch {
  /** What it is, in errors: `redis-server on port 6379`. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Removed when this process is gone. */
  readonly folder: string
  /** Where it is asked whether it is ready: on its TCP port another server might answer. It is bound after the port. */
  readonly socketPath: string
}

/** A server's process, of which there may be several one after the other. */
export interface Process {
  readonly pid: number
  pause(): void
  resume(): void
  kill(): Promise<void>
  restart(): Promise<void>
}

interface Running {
  readonly pid: number
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  end(): Promise<void>
}

const readyWithinMs = 15_000

/** Starts the program, and resolves once it answers. It ends with this process, whatever becomes of it. */
export async function startProcess(launch: Launch): Promise<Process> {
  let running = await run(launch)
  return {
    get pid(): number {
      return running.pid
    },
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    kill: () => running.end(),
    restart: async () => {
      await running.end()
      running = await run(launch)
    },
  }
}

async function run(launch: Launch): Promise<Running> {
  const child = spawn(launch.program, launch.args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = keepLog(child)
  const exited = exitOf(child)
  const running = await toRunning(child, exited, launch)
  try {
    await Promise.race([untilReady(launch.socketPath), exited.then(() => failed('ended at once'))])
    return running
  } catch (error) {
    await running.end()
    throw new Error(`${launch.name}: ${String(error)}\n${log()}`, { cause: error })
  }
}

async function toRunning(child: ChildProcess, exited: Promise<void>, { name, folder }: Launch): Promise<Running> {
  const { pid } = child
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error]
    throw new Error(`${name} could not be started`, { cause })
  }
  const dismissGuard = guard(pid, folder)
  child.unref()
  return {
    pid,
    signal: (signal) => void child.kill(signal),
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

async function untilReady(socketPath: string): Promise<void> {
  const end = Date.now() + readyWithinMs
  while (Date.now() < end) {
    const answer = await ping({ path: socketPath }, 1000).catch(() => '')
    if (answer !== '' && !answer.startsWith('-LOADING')) return

    await sleep(10)
  }
  failed(`no answer within ${readyWithinMs} ms`)
}

function failed(reason: string): never {
  throw new Error(reason)
}
