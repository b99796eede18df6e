import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder; everything runs there. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a program to its end, its output shown as it comes. Resolves to the exit code, 1 for a signal. */
export async function show(program, args) {
  const { code } = await run(program, args, 'inherit')
  return code
}

/** Runs a program to its end. Resolves to the exit code and all that it wrote. */
export function collect(program, args) {
  return run(program, args, 'pipe')
}

function run(program, args, output) {
  const child = spawn(program, args, { cwd: root, stdio: ['inherit', output, output] })
  const chunks = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.push(chunk))

  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
}
