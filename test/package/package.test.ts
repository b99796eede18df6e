import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What each door hands out, types apart. A change here is a change of the public surface. */
const doors: Readonly<Record<string, readonly string[]>> = {
  everwarm: [
    'BreakerOpenError',
    'CommandError',
    'ConnectionError',
    'DeadlineError',
    'DecodeError',
    'EverwarmError',
    'KeyNotFoundError',
    'LockError',
    'OptionError',
    'OverloadError',
    'PartialError',
    'SessionRevokedError',
    'SessionUnavailableError',
    'SignatureError',
    'createCache',
    'createCaches',
    'isEverwarmError',
  ],
  'everwarm/codecs': [
    'MsgpackExtension',
    'MsgpackTimestamp',
    'PyByteArray',
    'PyComplex',
    'PyCounter',
    'PyDate',
    'PyDateTime',
    'PyDecimal',
    'PyDefaultDict',
    'PyDeque',
    'PyExtension',
    'PyFloat',
    'PyFrozenSet',
    'PyGlobal',
    'PyHerdMarker',
    'PyObject',
    'PyOrderedDict',
    'PyPersistentId',
    'PyPytzZone',
    'PySafeString',
    'PyTime',
    'PyTimeDelta',
    'PyTimeZone',
    'PyTuple',
    'PyUuid',
    'PyZoneInfo',
    'brotli',
    'gzip',
    'identity',
    'json',
    'lz4',
    'msgpack',
    'pickle',
    'structured',
    'xz',
    'zlib',
    'zstd',
  ],
  'everwarm/django': [
    'decodeSessionText',
    'djangoCaches',
    'djangoJson',
    'djangoSessions',
    'djangoSigning',
    'encodeSessionText',
  ],
  'everwarm/express': ['session'],
  'everwarm/express-session': ['SessionStore'],
  'everwarm/fastify': ['session'],
  'everwarm/hono': ['session'],
  'everwarm/koa': ['session'],
  'everwarm/sessions': ['createSessions'],
  'everwarm/testing': [
    'createFaultProxy',
    'describeStore',
    'freePort',
    'startCluster',
    'startRedis',
    'startReplicated',
    'startSentinels',
  ],
}

interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}

const project = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Manifest
const clientLibrary = '@redis/client'
/** Whose types, and of one a module, the doors for them take. */
const frameworks = ['fastify', 'hono', 'koa', '@types/koa']

let folder: string
let files: string[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'everwarm-package-'))
  const tarball = pack(folder)
  files = run('tar', ['-tzf', tarball])
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
  install(tarball, join(folder, 'whole'), [...Object.keys(manifest.dependencies), ...frameworks])
  install(
    tarball,
    join(folder, 'clientless'),
    Object.keys(manifest.dependencies).filter((name) => name !== clientLibrary),
  )
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the packed tarball', () => {
  it('holds what is built, the manifest and the papers, and nothing else', () => {
    const odd = files.filter((path) => !isPublished(path))

    expect(odd).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'CHANGELOG.md', 'dist/index.js']))
  })

  it('has a declaration beside every module', () => {
    const missing = files.filter((path) => path.endsWith('.js') && !files.includes(path.replace(/\.js$/, '.d.ts')))

    expect(missing).toEqual([])
  })

  it('has the doors that the table names', () => {
    const named = Object.keys(manifest.exports).filter((door) => door !== './package.json')

    expect(named.map((door) => door.replace('.', 'everwarm')).toSorted()).toEqual(Object.keys(doors).toSorted())
  })
})

describe.each(Object.entries(doors))('%s', (door, names) => {
  it('hands out the names of the table when imported', () => {
    const found = evaluate('whole', `console.log(JSON.stringify(Object.keys(await import('${door}'))))`)

    expect(JSON.parse(found)).toEqual(names)
  })

  it('hands out the same names when required', () => {
    const script = `console.log(JSON.stringify(Object.keys(require('${door}')).filter((name) => name !== '__esModule')))`
    const found = evaluate('whole', script, 'commonjs')

    expect(JSON.parse(found)).toEqual(names)
  })
})

describe('an application', () => {
  it('reads the manifest of the version that it runs on', () => {
    const found = evaluate('whole', "console.log(require('everwarm/package.json').version)", 'commonjs')

    expect(found.trim()).toBe(manifest.version)
  })

  it('caches in memory without a client library', () => {
    const script = `
      import { createCache } from 'everwarm'
      const cache = createCache()
      await cache.set('answer', 42)
      console.log(await cache.get('answer'))
      await cache.close()
    `

    expect(evaluate('clientless', script).trim()).toBe('42')
  })

  it('compiles strictly against the declarations, theirs included', () => {
    const lines = Object.keys(doors).map(
      (door, index) => `import * as door${index} from '${door}'\nvoid door${index}\n`,
    )
    writeFileSync(join(folder, 'whole/app.ts'), lines.join(''))
    writeFileSync(join(folder, 'whole/tsconfig.json'), JSON.stringify(consumerConfig))

    // Koa's own types do not compile beside another major version of a package that Express brings here.
    const errors = typeErrors(join(folder, 'whole')).split('\n')
    expect(errors.filter((line) => line !== '' && !line.includes('node_modules/@types/koa/'))).toEqual([])
  }, 120_000)
})

const consumerConfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ['app.ts'],
}

function isPublished(path: string): boolean {
  if (['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'].includes(path)) return true
  return /^dist\/[\w./-]+\.(?:js|d\.ts)$/.test(path) && !path.includes('.test.')
}

function pack(into: string): string {
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', into], project)
  const tarball = readdirSync(into).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball')
  return join(into, tarball)
}

/** As an installation would leave it, from what is here already, so that no network is asked. */
function install(tarball: string, into: string, dependencies: readonly string[]): void {
  const target = join(into, 'node_modules/everwarm')
  mkdirSync(target, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  writeFileSync(join(into, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))

  for (const name of [...dependencies, '@types/node']) {
    const link = join(into, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(project, 'node_modules', name), link)
  }
}

function evaluate(app: string, script: string, type: 'module' | 'commonjs' = 'module'): string {
  return run(process.execPath, [`--input-type=${type}`, '--eval', script], join(folder, app))
}

function typeErrors(app: string): string {
  try {
    return run(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', app], app)
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

function run(program: string, args: readonly string[], cwd = tmpdir()): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: plainEnv() })
}

/** Without what the test runner hands down, which would change how the programs here behave. */
function plainEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VITEST: _vitest, NODE_ENV: _environment, ...env } = process.env
  return env
}
