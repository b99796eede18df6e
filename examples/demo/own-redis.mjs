import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const programs = ['redis-server', 'valkey-server']
/** Every write is handed to the system before it is answered, so what was answered survives a kill, as sessions are to. */
const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no']
const readyWithinMs = 5000

/** A throw-away Redis that can be frozen, thawed, killed and started again by a click. */
export async function startOwnRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-demo-'))
  const port = await freePort()
  let server = await launch(port, folder)
  let state = 'running'

  const actions = {
    freeze: { from: ['running'], to: 'frozen', run: () => server.kill('SIGSTOP') },
    thaw: { from: ['frozen'], to: 'running', run: () => server.kill('SIGCONT') },
    kill: { from: ['running', 'frozen'], to: 'dead', run: () => ended(server) },
    start: { from: ['dead'], to: 'running', run: async () => (server = await launch(port, folder)) },
  }

  return {
    url: `redis://127.0.0.1:${port}/0`,
    get state() {
      return state
    },
    /** What can be done now. */
    get choices() {
      return Object.keys(actions).filter((name) => actions[name].from.includes(state))
    },
    async act(name) {
      if (!this.choices.includes(name)) return
      const action = actions[name]
      await action.run()
      state = action.to
    },
    async stop() {
      await ended(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** @returns the child once it answers. */
async function launch(port, folder) {
  for (const program of programs) {
    const child = await spawned(program, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable])
    if (child === undefined) continue
    guard(child)
    await untilReady(child, port)
    return child
  }
  throw new Error(
    '--own-redis: no redis-server on this machine. Install it (Debian, Ubuntu: apt-get install redis-server; ' +
      'macOS: brew install redis), or run the demo without it: npm run demo',
  )
}

async function spawned(program, args) {
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  try {
    await once(child, 'spawn')
    return child
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Ends the server, a frozen one too, when this process is gone, however it went: then the pipe closes. */
function guard(child) {
  const script = 'trap "" INT TERM HUP; read -r _ || kill -9 "$0"'
  const watcher = spawn('/bin/sh', ['-c', script, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.stdin.on('error', () => {})
  child.once('exit', () => watcher.stdin.end('done\n'))
}

async function untilReady(child, port) {
  const end = Date.now() + readyWithinMs
  while (Date.now() < end) {
    if (await accepts(port)) return
    if (child.exitCode !== null) break
    await sleep(20)
  }
  child.kill('SIGKILL')
  throw new Error('--own-redis: redis-server did not start; run the demo without it: npm run demo')
}

async function accepts(port) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
