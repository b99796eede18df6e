/** The one gate, `npm run check`: one step after the other, each a line, ending at the first that fails. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { collect, root } from './run.mjs'

const tsc = 'node_modules/typescript/bin/tsc'

const steps = [
  { name: 'format', args: ['node_modules/oxfmt/bin/oxfmt', '--check'] },
  { name: 'lint', args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types of src and test', args: [tsc, '-p', 'tsconfig.json'] },
  { name: 'type tests', args: [tsc, '-p', 'test/types'] },
  { name: 'build', args: ['scripts/build.mjs'] },
  { name: 'publint', args: ['node_modules/publint/src/cli.js', '--strict'] },
  { name: 'attw', args: ['node_modules/@arethetypeswrong/cli/dist/index.js', '--pack', '.', '--profile', 'esm-only'] },
  { name: 'knip', args: ['node_modules/knip/bin/knip.js'] },
  { name: 'links', args: ['scripts/links.mjs'] },
  { name: 'docs', args: ['scripts/docs.mjs'], optional: true },
]

process.exitCode = (await passAll(steps.filter(isPresent))) ? 0 : 1

function isPresent({ args, optional }) {
  return optional !== true || existsSync(join(root, args[0]))
}

async function passAll(steps) {
  for (const step of steps) {
    if (!(await pass(step))) return false
  }
  return true
}

async function pass({ name, args }) {
  const begin = performance.now()
  const { code, output } = await collect(process.execPath, args)
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)

  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(output)
  return code === 0
}
