import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'

import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Who may import whom. A room may always import from itself; nobody may import from above. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  base: ['errors'],
  redis: ['base', 'errors'],
  codecs: ['base', 'errors'],
  stores: ['redis', 'base', 'errors'],
  near: ['stores', 'codecs', 'redis', 'base', 'errors'],
  locks: ['stores', 'redis', 'base', 'errors'],
  collections: ['stores', 'codecs', 'redis', 'base', 'errors'],
  cache: ['near', 'locks', 'collections', 'stores', 'codecs', 'redis', 'base', 'errors'],
  sessions: ['cache', 'stores', 'codecs', 'base', 'errors'],
  frameworks: ['sessions', 'base', 'errors'],
  django: ['sessions', 'cache', 'stores', 'codecs', 'redis', 'base', 'errors'],
  testing: ['sessions', 'cache', 'stores', 'codecs', 'redis', 'base', 'errors'],
  index: ['cache', 'locks', 'collections', 'near', 'stores', 'codecs', 'redis', 'base', 'errors'],
}

/** The one room that may name a package; none other names any. */
const packages: Readonly<Record<string, string>> = {
  '@redis/client': 'redis',
  '@bokuweb/zstd-wasm': 'codecs',
  cookie: 'sessions',
  fastify: 'frameworks',
  hono: 'frameworks',
  koa: 'frameworks',
  'lz4-napi': 'codecs',
  'lzma-native': 'codecs',
}

const maxLines = 320
const vagueRooms = ['utils', 'helpers', 'common', 'types']

interface Source {
  /** From `src`, with slashes. */
  readonly path: string
  readonly text: string
}

interface Import {
  readonly from: string
  readonly specifier: string
  /** The file inside `src`; `undefined` for a package. */
  readonly to: string | undefined
  readonly isTypeOnly: boolean
}

const projectFolder = join(import.meta.dirname, '../..')
const sources = readSources(join(projectFolder, 'src'))

describe('the sources', () => {
  it('are in rooms that the table names', () => {
    expect(inUnknownRooms(sources)).toEqual([])
  })

  it('import only downwards', () => {
    expect(upwardImports(sources)).toEqual([])
  })

  it('name a package only in the room that it belongs to', () => {
    expect(strayPackages(sources)).toEqual([])
  })

  it('have no cycles at run time', () => {
    expect(cycles(sources)).toEqual([])
  })

  it('have no index.ts that is no door', () => {
    expect(barrels(sources, doors())).toEqual([])
  })

  it(`have no file longer than ${maxLines} lines`, () => {
    expect(longFiles(sources)).toEqual([])
  })
})

describe('the table of rooms', () => {
  it('leads nowhere in a circle', () => {
    const asFiles = Object.entries(rooms).map(([room, below]) => ({
      path: `${room}.ts`,
      text: below.map((other) => `import './${other}.ts'`).join('\n'),
    }))

    expect(cycles(asFiles)).toEqual([])
  })
})

describe('the rules', () => {
  it('find an upward import, also of a type, a re-export or at run time', () => {
    const found = upwardImports([
      { path: 'base/a.ts', text: "import type { A } from '../cache/a.ts'" },
      { path: 'base/b.ts', text: "export { b } from '../redis/b.ts'" },
      { path: 'codecs/pickle/c.ts', text: "const c = await import('../../stores/c.ts')" },
      { path: 'cache/d.ts', text: "import { d } from '../base/d.ts'" },
    ])

    expect(found).toEqual([
      'base/a.ts imports cache/a.ts',
      'base/b.ts imports redis/b.ts',
      'codecs/pickle/c.ts imports stores/c.ts',
    ])
  })

  it('find a cycle of values and let one of types be', () => {
    const found = cycles([
      { path: 'base/a.ts', text: "import { b } from './b.ts'" },
      { path: 'base/b.ts', text: "import { a } from './a.ts'" },
      { path: 'base/c.ts', text: "import type { d } from './d.ts'" },
      { path: 'base/d.ts', text: "import { c } from './c.ts'" },
    ])

    expect(found).toEqual(['base/a.ts -> base/b.ts -> base/a.ts'])
  })

  it('find rooms without a place, stray packages, barrels and long files', () => {
    const odd = [
      { path: 'cache/utils/x.ts', text: '' },
      { path: 'attic/x.ts', text: '' },
      { path: 'cache/index.ts', text: "import { createClient } from '@redis/client'" },
      { path: 'base/long.ts', text: '\n'.repeat(maxLines + 1) },
    ]

    expect(inUnknownRooms(odd)).toEqual(['cache/utils/x.ts', 'attic/x.ts'])
    expect(strayPackages(odd)).toEqual(['cache/index.ts imports @redis/client'])
    expect(barrels(odd, ['index.ts'])).toEqual(['cache/index.ts'])
    expect(longFiles(odd)).toEqual([`base/long.ts has ${maxLines + 1} lines`])
  })
})

function inUnknownRooms(files: readonly Source[]): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => rooms[roomOf(path)] === undefined || path.split('/').some((part) => vagueRooms.includes(part)))
}

function upwardImports(files: readonly Source[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, to }) => {
    if (to === undefined || mayImport(roomOf(from), roomOf(to))) return []
    return [`${from} imports ${to}`]
  })
}

function mayImport(room: string, other: string): boolean {
  return room === other || rooms[room]?.includes(other) === true
}

function strayPackages(files: readonly Source[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, to, specifier }) => {
    if (to !== undefined || specifier.startsWith('node:')) return []
    return packages[packageOf(specifier)] === roomOf(from) ? [] : [`${from} imports ${specifier}`]
  })
}

function cycles(files: readonly Source[]): string[] {
  const edges = new Map(files.map((file) => [file.path, valueImports(file)]))
  const done = new Set<string>()
  const found: string[] = []

  const walk = (path: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(path)
    if (begin !== -1) found.push([...trail.slice(begin), path].join(' -> '))
    if (begin !== -1 || done.has(path)) return

    for (const next of edges.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) walk(path, [])
  return found
}

function valueImports(file: Source): string[] {
  return importsOf(file).flatMap(({ to, isTypeOnly }) => (to === undefined || isTypeOnly ? [] : [to]))
}

function barrels(files: readonly Source[], allowed: readonly string[]): string[] {
  return files.map(({ path }) => path).filter((path) => basename(path) === 'index.ts' && !allowed.includes(path))
}

function longFiles(files: readonly Source[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines`)
}

function doors(): string[] {
  const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>
  }
  return Object.values(exports).flatMap((door) =>
    typeof door === 'string' ? [] : [door.default.replace('./dist/', '').replace(/\.js$/, '.ts')],
  )
}

function roomOf(path: string): string {
  return path.split('/', 1)[0]?.replace(/\.ts$/, '') ?? path
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function importsOf({ path, text }: Source): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const isOurs = specifier.text.startsWith('.')
    const to = isOurs ? posix.join(dirname(path), specifier.text) : undefined
    found.push({ from: path, specifier: specifier.text, to, isTypeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext))
  return found
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
}

function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      path: relative(folder, join(folder, name)).replaceAll('\\', '/'),
      text: readFileSync(join(folder, name), 'utf8'),
    }))
}
