import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Answer, askOnce } from './ask.ts'
import { type ClientCertificates, makeCertificates, tlsSettings } from './certificates.ts'
import { freePort } from './free-port.ts'
import { type Launch, type Process, startProcess } from './process.ts'
import { findServer } from './programs.ts'

/** How a server is started. What is left out is as a bare redis-server has it, without persistence. */
export interface RedisOptions {
  /** The server's program, by path or name. @defaultValue `redis-server`, or else `valkey-server` */
  readonly binary?: string | undefined
  /** A port of 127.0.0.1; a free one when left out. */
  readonly port?: number | undefined
  /** What everybody has to give, or only `username` where there is one. */
  readonly password?: string | undefined
  /** A user of the ACL with all rights; nobody enters without. */
  readonly username?: string | undefined
  /** Speaks TLS, and to those only who show the certificate of {@link RedisServer.tls}. @defaultValue false */
  readonly tls?: boolean | undefined
  /** How much it keeps, such as `1mb`; more is refused as OOM. */
  readonly maxMemory?: string | undefined
  /** Any setting of redis.conf, such as `{ 'maxmemory-policy': 'allkeys-lru' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined
  /** Further arguments, such as `['--databases', '4']`; they win over all others. */
  readonly args?: readonly string[] | undefined
}

/** What can be done to one server, or to several together. */
export interface Servers extends AsyncDisposable {
  /** Freezes: connections are accepted by the kernel and nothing is answered. */
  pause(): void
  /** Ends {@link pause}. */
  resume(): void
  /** Ends at once, as a crash would; {@link restart} brings it back. */
  kill(): Promise<void>
  /** Ends what runs, and starts it again on the same port, empty unless `config` says otherwise. */
  restart(): Promise<void>
  /** Ends for good and removes the folders. */
  close(): Promise<void>
}

/** A real server in a folder of its own. It ends with this process, whatever becomes of it. */
export interface RedisServer extends Servers {
  /** A location, with user and password where there are. */
  readonly url: string
  /** The same over its unix socket, which every server has. */
  readonly socketUrl: string
  /** What a client needs for {@link RedisOptions.tls}, made for this server. */
  readonly tls: ClientCertificates | undefined
  readonly port: number
  readonly pid: number
  readonly socketPath: string
  /** The folder it runs in, gone after {@link close}. */
  readonly folder: string
  /** One command; bytes come as text. */
  ask(...command: string[]): Promise<Answer>
}

const attempts = 20

/** Starts a server and resolves once it answers. @throws Error with the end of the server's log, or what to install */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = findServer(options.binary)
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-redis-'))
  try {
    const tls = options.tls === true ? makeCertificates(folder) : undefined
    const { port, process } = await onPort(options.port, (port) => {
      const launch = { name: `redis-server on port ${port}`, program, folder, socketPath: socketIn(folder) }
      return startProcess({ ...launch, args: serverArgs(options, launch, port) })
    })
    return toServer({ options, process, port, folder, tls })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Starts on the port that is named, or on free ones until one is not taken meanwhile. */
export async function onPort(
  fixed: number | undefined,
  start: (port: number) => Promise<Process>,
): Promise<{ readonly port: number; readonly process: Process }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = fixed ?? (await freePort())
    try {
      return { port, process: await start(port) }
    } catch (error) {
      const wasTaken = String(error).includes('Address already in use')
      if (fixed !== undefined || !wasTaken || attempt === attempts) throw error
    }
  }
}

/** The unix socket of a server in its folder. */
export function socketIn(folder: string): string {
  return join(folder, 'redis.sock')
}

/** `user:password@` as it stands in a URL, or nothing. */
export function accessIn({ username, password }: Pick<RedisOptions, 'username' | 'password'>): string {
  if (password === undefined) return ''
  return `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password)}@`
}

interface Started {
  readonly options: RedisOptions
  readonly process: Process
  readonly port: number
  readonly folder: string
  readonly tls: ClientCertificates | undefined
}

function toServer({ options, process, port, folder, tls }: Started): RedisServer {
  const { username, password } = options
  const socketPath = socketIn(folder)
  const close = async (): Promise<void> => {
    await process.kill()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}://${accessIn(options)}127.0.0.1:${port}`,
    socketUrl: `unix://${accessIn(options)}${socketPath}`,
    tls,
    port,
    socketPath,
    folder,
    get pid(): number {
      return process.pid
    },
    ask: (...command) => askOnce({ path: socketPath, username, password }, command),
    pause: () => process.pause(),
    resume: () => process.resume(),
    kill: () => process.kill(),
    restart: () => process.restart(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function serverArgs(options: RedisOptions, { folder, socketPath }: Omit<Launch, 'args'>, port: number): string[] {
  const settings = {
    ...(options.tls === true ? tlsSettings(folder, port) : { port: String(port) }),
    bind: '127.0.0.1',
    dir: folder,
    unixsocket: socketPath,
    save: '',
    appendonly: 'no',
    // The usual 5 seconds are for replicas that come one after the other.
    'repl-diskless-sync-delay': '0',
    ...(options.maxMemory === undefined ? {} : { maxmemory: options.maxMemory }),
    ...options.config,
  }
  return [
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ...accessArgs(options),
    ...(options.args ?? []),
  ]
}

function accessArgs({ username, password }: RedisOptions): string[] {
  if (password === undefined) return []
  // Replicas enter their primary, and nodes each other, by the same.
  const asReplica = ['--masterauth', password]
  if (username === undefined) return ['--requirepass', password, ...asReplica]
  const users = ['--user', 'default', 'off', '--user', username, 'on', `>${password}`, '~*', '&*', '+@all']
  return [...users, ...asReplica, '--masteruser', username]
}
