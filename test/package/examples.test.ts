import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

const project = join(import.meta.dirname, '../..')
const docs = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = ['README.md', ...docs.map((name) => `docs/${name}`)].filter((path) => path.endsWith('.md'))

/** The TypeScript of a page that a reader could paste into a file and run: what imports this package. */
function examplesOf(page: string): string[] {
  const text = readFileSync(join(project, page), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)]
    .map((match) => match[1] ?? '')
    .filter((code) => /^import .* from 'everwarm/m.test(code))
}

/** A web site that runs until it is stopped. Its pages are those of {@link visit}. */
function isSite(code: string): boolean {
  return code.includes(usualPort)
}

/** What reads a file of the reader's own, or needs a whole cluster, is compiled only. */
function isRunnable(code: string): boolean {
  return !code.includes('node:fs') && !code.includes('redis+cluster:') && !isSite(code)
}

const usualPort = '3000'

/** Each declares a session of its own for the requests of a framework that others have one for, too. */
const rivals = ['express-session', '@fastify/session']

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
  it('are there, and web sites among them', () => {
    expect(examples.length).toBeGreaterThan(20)
    expect(examples.filter(({ code }) => isSite(code)).length).toBeGreaterThan(6)
  })

  it.each([...rivals, undefined])(
    'compile under strict (%s)',
    (rival) => {
      const files = examples.filter(({ code }) => rivalOf(code) === rival).map(({ code }) => write(code, 'mts'))

      const program = ts.createProgram(files, {
        strict: true,
        noEmit: true,
        // Those of this package are checked where it is packed, those of others by them.
        skipLibCheck: true,
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
        types: ['node'],
        typeRoots: [join(project, 'node_modules/@types')],
      })
      const problems = ts
        .getPreEmitDiagnostics(program)
        .map(
          ({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
        )

      expect(files).not.toEqual([])
      expect(problems).toEqual([])
    },
    90_000,
  )

  it.each(examples.filter(({ code }) => isRunnable(code)))(
    'run: $name',
    ({ code }) => {
      const file = write(runnable(code), 'mjs')

      const output = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 })

      expect(output).not.toContain('Error')
    },
    40_000,
  )

  it.each(examples.filter(({ code }) => isSite(code)))(
    'let one log in and out: $name',
    async ({ code }) => {
      const port = await freePort()
      const file = write(runnable(code.replaceAll(usualPort, String(port))), 'mjs')
      const site = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'pipe'] })
      const errors: Buffer[] = []
      site.stderr.on('data', (chunk: Buffer) => errors.push(chunk))

      try {
        expect(await visit(`http://localhost:${port}`)).toEqual({ before: null, in: '42', out: null })
        expect(Buffer.concat(errors).toString()).toBe('')
      } finally {
        site.kill('SIGKILL')
        await once(site, 'close')
      }
    },
    40_000,
  )
})

function rivalOf(code: string): string | undefined {
  return rivals.find((name) => code.includes(` from '${name}'`))
}

let written = 0

function write(code: string, ending: 'mts' | 'mjs'): string {
  const file = join(folder, `example${written++}.${ending}`)
  writeFileSync(file, code)
  return file
}

/** As plain JavaScript, with the tests' Redis in the place of the reader's. */
function runnable(code: string): string {
  const local = code.replaceAll('redis://localhost:6379', inject('redisUrl'))
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }
  return ts.transpileModule(local, { compilerOptions }).outputText
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Whom the site names to a visitor before, after logging in, and after logging out again. */
async function visit(url: string): Promise<Record<'before' | 'in' | 'out', unknown>> {
  await expect.poll(() => isListening(url), { timeout: 20_000, interval: 100 }).toBe(true)
  const before = await userSeen(url, '')
  const login = await fetch(`${url}/login`, { method: 'POST', redirect: 'manual' })
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const inside = await userSeen(url, cookie)
  await fetch(`${url}/logout`, { method: 'POST', redirect: 'manual', headers: { cookie } })
  return { before, in: inside, out: await userSeen(url, cookie) }
}

function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

async function userSeen(url: string, cookie: string): Promise<unknown> {
  const response = await fetch(url, cookie === '' ? {} : { headers: { cookie } })
  return ((await response.json()) as { user?: unknown }).user
}
