import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of `test/fleet` in a process of its own, which ends with this one. */
export interface Child {
  readonly process: ChildProcess
  /** The first message that this makes something of. */
  readonly until: <T>(read: (message: Readonly<Record<string, unknown>>) => T | undefined) => Promise<T>
  readonly stop: () => Promise<void>
}

/** Starts a program, with what it is told in variables of its environment. It needs what `npm run build` makes. */
export function startChild(program: string, env: Readonly<Record<string, string>>): Child {
  const child = fork(join(import.meta.dirname, '../fleet', program), {
    env: { ...process.env, NODE_ENV: 'test', ...env },
    // What a worker of vitest was started with is not for others.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)))
  const exited = once(child, 'exit')
  const ended = exited.then(() =>
    Promise.reject(new Error(`${program} ended (it needs what "npm run build" makes): ${complaints}`)),
  )
  ended.catch(() => {})
  return {
    process: child,
    until: (read) => Promise.race([messageIn(child, read), ended]),
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function messageIn<T>(
  child: ChildProcess,
  read: (message: Readonly<Record<string, unknown>>) => T | undefined,
): Promise<T> {
  return new Promise((resolve) => {
    const look = (message: unknown): void => {
      const found = read(message as Readonly<Record<string, unknown>>)
      if (found === undefined) return
      child.off('message', look)
      resolve(found)
    }
    child.on('message', look)
  })
}
