import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const redis = {
  programs: ['redis-server'],
  packageName: 'redis-server',
  advice:
    'redis-server is missing: install it with "apt-get install redis-server" (Debian, Ubuntu), ' +
    '"dnf install redis" (Fedora) or "brew install redis" (macOS).',
}

const openssl = {
  programs: ['openssl'],
  packageName: 'openssl',
  advice:
    'openssl is missing, which makes the certificates of the tests: install it with "apt-get install openssl" (Debian, Ubuntu), ' +
    '"dnf install openssl" (Fedora) or "brew install openssl" (macOS).',
}

const chromium = {
  programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  packageName: 'chromium',
  advice:
    'Chromium is missing: install it with "apt-get install chromium" (Debian, Ubuntu), "dnf install chromium" (Fedora) ' +
    'or "brew install --cask chromium" (macOS), or name it in CHROMIUM_PATH.',
}

/** The path of `redis-server`, installed first where that is possible without asking. */
export function ensureRedis() {
  return ensure(redis)
}

/** The path of `openssl`, installed first where that is possible without asking. */
export function ensureOpenssl() {
  return ensure(openssl)
}

/** The path of a Chromium: `CHROMIUM_PATH`, the one on PATH, or one installed now where that is possible without asking. */
export function ensureChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named === undefined || named === '') return ensure(chromium)
  if (isProgram(named)) return named

  throw new Error(`CHROMIUM_PATH names "${named}", which is no program that can be run.`)
}

/** Of the distribution: the Python of the system with what a Django site has. */
const python = '/usr/bin/python3'
const djangoModules = ['django', 'django_redis', 'redis', 'msgpack', 'lz4', 'zstandard']
const djangoPackages = djangoModules.map((name) => `python3-${name.replace('_', '-')}`)

/** A Python with Django and django-redis, installed first where that is possible without asking; else undefined. */
export function findDjango() {
  if (hasDjango()) return python
  if (!mayInstall()) return undefined

  process.stderr.write(`Installing ${djangoPackages.join(', ')} with apt-get\n`)
  aptInstall(djangoPackages)
  return hasDjango() ? python : undefined
}

/** A Python for whole Django sites: the one in EVERWARM_DJANGO_PYTHON, whose Django may be newer, or that of `findDjango`. */
export function findDjangoSite() {
  const named = process.env.EVERWARM_DJANGO_PYTHON
  if (named === undefined || named === '') {
    const found = findDjango()
    return found === undefined ? undefined : { python: found, hasDjangoRedis: true }
  }
  if (canImport(named, ['django', 'redis'])) {
    return { python: named, hasDjangoRedis: canImport(named, ['django_redis']) }
  }
  throw new Error(`EVERWARM_DJANGO_PYTHON names "${named}", which is no Python that has django and redis.`)
}

function hasDjango() {
  return canImport(python, djangoModules)
}

function canImport(program, modules) {
  return isProgram(program) && spawnSync(program, ['-c', `import ${modules.join(', ')}`]).status === 0
}

function ensure({ programs, packageName, advice }) {
  const present = findProgram(programs)
  if (present !== undefined) return present
  if (!mayInstall()) throw new Error(advice)

  process.stderr.write(`Installing ${packageName} with apt-get\n`)
  const failure = aptInstall([packageName])
  if (failure !== undefined) throw new Error(`${advice} (apt-get said: ${failure})`)

  const installed = findProgram(programs)
  if (installed === undefined) throw new Error(advice)
  return installed
}

function findProgram(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function mayInstall() {
  return process.getuid?.() === 0 && findProgram(['apt-get']) !== undefined
}

/** What went wrong, in one line, if something did. */
function aptInstall(packages) {
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (hasPackageLists() && apt(install) === undefined) return undefined
  return apt(['update']) ?? apt(install)
}

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'))
  } catch {
    return false
  }
}

function apt(args) {
  // A run level of 1 keeps the package from starting its service: the tests start servers of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status, error, stderr } = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  })
  if (status === 0) return undefined
  return error?.message ?? (lastLine(stderr) || `exit code ${status}`)
}

function lastLine(text) {
  return text.trim().split('\n').at(-1)
}
