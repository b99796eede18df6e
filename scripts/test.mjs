/**
 * Runs the tests: `npm test`, or `npm test -- test/unit` for some of them. Anything else that vitest takes may follow.
 * The last line says how many passed and failed, so that a reader of the log needs no other.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { show } from './run.mjs'

/** These run what is published, so it has to be built from the sources of now. */
const foldersThatNeedDist = ['test/package', 'test/examples', 'test/e2e', 'test/faults', 'test/fleet']

const args = process.argv.slice(2)
process.exitCode = needsDist(args) ? (await build()) || (await runTests(args)) : await runTests(args)

function needsDist(args) {
  const filters = args.filter((arg) => !arg.startsWith('-'))
  const touches = (filter) => foldersThatNeedDist.some((folder) => folder.startsWith(filter) || filter.includes(folder))
  return filters.length === 0 || filters.some(touches)
}

async function build() {
  const code = await show(process.execPath, ['scripts/build.mjs'])
  if (code !== 0) console.log('The build failed.\n0 passed, 1 failed')
  return code
}

async function runTests(args) {
  const folder = await mkdtemp(join(tmpdir(), 'everwarm-test-'))
  const report = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await show(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args])
    const counts = await readCounts(report, code)
    console.log(summary(counts))
    return code || Number(counts.failed > 0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file that does not load, and an error outside of any test, count as one failure each. */
async function readCounts(report, code) {
  const result = await readFile(report, 'utf8').then(JSON.parse, () => undefined)
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 }

  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const failed = result.numFailedTests + brokenFiles.length
  return {
    passed: result.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

function summary({ passed, failed, skipped }) {
  const counted = `${passed} passed, ${failed} failed`
  return skipped === 0 ? counted : `${counted}, ${skipped} skipped`
}
