import { spawnSync } from 'node:child_process'

const servers = ['redis-server', 'valkey-server']
const found = new Map<string, boolean>()

/** The server's program: the one that is named, by path or as on PATH, or else `redis-server` or `valkey-server`. */
export function findServer(named?: string): string {
  const program = (named === undefined ? servers : [named]).find(isThere)
  if (program !== undefined) return program
  throw new Error(
    `${named ?? 'redis-server or valkey-server'} is no program here: install it with "apt-get install redis-server" ` +
      '(Debian, Ubuntu), "dnf install redis" or "dnf install valkey" (Fedora) or "brew install redis" (macOS), or name one as binary',
  )
}

function isThere(program: string): boolean {
  const known = found.get(program)
  if (known !== undefined) return known
  const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
  // What is missing now may be installed before the next try.
  if (isThere) found.set(program, isThere)
  return isThere
}

/** Runs `openssl` in a folder. @throws Error with what it said, or what to install */
export function openssl(folder: string, args: readonly string[]): void {
  const { error, status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
  if (error !== undefined)
    throw new Error('openssl makes the certificates and is no program here: install it', { cause: error })
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`)
}
