import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { sharedCluster } from '../support/shared-cluster.ts'

const project = join(import.meta.dirname, '../..')
const pages = ['README.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
)

/** The TypeScript of a page that a reader could paste into a file and run: what begins by importing this package. */
function examplesOf(page: string): string[] {
  const text = readFileSync(join(project, page), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? '').filter(isWhole)
}

function isWhole(code: string): boolean {
  return /^import .* from 'everwarm/m.test(code) && !code.includes('app.')
}

/** What reads a file of the reader's own is compiled only. */
function isRunnable(code: string): boolean {
  return !code.includes('node:fs')
}

const examples = pages.flatMap((page) =>
  examplesOf(page).map((code, index) => ({ name: `${page} ${index + 1}`, code })),
)

let folder: string

beforeAll(() => {
  // Inside the project, so that the package finds itself by its name.
  mkdirSync(join(project, '.examples'), { recursive: true })
  folder = mkdtempSync(join(project, '.examples/run-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the examples in the documentation', () => {
  const cluster = sharedCluster()

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(5)
  })

  it('compile under strict', () => {
    const files = examples.map(({ code }, index) => {
      const file = join(folder, `example${index}.mts`)
      writeFileSync(file, code)
      return file
    })

    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [join(project, 'node_modules/@types')],
    })
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n'))

    expect(problems).toEqual([])
  }, 90_000)

  it.each(examples.filter(({ code }) => isRunnable(code)))(
    'run: $name',
    ({ code }) => {
      const local = code
        .replaceAll('redis://localhost:6379', inject('redisUrl'))
        .replaceAll(/redis\+cluster:\/\/[^']+/g, cluster())
      const file = join(folder, `run-${Math.random().toString(36).slice(2)}.mjs`)
      writeFileSync(
        file,
        ts.transpileModule(local, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
          .outputText,
      )

      const output = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 })

      expect(output).not.toContain('Error')
    },
    40_000,
  )
})
